"""READ, UPDATE and APPEND RECORD, and the two flag commands MARK VALID and ERASE RECORD (card.md 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from healthcard.card.os.commands.request import length
from healthcard.card.os.commands.select import target
from healthcard.card.os.core import Core
from healthcard.card.os.files import File
from healthcard.card.os.memory import CellWrite, RecordWrite
from healthcard.card.os.secure import (
    MAC_LENGTH,
    Payload,
    check_mac,
    header_of,
    maintenance_key,
    payload,
    require_update,
)
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import LE_MAX, Command
from healthcard.card.wire.layout import Structure

MODE = 0b111  # the low three bits of P2 (ISO 7816-4, 7.3.2)
BY_TAG, PREVIOUS, BY_NUMBER, ALL_FROM = 0, 3, 4, 5
TAG_AND_LENGTH = 2
SFI_NONE_MEANT = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecord:
    """Read record `p1` by number, by tag, or all from number `p1` on that fit into `room` bytes."""

    act: ClassVar[str] = "READ RECORD"
    mode: int
    p1: int
    sfi: int
    room: int

    @classmethod
    def parse(cls, command: Command) -> ReadRecord:
        """00 B2 P1 P2 Le: P2 = SFI(5 bits) and 0 (P1 is a tag), 4 (a number), 5 (all from that number on)."""
        length(command, 0)
        mode, sfi = _how(command, BY_TAG, BY_NUMBER, ALL_FROM)
        return cls(mode=mode, p1=command.p1, sfi=sfi, room=command.le or LE_MAX)

    def run(self, core: Core) -> bytes:
        """T L V of a V file, else the record as it is."""
        file = _of_records(core, self.sfi)
        core.require_read(file)
        found = self._find(file) if self.mode != ALL_FROM else self._all(file)
        core.volatile.file = file
        return found

    def _find(self, file: File) -> bytes:
        if self.mode == BY_NUMBER:
            found = file.record(self.p1)
        elif file.structure is Structure.VARIABLE:
            found = next((record for record in file.numbered(1) if record[0] == self.p1), None)
        else:
            raise Denied(Word.WRONG_STRUCTURE)
        if found is None:
            raise Denied(Word.RECORD_UNKNOWN)
        return bytes(found)

    def _all(self, file: File) -> bytes:
        out = b""
        for record in file.numbered(self.p1) if self.p1 else ():
            if out and len(out) + len(record) > self.room:
                break
            out += record
        if not out:
            raise Denied(Word.RECORD_UNKNOWN)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRecord:
    """Replace a record of a V or F file: number `p1`, or the one of a V file with tag `p1`."""

    act: ClassVar[str] = "UPDATE RECORD"
    mode: int
    p1: int
    sfi: int
    payload: Payload

    @classmethod
    def parse(cls, command: Command) -> UpdateRecord | AppendRecord:
        """00/04 DC nn 04 and 00/04 DC tag 00 replace; 00/04 DC 00 03 writes the newest record of a Y file."""
        mode, sfi = _how(command, BY_TAG, BY_NUMBER, PREVIOUS)
        if mode != PREVIOUS:
            return cls(mode=mode, p1=command.p1, sfi=sfi, payload=_payload(command))
        if command.p1 != 0:
            raise Denied(Word.WRONG_PARAMETERS)
        return AppendRecord(sfi=sfi, structures=(Structure.CYCLIC,), payload=_payload(command))

    def run(self, core: Core) -> bytes:
        """Nothing."""
        file = _of_records(core, self.sfi)
        if file.structure is Structure.CYCLIC or (self.mode == BY_TAG and file.structure is not Structure.VARIABLE):
            raise Denied(Word.WRONG_STRUCTURE)
        data = self.payload.open(core, file)
        number = self._number(file)
        old = file.record(number)
        if not 1 <= number <= file.count or (old is None and not core.at_making()):
            raise Denied(Word.RECORD_UNKNOWN)
        self._check(core, file, old, data)
        _write(core, file, number, data)
        core.volatile.file = file
        return b""

    def _number(self, file: File) -> int:
        """The record's number; 0 for a tag no record has."""
        if self.mode == BY_NUMBER:
            return self.p1
        return next((number for number, record in sorted(file.records.items()) if record[0] == self.p1), 0)

    def _check(self, core: Core, file: File, old: bytearray | None, data: bytes) -> None:
        _check_record(file, data)
        if self.mode == BY_TAG and data[0] != self.p1:
            raise Denied(Word.WRONG_DATA)
        if old is not None and not core.at_making() and file.structure is Structure.VARIABLE:
            _same_head(old, data)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendRecord:
    """Add a record: the next one of a V file, the newest one of a Y file."""

    act: ClassVar[str] = "APPEND RECORD"
    sfi: int
    structures: tuple[Structure, ...]
    payload: Payload

    @classmethod
    def parse(cls, command: Command) -> AppendRecord:
        """00/04 E2 00 P2 Lc data, P2 = SFI(5 bits) and 0."""
        _, sfi = _how(command, BY_TAG)
        if command.p1 != 0:
            raise Denied(Word.WRONG_PARAMETERS)
        return cls(sfi=sfi, structures=(Structure.VARIABLE, Structure.CYCLIC), payload=_payload(command))

    def run(self, core: Core) -> bytes:
        """Nothing."""
        file = _of_records(core, self.sfi)
        if file.structure not in self.structures:
            raise Denied(Word.WRONG_STRUCTURE)
        data = self.payload.open(core, file)
        _check_record(file, data)
        slot = _slot(file)
        _write(core, file, slot, data)
        if file.structure is Structure.CYCLIC:  # the pointer moves last: a torn record is not yet the newest
            core.journal.add(CellWrite(file, "newest", slot))
        core.volatile.file = file
        return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFlag:
    """Set the one-byte record `number` to valid or invalid; `mac` is empty in the form without one."""

    act: ClassVar[str] = "MARK VALID"
    number: int
    sfi: int
    header: bytes
    mac: bytes

    @classmethod
    def parse(cls, command: Command) -> SetFlag:
        """84 D2 nn 04 04 MAC; the MAC covers these five bytes alone (card.md 3.3)."""
        _, sfi = _how(command, BY_NUMBER)
        length(command, 0, MAC_LENGTH)
        header = header_of(command)
        return cls(number=command.p1, sfi=sfi, header=header, mac=command.data)

    def run(self, core: Core) -> bytes:
        """Nothing."""
        file = _of_records(core, self.sfi)
        if file.structure is not Structure.FIXED or file.record_size != 1:
            raise Denied(Word.WRONG_STRUCTURE)
        self._check(core, file)
        flag = file.record(self.number)
        if flag is None:
            raise Denied(Word.RECORD_UNKNOWN)
        core.journal.put(flag, 0, self._value(core))
        core.volatile.file = file
        return b""

    def _check(self, core: Core, file: File) -> None:
        if core.at_making() and not self.mac:
            return
        if not core.at_making():
            require_update(core, file, self._condition(file))
        if not self.mac:
            raise Denied(Word.MAC_MISSING)
        check_mac(core, maintenance_key(core, file), self.header, self.mac)

    def _value(self, core: Core) -> bytes:
        return core.facts.record_valid

    def _condition(self, file: File) -> int:
        return file.access.update


