"""The table of commands: CLA INS to the parser of that command, and the answer to what is in no table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from healthcard.card.os.commands.authenticate import ExternalAuthenticate, GetChallenge, InternalAuthenticate
from healthcard.card.os.commands.binary import ReadBinary, UpdateBinary
from healthcard.card.os.commands.block import ApplicationBlock, ApplicationUnblock, CardBlock
from healthcard.card.os.commands.pin import ChangePin, UnblockPin, Verify
from healthcard.card.os.commands.record import AppendRecord, ClearFlag, ReadRecord, SetFlag, UpdateRecord
from healthcard.card.os.commands.request import SECURED, Parser, place
from healthcard.card.os.commands.select import Select
from healthcard.card.os.words import Word
from healthcard.card.wire.apdu import Command

PLAIN = (0x00, 0x80)
CLASSES = frozenset((*PLAIN, *(plain | SECURED for plain in PLAIN)))
CHANNELS = frozenset((0x01, 0x02, 0x03))

STANDARD: Mapping[int, Parser] = {
    place(0x00, 0xA4): Select.parse,
    place(0x00, 0xB0): ReadBinary.parse,
    place(0x00, 0xD6): UpdateBinary.parse,
    place(0x04, 0xD6): UpdateBinary.parse,
    place(0x00, 0xB2): ReadRecord.parse,
    place(0x00, 0xDC): UpdateRecord.parse,
    place(0x04, 0xDC): UpdateRecord.parse,
    place(0x00, 0xE2): AppendRecord.parse,
    place(0x04, 0xE2): AppendRecord.parse,
    place(0x84, 0xD2): SetFlag.parse,
    place(0x84, 0x0C): ClearFlag.parse,
    place(0x00, 0x84): GetChallenge.parse,
    place(0x00, 0x82): ExternalAuthenticate.parse,
    place(0x00, 0x88): InternalAuthenticate.parse,
    place(0x00, 0x20): Verify.parse,
    place(0x80, 0x5E): ChangePin.parse,
    place(0x84, 0x24): UnblockPin.parse,
    place(0x84, 0x1E): ApplicationBlock.parse,
    place(0x84, 0x18): ApplicationUnblock.parse,
    place(0x84, 0x16): CardBlock.parse,
}


@cache
def commands_of(product: str) -> Mapping[int, Parser]:
    """All commands of a product: the common ones and those of its adapter `native/<product>.py`."""
    native: Mapping[int, Parser] = import_module(f"healthcard.card.os.native.{product}").COMMANDS
    return {**STANDARD, **native}


def foreign(table: Mapping[int, Parser], command: Command) -> Word:
    """Why a command that is in no table is refused."""
    if command.cla in CHANNELS:
        return Word.NO_CHANNELS
    if command.cla not in CLASSES:
        return Word.UNKNOWN_CLASS
    if command.cla & SECURED and any(place(plain, command.ins) in table for plain in PLAIN):
        return Word.NO_SECURE_MESSAGING
    return Word.UNKNOWN_INSTRUCTION
