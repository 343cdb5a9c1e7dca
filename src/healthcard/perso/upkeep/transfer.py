"""Moving business data to another card (所有业务数据转入新卡, 第十二条第六项): byte for byte, with their signatures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from healthcard.card.host.session import Access
from healthcard.card.wire.facts import FACTS
from healthcard.card.wire.layout import File, Layout, Structure
from healthcard.perso.upkeep.business import VISITS, BusinessData, Entry, index_of
from healthcard.perso.upkeep.content import HoldBytes, HoldNewest, HoldRecords
from healthcard.perso.upkeep.conversation import Conversation
from healthcard.perso.upkeep.plan import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldVisit:
    """An EE or ED file holds these bytes, and its index flag says whether they are valid.

    A flag that says valid over other bytes is taken back first and set last: no reader ever sees half a record as one.
    """

    ends_card: ClassVar[bool] = False
    file: File = field(repr=False)
    data: bytes = field(repr=False)
    valid: bool

    @property
    def name(self) -> str:
        """In words."""
        return f"the record of {self.file.path}"

    @property
    def acts(self) -> tuple[Act, ...]:
        """Take the flag back, write in steps, set the flag."""
        index, number = index_of(self.file)
        path = self.file.path
        back = Act(what=f"mark {path} invalid", path=index, content=bytes([number]), standby=self.valid)
        mark = Act(what=f"mark {path} valid", path=index, content=bytes([number]), weighty=True)
        return (back, *self._content.acts, *((mark,) if self.valid else ()))

    def missing(self, card: Conversation) -> Iterable[int]:
        """What is still to do, in its order."""
        index, number = index_of(self.file)
        says_valid = card.content(index).records[number - 1] == FACTS.record_valid
        parts = [part + 1 for part in self._content.missing(card)]
        take_back = says_valid and (bool(parts) or not self.valid)
        mark = self.valid and (take_back or not says_valid)
        return [*([0] if take_back else []), *parts, *([len(self.acts) - 1] if mark else [])]

    def send(self, card: Conversation, acts: Sequence[int]) -> None:
        """The flag taken back, steps of the content, or the flag set."""
        index, number = index_of(self.file)
        if acts[0] == 0:
            card.session.open(index, Access.ERASE)
            card.session.erase_record(index, number)
        elif self.valid and acts[0] == len(self.acts) - 1:
            card.session.open(index, Access.UPDATE)
            card.session.mark_valid(index, number)
        else:
            self._content.send(card, [act - 1 for act in acts])

    @property
    def _content(self) -> HoldBytes:
        return HoldBytes(path=self.file.path, data=self.data)


Part = HoldRecords | HoldNewest | HoldVisit


def transfer(data: BusinessData, layout: Layout) -> tuple[tuple[Part, ...], tuple[Entry, ...]]:
    """The goals that put `data` on a card of this layout, and the records for which it has no place.

    Cards of one layout take everything; a smaller one lacks files and shorter items.
    """
    goals: list[Part] = []
    left: list[Entry] = []
    known = {file.path: file for file in layout.files}
    for path in dict.fromkeys(entry.path for entry in data.entries):
        fitting, others = _sorted(data.of(path), known.get(path))
        left += others
        goals += _goals(known[path], fitting) if fitting else ()
    return tuple(goals), tuple(left)


def merged(
    older: BusinessData, newer: BusinessData, made: BusinessData, layout: Layout
) -> tuple[BusinessData, tuple[Entry, ...]]:
    """What two cards of one person hold together, as a card of `layout` holds it, and the records that found no room.

    `newer` was in use last (a temporary card, say) and held `made` at first: what was changed on it since goes before
    what stands on `older`. Equal visits are kept once.
    """
    entries: list[Entry] = []
    left: list[Entry] = []
    for file in layout.files:
        if file.directory == VISITS or not (older.of(file.path) or newer.of(file.path)):
            continue
        kept, lost = _MERGES[file.structure](file, older.of(file.path), newer.of(file.path), made.of(file.path))
        entries += kept
        left += lost
    for kind in ("EE", "ED"):
        kept, lost = _visits(kind, layout, older, newer)
        entries += kept
        left += lost
    return BusinessData(layout=layout.name, entries=tuple(entries)), tuple(left)


def _goals(file: File, entries: list[Entry]) -> Iterator[Part]:
    if file.structure is Structure.VARIABLE:
        yield HoldRecords(path=file.path, records=tuple((entry.number, entry.data) for entry in entries))
    elif file.structure is Structure.CYCLIC:
        yield HoldNewest(path=file.path, records=tuple(entry.data for entry in entries))
    else:
        yield from (HoldVisit(file=file, data=entry.data, valid=entry.valid) for entry in entries)


def _sorted(entries: Iterable[Entry], file: File | None) -> tuple[list[Entry], list[Entry]]:
    fitting: list[Entry] = []
    others: list[Entry] = []
    for entry in entries:
        (fitting if file is not None and fits(entry, file) else others).append(entry)
    return fitting, others


def fits(entry: Entry, file: File) -> bool:
    """Whether the file has a place for such a record."""
    if file.structure is Structure.TRANSPARENT:
        return len(entry.data) <= file.size
    if file.structure is Structure.CYCLIC:
        return len(entry.data) == file.record_size and entry.number <= file.records
    items = [item for item in file.items if item.record == entry.number]
    return any(entry.data[:2] == bytes([item.tag or 0, item.length]) for item in items)


def _records(
    file: File, older: tuple[Entry, ...], newer: tuple[Entry, ...], made: tuple[Entry, ...]
) -> tuple[list[Entry], list[Entry]]:
    """V: what was changed on the newer card since it was made, else what the older one says."""
    was = {entry.number: entry.data for entry in made}
    found = {entry.number: entry for entry in older}
    changed = {
        entry.number: entry for entry in newer if entry.number not in found or entry.data != was.get(entry.number)
    }
    return [entry for _, entry in sorted((found | changed).items())], []


def _newest(
    file: File, older: tuple[Entry, ...], newer: tuple[Entry, ...], made: tuple[Entry, ...]
) -> tuple[list[Entry], list[Entry]]:
    """Y: what was added on the newer card comes before what the older one has; the oldest may find no room."""
    start = [entry.data for entry in made]
    added = [entry.data for entry in newer]
    while start and added[-len(start) :] != start:
        start.pop()  # the oldest of them has fallen out meanwhile
    fresh = added[: len(added) - len(start)]
    every = fresh + [entry.data for entry in older]
    row = [Entry(path=file.path, number=number, data=data) for number, data in enumerate(every, 1)]
    return row[: file.records], row[file.records :]


_MERGES = {Structure.VARIABLE: _records, Structure.CYCLIC: _newest}


def _visits(kind: str, layout: Layout, older: BusinessData, newer: BusinessData) -> tuple[list[Entry], list[Entry]]:
    """Valid records of both cards into the files there are; the newer card's go first when there is no room for all."""
    places = [file.path for file in layout.files if file.path.startswith(f"{VISITS}/{kind}")]
    every = [entry for data in (newer, older) for entry in data.entries if entry.path.startswith(f"{VISITS}/{kind}")]
    distinct = {entry.digest: entry for entry in reversed(every) if entry.valid}
    chosen = [entry for entry in every if distinct.get(entry.digest) is entry]
    kept, left = chosen[: len(places)], chosen[len(places) :]
    return [replace(entry, path=path) for entry, path in zip(kept, places, strict=False)], left
