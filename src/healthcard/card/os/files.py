"""What a chip holds: directories, elementary files, keys and the PIN, as its memory keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.layout import Structure

MASTER_FID = 0x3F00
RESERVED_FIDS = frozenset((0x0000, MASTER_FID, 0x3FFF, 0xFFFF))
NAME_MAX = 16
SFI_MAX = 30
FREE = 0xF0
NEVER = 0xFF
LOCAL = 0x80  # bit 8 of a key reference: a key of the current directory (card.md 5.1)
WITH_PIN = 0x10
ERASED = 0xFF


class Usage(IntEnum):
    """What a key may do."""

    INTERNAL = 1
    MAINTAIN = 2
    LOCK_CARD = 3
    LOCK_APPLICATION = 4
    UPDATE = 5
    ERASE = 6
    READ = 7
    TRANSPORT = 8


class Form(IntEnum):
    """How an update of a file must travel."""

    NONE = 0
    PLAIN = 1
    MAC = 2
    CIPHER = 3


class Block(IntEnum):
    """Whether an application is blocked."""

    NONE = 0
    TEMPORARY = 1
    PERMANENT = 2


@dataclass(slots=True, eq=False, kw_only=True)
class Key:
    """A key of 16 bytes with its version, the tries it was given and those left (0..15)."""

    value: bytes = field(repr=False)
    usage: Usage
    version: int
    tries: int
    left: int
    whole: bool = True


@dataclass(slots=True, eq=False, kw_only=True)
class Pin:
    """The holder's PIN: BCD digits filled with F, 3 bytes; counters as a key's."""

    value: bytes = field(repr=False)
    tries: int
    left: int
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Access bytes: F0 free, FF never, else a key reference; `maintain` is the key of secure messaging or FF."""

    read: int
    update: int
    erase: int
    maintain: int
    form: Form
    pin: bool

    @classmethod
    def parse(cls, raw: bytes) -> Access:
        """Five bytes: read, update, erase, maintain, form (+10 when an update needs the PIN too)."""
        if len(raw) != 5 or raw[4] & ~WITH_PIN not in Form.__members__.values():
            raise Denied(Word.WRONG_DATA)
        read, update, erase, maintain, form = raw
        pin = bool(form & WITH_PIN)
        return cls(read=read, update=update, erase=erase, maintain=maintain, form=Form(form & ~WITH_PIN), pin=pin)

    def encode(self) -> bytes:
        """The five bytes again."""
        return bytes((self.read, self.update, self.erase, self.maintain, self.form | (WITH_PIN if self.pin else 0)))


@dataclass(slots=True, eq=False, kw_only=True)
class File:
    """An elementary file.

    `size` is what it takes in memory. T keeps `content`; the others keep `records` by number (V, F: 1..count) or by
    slot (Y: 0..count-1, `newest` being the slot written last).
    """

    fid: int
    structure: Structure
    access: Access
    sfi: int
    size: int
    count: int = 0
    record_size: int = 0
    whole: bool = True
    content: bytearray = field(default_factory=bytearray, repr=False)
    records: dict[int, bytearray] = field(default_factory=dict, repr=False)
    newest: int = -1

    def fill(self) -> File:
        """Fresh content: T and F are all FF, V and Y empty."""
        if self.structure is Structure.TRANSPARENT:
            self.content = bytearray([ERASED]) * self.size
        if self.structure is Structure.FIXED:
            self.records = {n: bytearray([ERASED]) * self.record_size for n in range(1, self.count + 1)}
        return self

    def record(self, number: int) -> bytearray | None:
        """Record `number` from 1; in a Y file 1 is the newest. None when there is none."""
        if self.structure is not Structure.CYCLIC:
            return self.records.get(number)
        if not 1 <= number <= len(self.records):
            return None
        return self.records.get((self.newest - number + 1) % self.count)

    def numbered(self, start: int) -> Iterator[bytearray]:
        """The records there are, from number `start` on."""
        last = self.count if self.structure is not Structure.CYCLIC else len(self.records)
        for number in range(start, last + 1):
            found = self.record(number)
            if found is not None:
                yield found


@dataclass(slots=True, eq=False, kw_only=True)
class Directory:
    """A directory (MF or DF) with what it holds; `parent` is None for the MF."""

    fid: int
    name: bytes
    parent: Directory | None = field(default=None, repr=False)
    files: dict[int, File] = field(default_factory=dict)
    directories: dict[int, Directory] = field(default_factory=dict)
    keys: dict[int, Key] = field(default_factory=dict)
    pin: Pin | None = None
    block: Block = Block.NONE
    whole: bool = True

    def lineage(self) -> Iterator[Directory]:
        """Itself, its parent, and so on up to the MF."""
        at: Directory | None = self
        while at is not None:
            yield at
            at = at.parent

    def tree(self) -> Iterator[Directory]:
        """Itself and all directories below."""
        yield self
        for child in self.directories.values():
            yield from child.tree()

    def environment(self) -> Directory:
        """The directory whose keys a reference without bit 8 means: DDF1 below it, the MF in the MF (card.md 5.1)."""
        line = list(self.lineage())
        return line[-2] if len(line) > 1 else self

    def blocked(self) -> Block:
        """The strongest block on the way from here to the MF."""
        return max(directory.block for directory in self.lineage())

    def key_for(self, usage: Usage) -> Key | None:
        """The first key of this directory with that usage."""
        return next((key for key in self.keys.values() if key.usage is usage), None)
