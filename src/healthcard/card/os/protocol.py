"""How an answer leaves the chip: at once (contactless), or as T=0 wants it (61xx, 6Cxx, GET RESPONSE)."""

from __future__ import annotations

from healthcard.card.os.commands.record import ALL_FROM, MODE
from healthcard.card.os.core import Core
from healthcard.card.os.state import Volatile
from healthcard.card.os.words import Word
from healthcard.card.wire.apdu import LE_MAX, Command

GET_RESPONSE = (0x00, 0xC0)
READ_RECORD = 0xB2
MORE = 0x6100
WRONG_LE = 0x6C00
DONE = b"\x90\x00"


def word(sw: int) -> bytes:
    """A status word alone."""
    return sw.to_bytes(2, "big")


def deliver(core: Core, command: Command, data: bytes) -> bytes:
    """`data` (at most 256 bytes) as the answer to `command`."""
    if not data:
        return DONE
    if core.product.contact:
        return _contact(core.volatile, command, data)
    if command.le in (None, LE_MAX, len(data)) or _within_bound(command, data):
        return data + DONE
    return word(WRONG_LE | len(data) % LE_MAX)


def get_response(volatile: Volatile, command: Command) -> bytes:
    """00 C0 00 00 Le: what waits, or its first Le bytes."""
    waiting, le = volatile.waiting, command.le or LE_MAX
    if (command.p1, command.p2) != (0, 0):
        return word(Word.WRONG_PARAMETERS)
    if not waiting or command.data:
        return word(Word.CONDITIONS if not waiting else Word.WRONG_LENGTH)
    if le > len(waiting):
        return word(WRONG_LE | len(waiting) % LE_MAX)
    volatile.waiting = waiting[le:]
    return waiting[:le] + (word(MORE | len(volatile.waiting)) if volatile.waiting else DONE)


def _within_bound(command: Command, data: bytes) -> bool:
    """Whoever asks for all records cannot know their length: Le is how much he has room for."""
    all_records = command.ins == READ_RECORD and command.p2 & MODE == ALL_FROM
    return all_records and len(data) <= (command.le or LE_MAX)


def _contact(volatile: Volatile, command: Command, data: bytes) -> bytes:
    if command.data:
        volatile.waiting = data
        return word(MORE | len(data) % LE_MAX)
    if (command.le or LE_MAX) == len(data):
        return data + DONE
    return word(WRONG_LE | len(data) % LE_MAX)
