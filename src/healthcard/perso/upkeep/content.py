"""Goals about what files hold: records of a V file, a stretch of a T file, the newest records of a cyclic one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from healthcard.card.host.session import STEP, Access
from healthcard.card.wire.layout import Structure
from healthcard.perso.upkeep.conversation import Conversation
from healthcard.perso.upkeep.errors import CannotBe
from healthcard.perso.upkeep.plan import Act
from healthcard.perso.walk import in_place


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRecords:
    """A V file holds these records, each a number (from 1) and its bytes tag | length | value."""

    ends_card: ClassVar[bool] = False
    path: str
    records: tuple[tuple[int, bytes], ...] = field(repr=False)

    @property
    def name(self) -> str:
        """In words."""
        return f"{len(self.records)} records of {self.path}"

    @property
    def acts(self) -> tuple[Act, ...]:
        """UPDATE RECORD, one for each."""
        return tuple(
            Act(what=f"write record {number} of {self.path}", path=self.path, content=record)
            for number, record in self.records
        )

    def missing(self, card: Conversation) -> Iterable[int]:
        """Those that are not there as wanted. Raises CannotBe where the file has no such record."""
        found = card.content(self.path).records
        for place, (number, record) in enumerate(self.records):
            there = found[number - 1] if number <= len(found) else b""
            if len(there) != len(record) or there[:1] != record[:1]:
                raise CannotBe(f"record {number} of {self.path} is another item on this card, or another length")
            if there != record:
                yield place

    def send(self, card: Conversation, acts: Sequence[int]) -> None:
        """Write them."""
        card.session.open(self.path, Access.UPDATE)
        for number, record in (self.records[act] for act in acts):
            card.session.update_record(self.path, number, record)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldBytes:
    """A T file begins with these bytes; what lies behind them is left as it is."""

    ends_card: ClassVar[bool] = False
    path: str
    data: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """In words."""
        return f"the content of {self.path}"

    @property
    def acts(self) -> tuple[Act, ...]:
        """UPDATE BINARY in steps of 128 bytes, as clients write."""
        return tuple(
            Act(what=f"write {self.path} from byte {at}", path=self.path, content=self.data[at : at + STEP], plain=True)
            for at in range(0, len(self.data), STEP)
        )

    def missing(self, card: Conversation) -> Iterable[int]:
        """The steps that differ. Raises CannotBe when the file is too small."""
        there = card.content(self.path).content
        if len(there) < len(self.data):
            raise CannotBe(f"{self.path} of this card is too small")
        for place, at in enumerate(range(0, len(self.data), STEP)):
            if there[at : at + STEP][: len(self.data) - at] != self.data[at : at + STEP]:
                yield place

    def send(self, card: Conversation, acts: Sequence[int]) -> None:
        """Write these steps, which follow each other."""
        start, end = acts[0] * STEP, (acts[-1] + 1) * STEP
        card.session.open(self.path, Access.UPDATE)
        card.session.update_binary(self.path, start, self.data[start:end])


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldNewest:
    """The newest records of a cyclic file are these, the newest first; older ones stay beneath while there is room."""

    ends_card: ClassVar[bool] = False
    path: str
    records: tuple[bytes, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """In words."""
        return f"{len(self.records)} records of {self.path}"

    @property
    def acts(self) -> tuple[Act, ...]:
        """One append for each record, the oldest first."""
        return tuple(
            Act(what=f"append record {number} to {self.path}", path=self.path, content=record)
            for number, record in enumerate(reversed(self.records), 1)
        )

    def missing(self, card: Conversation) -> Iterable[int]:
        """Those that do not stand in their order yet. Raises CannotBe when the file cannot take them."""
        file = card.layout.file(self.path)
        if file.structure is not Structure.CYCLIC or len(self.records) > file.records:
            raise CannotBe(f"{self.path} of this card has no room for {len(self.records)} records")
        there = card.content(self.path).records
        return range(in_place(self.records, there), len(self.records))

    def send(self, card: Conversation, acts: Sequence[int]) -> None:
        """Append them."""
        card.session.open(self.path, Access.UPDATE)
        for act in acts:
            card.session.append_record(self.path, self.records[len(self.records) - 1 - act])
