"""One effect for one request, however often it comes: the answer is kept under the key its client gave it (I-40)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hmac import compare_digest
from typing import Final

from django.db import connection, transaction

from healthcard.services.errors import ServiceError

WAIT_SECONDS: Final = 10  # for the same request under way elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An answer: its HTTP status and its bytes; `replayed` when it was given before and nothing was done now."""

    status: int
    body: bytes
    replayed: bool = False


class KeyReused(ServiceError):
    """The key came with another request before."""


def once(client: str, key: str, fingerprint: bytes, do: Callable[[], Stored], *, request: str = "") -> Stored:
    """Do it, unless this client (at most 40 characters) did so under this key (at most 200): then the same answer.

    `fingerprint` (32 bytes) stands for the request, `request` is its number in the audit. What `do` changes and the
    kept answer are one transaction; what it refuses is not kept, so a client may ask again. Waits while the same
    request is under way elsewhere, at most WAIT_SECONDS: then django's OperationalError comes of it. Raises KeyReused.
    """
    with transaction.atomic():
        _wait(client, key)
        kept = _kept(client, key)
        if kept is None:
            answer = do()
            _keep(client, key, fingerprint, answer, request)
            return answer
    before, answer = kept
    if not compare_digest(before, fingerprint):
        raise KeyReused("This key was used for another request: nothing was changed. Use a new one.")
    return replace(answer, replayed=True)


def _wait(client: str, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{WAIT_SECONDS}s"])
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"idempotent:{client}:{key}"])
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def _kept(client: str, key: str) -> tuple[bytes, Stored] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT fingerprint, status, body FROM idempotent_answer WHERE client = %s AND key = %s", [client, key]
        )
        row = cursor.fetchone()
    return None if row is None else (bytes(row[0]), Stored(status=row[1], body=bytes(row[2])))


def _keep(client: str, key: str, fingerprint: bytes, answer: Stored, request: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO idempotent_answer (client, key, fingerprint, status, body, request)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [client, key, fingerprint, answer.status, answer.body, request or None],
        )
