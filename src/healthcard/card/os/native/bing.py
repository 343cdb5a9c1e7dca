"""丙: native commands (80 E0 01 and 02, 84 F4, 80 CA, 80 0E, 80 1A)."""

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
from healthcard.card.os.native.figures import new_file, number, structure
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.layout import Structure

DIRECTORY, FILE = 1, 2
KEY, PIN = 0, 1
KEY_CLEAR, PIN_CLEAR = 3, 1
FIXED_PART = 11  # FID type access(5) sfi figures(2)
TYPES = {1: Structure.TRANSPARENT, 2: Structure.FIXED, 3: Structure.VARIABLE, 4: Structure.CYCLIC}


def _create(command: Command) -> Request:
    """80 E0 01 00: FID name; 80 E0 02 00: FID type read update erase maintain form sfi a b [total]."""
    data = command.data
    if command.p1 == DIRECTORY and command.p2 == 0:
        return CreateDirectory(fid=number(data[:2]), name=data[2:])
    parameters(command, FILE, 0)
    if len(data) < FIXED_PART:
        raise Denied(Word.WRONG_LENGTH)
    return new_file(
        fid=number(data[:2]),
        kind=structure(data[2], TYPES),
        access=data[3:8],
        sfi=data[8],
        figures=data[9:FIXED_PART],
        total=data[FIXED_PART:],
    )


def _write_key(command: Command) -> Request:
    """84 F4 00 KID: usage version tries in clear, the key enciphered; 84 F4 01 00: tries in clear, 03 PIN padded."""
    if command.p1 == KEY:
        return WriteKey.parse(command, clear=KEY_CLEAR, padded=False, read=lambda *both: _key(command.p2, *both))
    parameters(command, PIN, 0)
    return WriteKey.parse(command, clear=PIN_CLEAR, padded=True, read=_pin)


def _key(kid: int, clear: bytes, plain: bytes) -> KeyEntry:
    usage, version, tries = clear
    return KeyEntry(kid=kid, usage=usage, version=version, tries=tries, value=plain)


def _pin(clear: bytes, plain: bytes) -> PinEntry:
    return PinEntry(tries=clear[0], length=plain[0] if plain else 0, value=plain[1:])


COMMANDS: Mapping[int, Parser] = {
    place(0x80, 0xE0): _create,
    place(0x84, 0xF4): _write_key,
    place(0x80, 0xCA): told(by_kid=0),
    place(0x80, 0x0E): bare(EraseDirectory),
    place(0x80, 0x1A): bare(EndPersonalisation),
}
