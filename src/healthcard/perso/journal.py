"""The journal of a personalisation, as the engine needs it. Rows hold no key, no PIN and no personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class JobState(StrEnum):
    """Where a job stands. A job that is none of the last three is `in doubt` until the card has been asked."""

    PLANNED = "planned"
    WRITING = "writing"
    FINISHED = "finished"
    SCRAPPED = "scrapped"
    REFUSED = "refused"  # another chip than the planned one: nothing was written


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One writing APDU before it is sent: its place in the plan, what it does in words, SM3 of its bytes (32).

    `standby` ones are sent only to mend a card: a job may finish without them.
    """

    index: int
    act: str
    path: str
    digest: bytes
    standby: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an intent: the status word, or `settled` in words when the card was asked afterwards."""

    index: int
    sw: int
    how: str = "sent"


class Journal(Protocol):
    """Where intents and outcomes are kept. Each call is committed when it returns."""

    def open(self, plan_digest: bytes, intents: Sequence[Intent]) -> None:
        """All intents at once, before the first writing APDU. Opening again with the same digest changes nothing;
        with another digest it raises ValueError."""
        ...

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Outcomes since the last call: at each key, at the PIN and at the end of personalisation."""
        ...

    def known(self) -> dict[int, Outcome]:
        """Outcomes recorded so far, by index."""
        ...

    def close(self, state: JobState, reason: str) -> None:
        """The job's end, together with the card's row, in one transaction."""
        ...
