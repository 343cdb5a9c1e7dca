"""What can become of a job at the chip."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The card is as planned, read back and closed; `written` counts the writing commands sent this time."""

    written: int
    resumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Undecided: present the same chip again and settle. Nothing is lost; `reason` says what to do."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrapped:
    """This chip can not become the planned card: put it with the rejects, plan another one."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedChip:
    """Not the planned chip: nothing was written to it."""

    reason: str


Result = Finished | Held | Scrapped | RefusedChip
