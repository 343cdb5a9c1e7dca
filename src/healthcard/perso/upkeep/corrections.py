"""Base data that the record corrected after a card was made (第十二条第六项): the new card has what the record says.

DF02 is both: what its issuer wrote there from the collection form, and what institutions wrote since. Only what the
record changed, and the card was not told of, goes by the record; all else moves byte for byte. In EF05 and EF06 (each
item a record) the corrected one stands instead of the old; in EF07 and EF08 (cyclic) what was struck out of the record
is left behind, and what was added comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from healthcard.card.wire.layout import Structure, load
from healthcard.perso.upkeep.business import BASIC, BusinessData, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a card would have been made with before its holder's record was corrected, and afterwards."""

    before: BusinessData = field(repr=False)
    after: BusinessData = field(repr=False)


def corrected(data: BusinessData, corrections: Sequence[Correction], *, add: bool = True) -> BusinessData:
    """What a card held, with the record's corrections in their order.

    Without `add` nothing new comes into a cyclic file: another card of the same move brings it.
    """
    for each in corrections:
        data = _once(data, each, add=add)
    return data


def touched(data: BusinessData, corrections: Sequence[Correction]) -> tuple[Entry, ...]:
    """The records of an old card of which the holder's record says otherwise by now."""
    cyclic = {file.path for file in load(data.layout).files if file.structure is Structure.CYCLIC}
    return tuple(
        entry for entry in data.entries if any(_other(entry, each, cyclic=entry.path in cyclic) for each in corrections)
    )


def _other(entry: Entry, correction: Correction, *, cyclic: bool) -> bool:
    return entry.data in _gone(correction, entry.path) if cyclic else _new(correction, entry) is not None


def _once(data: BusinessData, correction: Correction, *, add: bool) -> BusinessData:
    entries: list[Entry] = []
    for file in load(data.layout).files:
        of = data.of(file.path)
        if file.directory == BASIC and file.structure is Structure.CYCLIC:
            of = _cyclic(file.path, of, correction, add=add)
        elif file.directory == BASIC:
            of = tuple(_new(correction, entry) or entry for entry in of)
        entries += of
    return replace(data, entries=tuple(entries))


def _new(correction: Correction, entry: Entry) -> Entry | None:
    """What the record says now instead of a record of a V file; None where it says what it said before."""
    was, now = (_at(each, entry) for each in (correction.before, correction.after))
    return now if now is not None and was is not None and now.data != was.data else None


def _at(data: BusinessData, entry: Entry) -> Entry | None:
    return next((each for each in data.of(entry.path) if each.number == entry.number), None)


def _cyclic(path: str, entries: Sequence[Entry], correction: Correction, *, add: bool) -> tuple[Entry, ...]:
    """The rows that stay behind those that were added; ones the card has already are not there twice."""
    was = {entry.data for entry in correction.before.of(path)}
    gone = _gone(correction, path)
    held = [entry.data for entry in entries if entry.data not in gone]
    fresh = [each.data for each in correction.after.of(path) if add and each.data not in was and each.data not in held]
    return tuple(Entry(path=path, number=number, data=data) for number, data in enumerate(fresh + held, 1))


def _gone(correction: Correction, path: str) -> set[bytes]:
    """What was struck out of the record."""
    return {each.data for each in correction.before.of(path)} - {each.data for each in correction.after.of(path)}
