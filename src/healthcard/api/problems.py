"""What a refusal looks like on the wire (RFC 9457, `application/problem+json`), and which exception becomes which one.

Here alone an exception gets its status. What is not in TABLE is a bare 500 whose cause stays in the log.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Final

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from ninja.errors import HttpError, ValidationError

from healthcard.api import faults
from healthcard.api.faults import Fault
from healthcard.domain.forms import FormRefused
from healthcard.domain.lifecycle import TransitionRefused
from healthcard.domain.permissions import NotAllowed
from healthcard.services import errors, idempotency
from healthcard.services.line.failures import LineGone
from healthcard.services.workshop.chips import Unreadable

PAGE: Final = "/api/v1/problems"
MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 2
_TRY_AGAIN = ("40", "55P03", "57014")  # SQLSTATE: serialization and deadlock, lock or statement took too long


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of problem; see problems.toml."""

    name: str
    status: int
    title: str
    title_en: str
    detail: str
    detail_en: str
    advice: str
    advice_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One answer that says no. Empty words mean those of its kind."""

    kind: str
    detail: str = ""
    detail_en: str = ""
    rule: str = ""
    article: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    advice: str = ""
    advice_en: str = ""
    fields: tuple[Fault, ...] = ()
    instance: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of problem, by name."""
    table = tomllib.loads(files("healthcard.api").joinpath("problems.toml").read_text("utf-8"))
    del table["fields"]
    return {name: Kind(name=name, **row) for name, row in table.items()}


def response(problem: Problem) -> HttpResponse:
    """The answer as it goes out."""
    kind = kinds()[problem.kind]
    text = json.dumps(members(problem), ensure_ascii=False, default=str)
    headers = {"Cache-Control": "no-store", **problem.headers}
    return HttpResponse(text, content_type=MEDIA_TYPE, status=kind.status, headers=headers)


def members(problem: Problem) -> dict[str, object]:
    """The members of the problem object; those without content are left out."""
    kind = kinds()[problem.kind]
    table: dict[str, object] = {
        "type": f"{PAGE}#{kind.name}",
        "title": kind.title,
        "title_en": kind.title_en,
        "status": kind.status,
        "detail": problem.detail or kind.detail,
        "detail_en": problem.detail_en or kind.detail_en,
        "rule": problem.rule,
        "article": problem.article,
        "facts": dict(problem.facts),
        "advice": problem.advice or kind.advice,
        "advice_en": problem.advice_en or kind.advice_en,
        "fields": [fault.members() for fault in problem.fields],
        "instance": problem.instance,
    }
    return {name: value for name, value in table.items() if value not in ("", {}, [])}


def of(error: Exception) -> Problem | None:
    """The problem this exception is answered with; None when nobody foresaw it."""
    for kind in type(error).__mro__:
        if kind in TABLE:
            return TABLE[kind](error)
    return None


def _plain(kind: str, **headers: str) -> Callable[[Exception], Problem]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda error: Problem(kind=kind, headers=names)


def _worded(kind: str) -> Callable[[Exception], Problem]:
    return lambda error: Problem(
        kind=kind, detail=error.zh if isinstance(error, errors.Worded) else "", detail_en=str(error)
    )


def _refused(error: Exception) -> Problem:
    if not isinstance(error, errors.Refused):
        raise TypeError("a refusal by rule is a Refused")
    return Problem(
        kind="refused",
        detail=error.zh,
        detail_en=error.en,
        rule=error.rule,
        article=error.article,
        facts=error.facts,
        advice=error.advice_zh,
        advice_en=error.advice_en,
    )


def _transition(error: Exception) -> Problem:
    """A row of the life-cycle table stands against it."""
    if not isinstance(error, TransitionRefused):
        raise TypeError("a refusal of the life-cycle table is a TransitionRefused")
    guard = error.guard
    return Problem(
        kind="refused",
        detail=f"{guard.zh}。",
        detail_en=f"{guard.en[:1].upper()}{guard.en[1:]}.",
        rule=error.rule,
        article=guard.article,
        facts=error.facts,
        advice=f"{guard.advice_zh}。",
        advice_en=f"{guard.advice_en[:1].upper()}{guard.advice_en[1:]}.",
    )


def _invalid(error: Exception) -> Problem:
    return Problem(kind="invalid", fields=faults.of(error))


def _too_many(error: Exception) -> Problem:
    seconds = error.seconds if isinstance(error, errors.TooMany) else RETRY_SECONDS
    return Problem(kind="too-many", detail_en=str(error), headers={"Retry-After": str(seconds)})


def _framework(error: Exception) -> Problem:
    """What django-ninja says itself: no token, or a body that our own reader refused (then its reason is the cause)."""
    if isinstance(error.__cause__, Exception):
        return of(error.__cause__) or Problem(kind="malformed")
    status = error.status_code if isinstance(error, HttpError) else 0
    by_status = {401: _UNAUTHENTICATED, 403: _plain("not-allowed"), 429: _too_many}
    return by_status.get(status, _plain("malformed"))(error)


def _database(error: Exception) -> Problem:
    """Another transaction was in the way, or the database does not answer."""
    state = str(getattr(error.__cause__, "sqlstate", None) or "")
    kind = "busy" if state.startswith(_TRY_AGAIN) else "unavailable"
    return Problem(kind=kind, headers={"Retry-After": str(RETRY_SECONDS)})


def _misread(error: Exception) -> Problem:
    if not isinstance(error, faults.Misread):
        raise TypeError("what cannot be read is a Misread")
    return Problem(kind=error.kind, detail=error.zh, detail_en=error.en)


_UNAUTHENTICATED: Final = _plain("unauthenticated", WWW_Authenticate='Bearer realm="healthcard"')
_BUSY: Final = _plain("busy", Retry_After=str(RETRY_SECONDS))
_UNAVAILABLE: Final = _plain("unavailable", Retry_After=str(RETRY_SECONDS))

TABLE: Final[Mapping[type[Exception], Callable[[Exception], Problem]]] = {
    errors.NotAuthenticated: _UNAUTHENTICATED,
    NotAllowed: _plain("not-allowed"),
    errors.NotFound: _plain("not-found"),
    Http404: _plain("not-found"),
    errors.Conflict: _worded("conflict"),
    errors.Refused: _refused,
    TransitionRefused: _transition,
    errors.Invalid: _invalid,
    FormRefused: _invalid,
    errors.TooMany: _too_many,
    Unreadable: _worded("card-unreadable"),
    LineGone: _UNAVAILABLE,
    errors.KeyServiceGone: _UNAVAILABLE,
    errors.NotWired: _UNAVAILABLE,
    idempotency.KeyReused: _plain("idempotency-key-reused"),
    faults.Unknown: _invalid,
    ValidationError: _invalid,
    HttpError: _framework,
    faults.Misread: _misread,
    RequestDataTooBig: _plain("too-large"),
    SuspiciousOperation: _plain("malformed"),
    IntegrityError: _BUSY,  # two at once wanted what the database gives to one: whoever tries again sees who was first
    OperationalError: _database,
    InterfaceError: _UNAVAILABLE,
}


def broken(instance: str) -> Problem:
    """Nobody foresaw it; `instance` is what the log calls it."""
    return replace(Problem(kind="broken"), instance=instance)
