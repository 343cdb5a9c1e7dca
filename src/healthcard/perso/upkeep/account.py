"""What becomes of each record of business data when a card is replaced (第十二条第六项): moved, or left, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from healthcard.card.wire.layout import Layout, Structure
from healthcard.perso.digest import sm3
from healthcard.perso.upkeep.business import VISITS, BusinessData, Entry
from healthcard.perso.upkeep.corrections import Correction, corrected, touched
from healthcard.perso.upkeep.transfer import Part, fits, merged, transfer

NO_PLACE, NO_ROOM, SUPERSEDED, ERASED, CORRECTED = "no_place", "no_room", "superseded", "erased", "corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What one card gave, and what it held when it was handed over (None = nobody knows: all of it counts).

    `corrections` are what the record corrected since and the card was not told, the first first.
    """

    data: BusinessData = field(repr=False)
    first: BusinessData | None = field(default=None, repr=False)
    corrections: tuple[Correction, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the new card shall hold, and the goals that put it there."""

    due: BusinessData = field(repr=False)
    goals: tuple[Part, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A record that is not on the new card: `no_place` (a smaller card), `no_room` (newer ones fill the file),
    `superseded` (a card used later says otherwise), `corrected` (the record says otherwise) or `erased` (marked invalid
    on the old card)."""

    entry: Entry = field(repr=False)
    reason: str


def together(sources: Sequence[Source], layout: Layout) -> Target:
    """What a card of `layout` shall hold after cards in the order they were in use; one alone moves as it is."""
    empty = BusinessData(layout=layout.name, entries=())
    due = replace(_corrected(sources[0]), layout=layout.name) if sources else empty
    for source in sources[1:]:
        due, _ = merged(due, _corrected(source, add=False), source.first or empty, layout)
    goals, left = transfer(due, layout)
    kept = tuple(entry for entry in due.entries if entry not in left)
    return Target(due=replace(due, entries=kept), goals=goals)


def moved(data: BusinessData, there: BusinessData) -> tuple[Entry, ...]:
    """The records of `data` that `there` holds, in whichever place of their kind."""
    found = set(map(_mark, there.entries))
    return tuple(entry for entry in data.entries if _mark(entry) in found)


def left(
    data: BusinessData, due: BusinessData, layout: Layout, corrections: Sequence[Correction] = ()
) -> tuple[Left, ...]:
    """The records of `data` that are not due on a card of `layout`, each with the reason."""
    stay = moved(data, due)
    changed = touched(data, corrections)
    gone = [entry for entry in data.entries if entry not in stay]
    return tuple(Left(entry=entry, reason=CORRECTED if entry in changed else _why(entry, layout)) for entry in gone)


def digest(entries: Iterable[Entry]) -> bytes:
    """SM3 (32 bytes) over the sorted digests of records: the same in whichever order and place they stand."""
    return sm3(*sorted(entry.digest for entry in entries))


def kind(path: str) -> str:
    """What a record is: its file, of the visits' files the row they stand in ("DF03/EE")."""
    return path[:-2] if path.startswith(f"{VISITS}/") else path


def _mark(entry: Entry) -> tuple[str, bool, bytes]:
    return kind(entry.path), entry.valid, entry.data


def _corrected(source: Source, *, add: bool = True) -> BusinessData:
    return corrected(source.data, source.corrections, add=add)


def _why(entry: Entry, layout: Layout) -> str:
    file = next((file for file in layout.files if file.path == entry.path), None)
    if file is None or not fits(entry, file):
        return NO_PLACE
    if not entry.valid:
        return ERASED
    return SUPERSEDED if file.structure is Structure.VARIABLE else NO_ROOM
