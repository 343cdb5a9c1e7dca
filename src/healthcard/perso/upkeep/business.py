"""The business data of a card (业务数据): all that DF02 and DF03 hold, byte for byte, to move and to compare.

A record of DF03 is one EE or ED file with its index flag; an EE or ED file nobody ever wrote is no record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from healthcard.card.wire.facts import FACTS
from healthcard.card.wire.layout import File, Layout, Structure
from healthcard.perso.digest import sm3
from healthcard.perso.image import FRESH, CardImage, FileImage
from healthcard.perso.upkeep.conversation import Conversation
from healthcard.perso.upkeep.errors import CannotBe

BASIC, VISITS = "DF02", "DF03"
INDEXES = {"EE": "DF03/EF05", "ED": "DF03/EF06"}  # index record n belongs to EE0n / ED0n (card.md 1.2)
MAGIC = b"business data 1\n"
VALID, INVALID = b"\x01", b"\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record: its file, its number there (cyclic files: 1 is the newest), its bytes.

    `valid` is the index flag of a DF03 record; elsewhere it is True.
    """

    path: str
    number: int
    data: bytes = field(repr=False)
    valid: bool = True

    @property
    def digest(self) -> bytes:
        """SM3 (32 bytes) of its bytes."""
        return sm3(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessData:
    """Everything in DF02 and DF03 of one card, file by file in the layout's order."""

    layout: str
    entries: tuple[Entry, ...] = field(repr=False)

    @property
    def count(self) -> int:
        """How many records."""
        return len(self.entries)

    @property
    def digest(self) -> bytes:
        """SM3 (32 bytes) over all of them, by which both ends of a transfer agree."""
        return sm3(self.encode())

    def of(self, path: str) -> tuple[Entry, ...]:
        """The records of one file."""
        return tuple(entry for entry in self.entries if entry.path == path)

    def encode(self) -> bytes:
        """All of it as bytes: magic, layout, then per record path, number (1), flag (1), length (2) and bytes."""
        return MAGIC + _short(self.layout) + b"".join(map(_encoded, self.entries))

    @classmethod
    def decode(cls, raw: bytes) -> BusinessData:
        """What `encode` made; raises ValueError for other bytes."""
        if not raw.startswith(MAGIC):
            raise ValueError("these bytes are no business data of a card")
        layout, at = _text(raw, len(MAGIC))
        entries = []
        while at < len(raw):
            path, at = _text(raw, at)
            number, flag, length = raw[at], raw[at + 1], int.from_bytes(raw[at + 2 : at + 4], "big")
            at += 4 + length
            if at > len(raw):
                raise ValueError("business data end in the middle of a record")
            entries.append(Entry(path=path, number=number, data=raw[at - length : at], valid=flag == VALID[0]))
        return cls(layout=layout, entries=tuple(entries))


def read(card: Conversation) -> BusinessData:
    """What the card holds now. Raises CardError, CannotBe."""
    return gathered(card.layout, card.content)


def planned(image: CardImage) -> BusinessData:
    """What a card holds when it has just been made."""
    return gathered(image.layout, image.file)


def differences(due: BusinessData, there: BusinessData) -> Iterator[str]:
    """In words without content: what `there` lacks of `due`, or has otherwise. More than is due is no difference."""
    found = {(entry.path, entry.number): entry for entry in there.entries}
    for entry in due.entries:
        other = found.get((entry.path, entry.number))
        if other is None:
            yield f"record {entry.number} of {entry.path} is not there"
        elif other.data != entry.data:
            yield f"record {entry.number} of {entry.path} has another content"
        elif other.valid != entry.valid:
            yield f"record {entry.number} of {entry.path} is marked {'valid' if other.valid else 'invalid'}"


def index_of(file: File) -> tuple[str, int]:
    """The index file of an EE or ED file, and the number of its record there."""
    name = file.path.partition("/")[2]
    return INDEXES[name[:2]], int(name[2:])


def gathered(layout: Layout, content: Callable[[str], FileImage]) -> BusinessData:
    """The business data that `content` shows of a card with this layout."""
    entries: list[Entry] = []
    for file in layout.files:
        if file.directory == BASIC:
            records = content(file.path).records
            entries += (Entry(path=file.path, number=n, data=raw) for n, raw in enumerate(records, 1) if raw)
        elif file.directory == VISITS and file.structure is Structure.TRANSPARENT:
            entries += _visit(file, content)
    return BusinessData(layout=layout.name, entries=tuple(entries))


def _visit(file: File, content: Callable[[str], FileImage]) -> Iterator[Entry]:
    index, number = index_of(file)
    flags, data = content(index).records, content(file.path).content
    if number > len(flags):
        raise CannotBe(f"{index} of this card has no record {number}")
    valid = flags[number - 1] == FACTS.record_valid
    if valid or data.strip(FRESH):
        yield Entry(path=file.path, number=1, data=data, valid=valid)


def _encoded(entry: Entry) -> bytes:
    head = bytes([entry.number]) + (VALID if entry.valid else INVALID)
    return _short(entry.path) + head + len(entry.data).to_bytes(2, "big") + entry.data


def _short(text: str) -> bytes:
    raw = text.encode("ascii")
    return bytes([len(raw)]) + raw


def _text(raw: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + raw[at]
    return raw[at + 1 : end].decode("ascii"), end
