"""The virtual SAM 安全存取模块: a contact chip (T=0) that holds master keys, used by a reader (card.md 3.1, 5.6).

Life: blank (files there, no keys) -> personalised under its transport key -> ended, for ever in use. Its writes are
atomic. What comes in over T=0 and goes out by GET RESPONSE is here; the commands are in `sam_files` and `sam_keys`.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from healthcard.card.os import sam_files, sam_keys, sam_memory
from healthcard.card.os.sam_memory import PRODUCT, SamMemory
from healthcard.card.os.sam_session import SamSession
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire import answer
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.errors import BadCommand, CardGone
from healthcard.card.wire.status import OK

SERIAL = 6  # bytes, the end of the answer to reset
GET_RESPONSE = (0x00, 0xC0)

Handler = Callable[[SamSession, Command], bytes]

COMMANDS: dict[tuple[int, int], Handler] = {
    (0x00, 0xA4): sam_files.select,
    (0x00, 0xB0): sam_files.read_binary,
    (0x00, 0xD6): sam_files.update_clear,
    (0x04, 0xD6): sam_files.update_with_mac,
    (0x00, 0x20): sam_files.verify,
    (0x80, 0x5E): sam_files.change_pin,
    (0x00, 0x84): sam_keys.get_challenge,
    (0x00, 0x82): sam_keys.external_authenticate,
    (0x84, 0xD4): sam_keys.write_key,
    (0x80, 0xCA): sam_keys.get_data,
    (0x80, 0x10): sam_keys.end_personalisation,
    (0x80, 0xDE): sam_keys.delivery_key,
    (0x80, 0xFA): sam_keys.cipher,
}
CLASSES = {cla for cla, _ in COMMANDS}
OUTGOING = {0xB0, 0x84, 0xCA}  # instructions whose third parameter is Le: they answer at once, or 6Cxx


class Sam:
    """One SAM. Powered by `reset`; every byte string sent to it is answered with a status word."""

    product = PRODUCT.name

    def __init__(self, memory: SamMemory, *, random: Callable[[int], bytes] = os.urandom) -> None:
        self._session = SamSession(memory, random)
        self._powered = False
        self._waiting = b""

    @property
    def writes(self) -> int:
        """How often the persistent memory has changed since this object was made."""
        return self._session.writes

    def reset(self) -> bytes:
        """Power cycle; the contact answer to reset."""
        self._session.power_up()
        self._powered, self._waiting = True, b""
        return answer.contact(PRODUCT.historical + self._session.memory.serial)

    def power_off(self) -> None:
        """Take the power away: all but the memory is forgotten."""
        self._session.power_up()
        self._powered, self._waiting = False, b""

    def transmit(self, command: bytes) -> bytes:
        """The answer to one command APDU; raises CardGone before the first reset."""
        if not self._powered:
            raise CardGone("the SAM has no power: reset it first")
        try:
            return self._answer(Command.parse(command))
        except BadCommand:
            return _status(Word.WRONG_LENGTH)
        except Denied as status:
            return _status(status.sw)

    def dump(self) -> bytes:
        """The whole persistent memory with its keys: for the encrypted image only."""
        return self._session.memory.dump()

    def _answer(self, command: Command) -> bytes:
        if (command.cla, command.ins) == GET_RESPONSE:
            return self._give(command)
        self._waiting = b""
        handler = COMMANDS.get((command.cla, command.ins))
        if handler is None:
            raise Denied(Word.UNKNOWN_INSTRUCTION if command.cla in CLASSES else Word.UNKNOWN_CLASS)
        if command.ins in OUTGOING and command.data:
            raise Denied(Word.WRONG_LENGTH)
        data = handler(self._session, command)
        if command.ins in OUTGOING:
            return _cut(data, command.le) + _status(OK)
        self._waiting = data
        return _status(0x6100 | len(data) % 0x100 if data else OK)

    def _give(self, command: Command) -> bytes:
        """GET RESPONSE: as much of what waits as asked for, 61xx for the rest."""
        if not self._waiting or command.data:
            raise Denied(Word.CONDITIONS if not self._waiting else Word.WRONG_LENGTH)
        part = _cut(self._waiting, command.le)
        self._waiting = self._waiting[len(part) :]
        return part + _status(0x6100 | len(self._waiting) % 0x100 if self._waiting else OK)


def blank(serial: bytes, transport_key: bytes, *, random: Callable[[int], bytes] = os.urandom) -> Sam:
    """A SAM as its maker ships it: `serial` of 6 bytes, `transport_key` this chip's own 16 bytes."""
    if len(serial) != SERIAL or len(transport_key) != sam_keys.KEY:
        raise ValueError("a SAM has a serial of 6 bytes and a transport key of 16")
    memory = SamMemory(serial=serial, transport_key=transport_key, transport_left=PRODUCT.transport_tries)
    return Sam(memory, random=random)


def restore(dump: bytes) -> Sam:
    """The SAM whose `dump` this is; raises ValueError."""
    return Sam(sam_memory.parse(dump))


def chip8(serial: bytes) -> bytes:
    """The 8 bytes a SAM's transport key is diversified by: card maker and serial, the end of its historical bytes."""
    return answer.parse(answer.contact(PRODUCT.historical + serial)).chip8(answer.FactorRule.REAR)


def _cut(data: bytes, le: int | None) -> bytes:
    """The first `le` bytes; T=0 refuses a wrong length with the right one (ISO 7816-3, 10.3.3)."""
    if le is None or le > len(data):
        raise Denied(0x6C00 | len(data) % 0x100)
    return data[:le]


def _status(sw: int) -> bytes:
    return sw.to_bytes(2, "big")
