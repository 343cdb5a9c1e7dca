"""What an act was refused with, on its way from the line to the door: the same error there as here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from healthcard.card.wire.errors import CardError
from healthcard.domain.lifecycle import Guard, TransitionRefused
from healthcard.domain.permissions import NotAllowed, Permission
from healthcard.keys.errors import KeysError, ServiceGone
from healthcard.perso.errors import PersoError
from healthcard.services.errors import (
    Conflict,
    Invalid,
    NotAuthenticated,
    NotFound,
    Refused,
    ServiceError,
    TooMany,
    Worded,
)
from healthcard.services.idempotency import KeyReused
from healthcard.services.workshop.binding import OtherKeys
from healthcard.services.workshop.chips import UNREADABLE, Unreadable

Json = dict[str, Any]  # JSON has no closer type
PLAIN = {kind.__name__: kind for kind in (ServiceError, NotFound, NotAuthenticated, KeyReused, OtherKeys, ServiceGone)}
WORDED = {kind.__name__: kind for kind in (Conflict, Unreadable)}
REFUSED = ("rule", "article", "zh", "facts", "advice_zh", "advice_en")


class LineGone(ServiceError):
    """The line does not answer: the process is not there, or ended in the middle. Settle the card when it is back."""


class ActBroken(ServiceError):
    """The act met an error of its own; the line's log has its kind. What was written is in the journal."""


FORESEEN = (ServiceError, NotAllowed, TransitionRefused, CardError, KeysError, PersoError)


def told(error: BaseException) -> Json:
    """`error` as JSON; anything unforeseen says nothing of itself."""
    table: Json = {"kind": type(error).__name__, "message": str(error)}
    match error:
        case Refused():
            return table | {"kind": "Refused"} | {name: _plain(getattr(error, name)) for name in REFUSED}
        case TransitionRefused():
            return table | {"guard": asdict(error.guard), "facts": _plain(error.facts)}
        case NotAllowed():
            who = str(error).partition(" may not do ")[0]
            return table | {"who": who, "permission": error.permission.value}
        case Invalid():
            return table | {"field": error.field, "zh": error.zh}
        case TooMany():
            return table | {"seconds": error.seconds}
        case Worded():
            return table | {"zh": error.zh}
        case LineGone():
            return table
        case ServiceError() | ServiceGone():
            return table | {"kind": next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in PLAIN)}
        case CardError() | KeysError() | PersoError():
            return table | {"kind": Unreadable.__name__, "zh": UNREADABLE}
        case _:
            return {"kind": ActBroken.__name__, "message": ActBroken.__doc__}


def raised(table: Mapping[str, Any]) -> Exception:
    """The error that `told` has told."""
    kind, message = str(table["kind"]), str(table["message"])
    if kind == "Refused":
        rest = {name: table[name] for name in REFUSED}
        return Refused(en=message, **rest)
    if kind == "TransitionRefused":
        return TransitionRefused(Guard(**table["guard"]), **table["facts"])
    if kind == "NotAllowed":
        return NotAllowed(table["who"], Permission(table["permission"]))
    if kind == "Invalid":
        return Invalid(table["field"], table["zh"], message)
    if kind == "TooMany":
        return TooMany(message, table["seconds"])
    if kind in WORDED:
        return WORDED[kind](table["zh"], message)
    known = PLAIN | {ActBroken.__name__: ActBroken, LineGone.__name__: LineGone}
    return known.get(kind, ServiceError)(message)


def _plain(value: object) -> Any:
    return json.loads(json.dumps(value, default=str))
