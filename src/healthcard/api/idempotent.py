"""Acts happen once: the header Idempotency-Key names the act, the services keep its answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse

from healthcard.api.authentication import Call, client
from healthcard.api.faults import Misread
from healthcard.api.reading import was_read
from healthcard.services import idempotency
from healthcard.services.idempotency import Stored

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
LONGEST: Final = 200


def once(request: Call, do: Callable[[], Stored]) -> HttpResponse:
    """The answer of `do`, or the one given before under the same key; raises Misread, KeyReused."""
    actor = request.actor
    stored = idempotency.once(client(actor), key(request), fingerprint(request), do, request=actor.request)
    response = written(stored)
    if stored.replayed:
        response.headers[REPLAYED] = "true"
    return response


def written(stored: Stored) -> HttpResponse:
    """An answer as it goes out."""
    response = HttpResponse(stored.body, status=stored.status, content_type="application/json")
    if stored.status == HTTPStatus.NO_CONTENT:
        del response.headers["Content-Type"]
    return response


def key(request: HttpRequest) -> str:
    """The key of this act; raises Misread."""
    given = request.headers.get(HEADER, "")
    if not (0 < len(given) <= LONGEST and all("!" <= sign <= "~" for sign in given)):
        raise Misread("no-idempotency-key")
    return given


def fingerprint(request: HttpRequest) -> bytes:
    """32 bytes that stand for method, address and content; how the content was spaced and ordered is no matter."""
    content = json.dumps(was_read(request), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256("\0".join((request.method or "", request.path, content)).encode()).digest()
