"""甲: native commands (80 E0 FID, 84 D4 01 KID, 80 CA, 80 0E, 80 10)."""

from __future__ import annotations

from collections.abc import Mapping

from healthcard.card.os.commands.making import (
    CreateDirectory,
    EndPersonalisation,
    EraseDirectory,
    KeyEntry,
    PinEntry,
    WriteKey,
)
from healthcard.card.os.commands.request import Parser, Request, parameters, place
from healthcard.card.os.native.bare import bare, told
from healthcard.card.os.native.figures import DIRECTORY_TYPE, new_file, structure
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import Command

KEY, PIN = 1, 2
ACCESS_AT = 4


def _create(command: Command) -> Request:
    """80 E0 FID Lc: 38 name, or type a b sfi read update erase maintain form [total]."""
    data, fid = command.data, command.p1 << 8 | command.p2
    if not data:
        raise Denied(Word.WRONG_LENGTH)
    if data[0] == DIRECTORY_TYPE:
        return CreateDirectory(fid=fid, name=data[1:])
    kind = structure(data[0])
    if len(data) < ACCESS_AT + 5:
        raise Denied(Word.WRONG_LENGTH)
    access, total = data[ACCESS_AT : ACCESS_AT + 5], data[ACCESS_AT + 5 :]
    return new_file(fid=fid, kind=kind, figures=data[1:3], total=total, access=access, sfi=data[3])


def _write_key(command: Command) -> Request:
    """84 D4 01 KID: usage version tries value; 84 D4 02 00: tries 03 PIN; all enciphered and padded."""
    if command.p1 == KEY:
        return WriteKey.parse(command, clear=0, padded=True, read=lambda _, plain: _key(command.p2, plain))
    parameters(command, PIN, 0)
    return WriteKey.parse(command, clear=0, padded=True, read=lambda _, plain: _pin(plain))


def _key(kid: int, plain: bytes) -> KeyEntry:
    if len(plain) != 19:
        raise Denied(Word.WRONG_DATA)
    return KeyEntry(kid=kid, usage=plain[0], version=plain[1], tries=plain[2], value=plain[3:])


def _pin(plain: bytes) -> PinEntry:
    if len(plain) != 5:
        raise Denied(Word.WRONG_DATA)
    return PinEntry(tries=plain[0], length=plain[1], value=plain[2:])


COMMANDS: Mapping[int, Parser] = {
    place(0x80, 0xE0): _create,
    place(0x84, 0xD4): _write_key,
    place(0x80, 0xCA): told(by_kid=0),
    place(0x80, 0x0E): bare(EraseDirectory),
    place(0x80, 0x10): bare(EndPersonalisation),
}
