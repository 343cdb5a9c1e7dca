"""Whether a card may be used, asked by its own key (issuer code and issue serial): tells nothing about anybody.

Hospitals ask for every visit, so this is one question to the database in its own words. A number of a person is no key
here: who knows only that is told nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from healthcard.domain.lifecycle import Usability
from healthcard.domain.permissions import NotAllowed, Permission
from healthcard.services import scope
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.storage import statements

MOST = 500  # cards in one question
UNKNOWN = "unknown"  # in answers about many: there is no such card


class Key(NamedTuple):
    """A card's own key: 发卡机构代码 (22 digits) and 发卡序列号 (10 digits)."""

    issuer_code: str
    issue_serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Usable or not, the reason class, and as of when; `version` grows with every event of the card."""

    issuer_code: str
    issue_serial: str
    usable: bool
    reason: str
    version: int
    as_of: datetime


def of(actor: Actor, key: Key) -> Status:
    """The status of one card, wherever its holder is at home; raises NotAllowed, NotFound."""
    _require(actor)
    rows = statements.fetch(_ONE, key)
    if not rows:
        raise NotFound("There is no such card.")
    return _status(rows[0])


def of_many(actor: Actor, keys: Sequence[Key]) -> tuple[Status, ...]:
    """The status of at most MOST cards in the order asked; one there is not has reason UNKNOWN. Raises NotAllowed."""
    _require(actor)
    columns = [list(column) for column in zip(*keys, strict=True)]
    found = {Key(*row[:2]): _status(row) for row in statements.fetch(_MANY, columns)}
    as_of = _now()
    return tuple(found.get(key) or _unknown(key, as_of) for key in keys)


def _require(actor: Actor) -> None:
    if not actor.may(Permission.STATUS_ASK):
        raise NotAllowed(actor.name, Permission.STATUS_ASK)
    scope.limit(scope.EVERYBODY)  # every hospital serves every holder; the answer names none


_ANSWER = "SELECT card.issuer_code, card.issue_serial, unusable_because(card, now()), card.version, now()"
_ONE = f"{_ANSWER} FROM card WHERE issuer_code = %s AND issue_serial = %s"
_MANY = f"""{_ANSWER} FROM unnest(%s::text[], %s::text[]) AS asked (code, serial)
    JOIN card ON card.issuer_code = asked.code AND card.issue_serial = asked.serial"""


def _status(row: tuple[str, str, str, int, datetime]) -> Status:
    code, serial, reason, version, as_of = row
    usable = reason == Usability.USABLE
    return Status(issuer_code=code, issue_serial=serial, usable=usable, reason=reason, version=version, as_of=as_of)


def _unknown(key: Key, as_of: datetime) -> Status:
    code, serial = key
    return Status(issuer_code=code, issue_serial=serial, usable=False, reason=UNKNOWN, version=0, as_of=as_of)


def _now() -> datetime:
    ((now,),) = statements.fetch("SELECT now()", [])
    return now  # type: ignore[no-any-return] # the driver's own type of a timestamptz
