"""READ BINARY and UPDATE BINARY: transparent files by a 15-bit offset (card.md 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from healthcard.card.os.commands.request import length
from healthcard.card.os.commands.select import target
from healthcard.card.os.core import Core
from healthcard.card.os.files import File
from healthcard.card.os.secure import Payload, payload
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import LE_MAX, Command
from healthcard.card.wire.layout import Structure

BY_SFI = 0x80
SFI_FORM = 0xE0
SFI_BITS = 0x1F


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBinary:
    """Read `count` bytes from `offset`; 256 means as many as there are."""

    act: ClassVar[str] = "READ BINARY"
    sfi: int
    offset: int
    count: int

    @classmethod
    def parse(cls, command: Command) -> ReadBinary:
        """00 B0 offset Le; with bit 8 of P1 set its low five bits are a short identifier."""
        length(command, 0)
        sfi, offset = _where(command)
        return cls(sfi=sfi, offset=offset, count=command.le or LE_MAX)

    def run(self, core: Core) -> bytes:
        """The bytes; nothing when a client reads on exactly at the end (card.md 7, edge cases)."""
        file = _transparent(core, self.sfi)
        core.require_read(file)
        content = file.content
        at_end = self.offset == len(content) and self.count == LE_MAX
        if self.offset >= len(content) and not at_end:
            raise Denied(Word.WRONG_OFFSET)
        core.volatile.file = file
        return bytes(content[self.offset : self.offset + self.count])


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateBinary:
    """Write from `offset` on."""

    act: ClassVar[str] = "UPDATE BINARY"
    sfi: int
    offset: int
    payload: Payload

    @classmethod
    def parse(cls, command: Command) -> UpdateBinary:
        """00 D6 offset Lc data, or 04 D6 with cipher text and MAC; Lc = 00 writes nothing (card.md 7, edge cases)."""
        sfi, offset = _where(command)
        return cls(sfi=sfi, offset=offset, payload=payload(command))

    def run(self, core: Core) -> bytes:
        """Nothing."""
        file = _transparent(core, self.sfi)
        data = self.payload.open(core, file)
        if self.offset + len(data) > len(file.content):
            raise Denied(Word.WRONG_OFFSET)
        core.journal.put(file.content, self.offset, data)
        core.volatile.file = file
        return b""


def _where(command: Command) -> tuple[int, int]:
    """Short identifier (0: the selected file) and offset."""
    if not command.p1 & BY_SFI:
        return 0, command.p1 << 8 | command.p2
    sfi = command.p1 & SFI_BITS
    if command.p1 & SFI_FORM != BY_SFI or sfi in (0, SFI_BITS):
        raise Denied(Word.WRONG_PARAMETERS)
    return sfi, command.p2


def _transparent(core: Core, sfi: int) -> File:
    file = target(core, sfi)
    if file.structure is not Structure.TRANSPARENT:
        raise Denied(Word.WRONG_STRUCTURE)
    return file