class ClearFlag(SetFlag):
    """ERASE RECORD: the same with the erase key, to invalid."""

    __slots__ = ()
    act: ClassVar[str] = "ERASE RECORD"

    def _value(self, core: Core) -> bytes:
        return core.facts.record_invalid

    def _condition(self, file: File) -> int:
        return file.access.erase


def _how(command: Command, *modes: int) -> tuple[int, int]:
    """The low three bits of P2, and the short identifier in the others (0: the selected file)."""
    mode, sfi = command.p2 & MODE, command.p2 >> 3
    if mode not in modes or sfi == SFI_NONE_MEANT:
        raise Denied(Word.WRONG_PARAMETERS)
    return mode, sfi


def _payload(command: Command) -> Payload:
    if not command.data:
        raise Denied(Word.WRONG_LENGTH)
    return payload(command)


def _of_records(core: Core, sfi: int) -> File:
    file = target(core, sfi)
    if file.structure is Structure.TRANSPARENT:
        raise Denied(Word.WRONG_STRUCTURE)
    return file


def _slot(file: File) -> int:
    """The oldest slot of a Y file, which becomes the newest; the first free record of a V file."""
    if file.structure is Structure.CYCLIC:
        return (file.newest + 1) % file.count
    free = next((number for number in range(1, file.count + 1) if number not in file.records), None)
    if free is None:
        raise Denied(Word.NO_SPACE)
    return free


def _check_record(file: File, data: bytes) -> None:
    """Refuse data that are no record of this file."""
    if file.structure is Structure.VARIABLE:
        fits = len(data) >= TAG_AND_LENGTH and data[1] == len(data) - TAG_AND_LENGTH
    else:
        fits = len(data) == file.record_size
    if not fits:
        raise Denied(Word.WRONG_DATA)


def _same_head(old: bytearray, data: bytes) -> None:
    """After the end of personalisation a record keeps its tag and length."""
    if old[:TAG_AND_LENGTH] != data[:TAG_AND_LENGTH]:
        raise Denied(Word.WRONG_DATA)


def _write(core: Core, file: File, number: int, data: bytes) -> None:
    """`number` is a record number, or a slot of a Y file."""
    old = file.records.get(number)
    if old is not None and len(old) == len(data):
        core.journal.put(old, 0, data)
        return
    used = sum(len(record) for n, record in file.records.items() if n != number)
    if used + len(data) > file.size:
        raise Denied(Word.NO_SPACE)
    core.journal.add(RecordWrite(file, number, data))
