"""乙: native commands (80 E0 with TLVs, 84 D4, 80 CA, 80 0C); it has no ERASE DF."""

from __future__ import annotations

from collections.abc import Mapping

from healthcard.card.os.commands.making import (
    CreateDirectory,
    EndPersonalisation,
    KeyEntry,
    PinEntry,
    WriteKey,
)
from healthcard.card.os.commands.request import Parser, Request, parameters, place
from healthcard.card.os.native.bare import bare, told
from healthcard.card.os.native.figures import DIRECTORY_TYPE, new_file, number, structure
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire import tlv
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.errors import MalformedAnswer
from healthcard.card.wire.layout import Structure

TYPE, FID, NAME, SIZE, RECORDS, SFI, ACCESS = 0x82, 0x83, 0x84, 0x80, 0x81, 0x88, 0x8C
PIN_KID, PIN_USAGE = 0x20, 0x09
HEAD = 5  # KID usage version tries length
BY_KID = 2


def _create(command: Command) -> Request:
    """80 E0 00 00 Lc: TLVs 82 type, 83 FID, 84 name, 80 size, 81 records, 88 SFI, 8C access."""
    parameters(command, 0, 0)
    try:
        parts = {part.tag: part.value for part in tlv.parse_all(command.data)}
    except MalformedAnswer as error:
        raise Denied(Word.WRONG_DATA) from error
    if len(parts.get(TYPE, b"")) != 1 or len(parts.get(FID, b"")) != 2:
        raise Denied(Word.WRONG_DATA)
    fid, code = number(parts[FID]), parts[TYPE][0]
    if code == DIRECTORY_TYPE:
        return CreateDirectory(fid=fid, name=parts.get(NAME, b""))
    kind, sfi = structure(code), parts.get(SFI, b"\x00")
    if len(sfi) != 1:
        raise Denied(Word.WRONG_DATA)
    figures, total = parts.get(RECORDS, b""), b""
    if kind is Structure.TRANSPARENT:
        figures = parts.get(SIZE, b"")
    if kind is Structure.VARIABLE:
        total = parts.get(SIZE, b"")
    access = parts.get(ACCESS, b"")
    return new_file(fid=fid, kind=kind, figures=figures, total=total, access=access, sfi=sfi[0])


def _write_key(command: Command) -> Request:
    """84 D4 00 00: KID usage version tries 10 value; the PIN: 20 09 01 tries 03 value; enciphered and padded."""
    parameters(command, 0, 0)
    return WriteKey.parse(command, clear=0, padded=True, read=lambda _, plain: _entry(plain))


def _entry(plain: bytes) -> KeyEntry | PinEntry:
    if len(plain) < HEAD or plain[4] != len(plain) - HEAD:
        raise Denied(Word.WRONG_DATA)
    kid, usage, version, tries, size = plain[:HEAD]
    if (kid, usage) == (PIN_KID, PIN_USAGE):
        return PinEntry(tries=tries, length=size, value=plain[HEAD:])
    return KeyEntry(kid=kid, usage=usage, version=version, tries=tries, value=plain[HEAD:])


COMMANDS: Mapping[int, Parser] = {
    place(0x80, 0xE0): _create,
    place(0x84, 0xD4): _write_key,
    place(0x80, 0xCA): told(by_kid=BY_KID),
    place(0x80, 0x0C): bare(EndPersonalisation),
}
