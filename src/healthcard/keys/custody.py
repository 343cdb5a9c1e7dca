"""Whether a key may make new cards: only when its backup was restored, to try it, not too long ago (第七条第三项)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from healthcard.keys.entries import Entry
from healthcard.keys.errors import NotAllowed
from healthcard.keys.hierarchy import ACTIVE, HIERARCHY, NATIONAL, PROVINCIAL

RULE = HIERARCHY.custody
LEVELS = frozenset({NATIONAL, PROVINCIAL})  # a transport key comes again from its COS maker


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """How many keys must be restored from their backup, for a trial, by which day; None: they never were."""

    keys: int
    until: date | None


def check(mark: str, entry: Entry, today: date) -> None:
    """Raise NotAllowed unless this key's backup was tried in time."""
    if mark not in RULE.marks or entry.place.level not in LEVELS:
        return
    until = last_day(entry)
    if until is None or today > until:
        when = f"last tried on {entry.drilled}" if entry.drilled else "its backup was never tried"
        raise NotAllowed(
            f"The {entry.place} makes no new cards: {when}, and that has to be less than {RULE.drill_days} days ago "
            "(第七条第三项). Hold a restore drill: healthcard keys ceremony."
        )


def last_day(entry: Entry) -> date | None:
    """The last day on which the key still makes cards; None when its backup was never tried."""
    if not entry.drilled:
        return None
    return date.fromisoformat(entry.drilled) + timedelta(days=RULE.drill_days - 1)


def reminders(mark: str, entries: Iterable[Entry], today: date) -> tuple[Reminder, ...]:
    """What has to be tried soon or is overdue, the most pressing first."""
    if mark not in RULE.marks:
        return ()
    counts: dict[date | None, int] = {}
    for entry in entries:
        until = last_day(entry)
        due = until is None or until - today < timedelta(days=RULE.remind_days)
        if due and entry.state == ACTIVE and entry.place.level in LEVELS:
            counts[until] = counts.get(until, 0) + 1
    return tuple(Reminder(keys=counts[day], until=day) for day in sorted(counts, key=lambda day: day or date.min))
