"""What can become of an upkeep job at the chip."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The card has what was wanted, read back or asked; `written` counts the writing commands sent this time.

    `proved` is False when the chip is dead and only its answer to reset could tell whose it is.
    """

    written: int
    resumed: bool = False
    proved: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Undecided: present the same card again and settle. Nothing is lost; `reason` says what to do."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedChip:
    """Another chip than the record's, or one that cannot prove itself: nothing was written to it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """This card can never get there, and no repetition helps: the job is closed with the reason."""

    reason: str


Result = Finished | Held | RefusedChip | Refused
