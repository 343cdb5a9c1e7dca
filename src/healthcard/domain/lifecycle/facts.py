"""What is known of a card's state, and whether it may be used now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    """What sort of card (第十二条)."""

    FORMAL = "formal"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts of one card; their values are listed in rules.toml. `loss_until` belongs to an oral report."""

    life: str = "planned"
    loss: str = "none"
    pin_locked: bool = False
    app_lock: str = "none"
    suspended: bool = False
    place: str = "none"
    chip_end: str = "none"
    end_reason: str = ""
    loss_until: datetime | None = None
    valid_until: date | None = None

    def get(self, fact: str) -> str | bool:
        """The value of a fact of the table."""
        value = getattr(self, fact)
        if not isinstance(value, str | bool):
            raise KeyError(fact)
        return value


INITIAL = Facts()


class Usability(StrEnum):
    """Whether a card may be used, and if not, why: the reason classes hospitals are told."""

    USABLE = "usable"
    NOT_ISSUED = "not_issued"
    ENDED = "ended"
    LOST = "lost"
    LOCKED = "locked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


def usable(facts: Facts, now: datetime, today: date) -> Usability:
    """Whether the card is good for all business at this moment; `now` and `today` are the database's.

    The holder's PIN being locked stops PIN functions only. An oral report is over at `loss_until`, whether or not its
    lapse was recorded yet.
    """
    if facts.life in ("planned", "made"):
        return Usability.NOT_ISSUED
    if facts.life != "issued":
        return Usability.ENDED
    if facts.loss == "written" or (facts.loss == "oral" and (facts.loss_until is None or now < facts.loss_until)):
        return Usability.LOST
    if facts.app_lock != "none":
        return Usability.LOCKED
    if facts.suspended:
        return Usability.SUSPENDED
    if facts.valid_until is not None and today > facts.valid_until:
        return Usability.EXPIRED
    return Usability.USABLE
