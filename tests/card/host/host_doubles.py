"""Doubles for the host side: a card that agrees to everything, and keys that encipher nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from healthcard.card.host.ports import CardAddress
from healthcard.card.wire import answer
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.layout import File, Structure, load

CHIP = bytes.fromhex("00F1860100000007")
ADDRESS = CardAddress(chip=CHIP, city=b"32000000")
OK = b"\x90\x00"
FULL = load("full")


class FakeKeys:
    """Answers of the right length that depend on every argument; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes, bytes]] = []

    def encipher(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        self.asked.append(("encipher", name, challenge, data))
        return _stream(b"E", name.encode(), card.chip, card.city, challenge, data)[: len(data)]

    def mac(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        self.asked.append(("mac", name, challenge, data))
        return _stream(b"M", name.encode(), card.chip, card.city, challenge, data)[:4]


class ScriptedCard:
    """Gives the answers of a list, one for each command, and keeps the commands; the last answer repeats."""

    def __init__(self, *answers: str) -> None:
        self.answers = [bytes.fromhex(text) for text in answers]
        self.commands: list[bytes] = []

    def reset(self) -> bytes:
        return answer.pcsc(CHIP)

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def sent(self) -> list[str]:
        return [command.hex().upper() for command in self.commands]


class WillingCard:
    """A full card that grants everything and holds `fill` everywhere; `lie(n, answer)` may replace the n-th answer."""

    def __init__(self, lie: Callable[[int, bytes], bytes] = lambda n, answer: answer, fill: int = 0x31) -> None:
        self.lie = lie
        self.fill = fill
        self.count = 0
        self.commands: list[bytes] = []
        self.directory = "MF"
        self.file: File | None = None

    def reset(self) -> bytes:
        self.directory, self.file = "MF", None
        return answer.pcsc(CHIP)

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        self.count += 1
        return self.lie(self.count, self._answer(Command.parse(command)))

    @property
    def sent(self) -> list[str]:
        return [command.hex().upper() for command in self.commands]

    def _answer(self, command: Command) -> bytes:
        if command.ins == 0xA4:
            return self._select(int.from_bytes(command.data, "big"))
        if command.ins == 0x84:
            return self.count.to_bytes(8, "big") + OK
        if command.ins == 0x88:
            return bytes(8) + OK
        if command.ins == 0xB0:
            return bytes([self.fill]) * (command.le or 0) + OK
        if command.ins == 0xB2:
            return self._record(command)
        return OK

    def _select(self, fid: int) -> bytes:
        for directory in FULL.directories:
            if directory.fid == fid:
                self.directory, self.file = directory.path, None
                return OK
        self.file = next(file for file in FULL.files if file.fid == fid and file.directory == self.directory)
        return OK

    def _record(self, command: Command) -> bytes:
        assert self.file is not None
        if self.file.structure is not Structure.VARIABLE:
            return bytes([self.fill]) * self.file.record_size + OK
        wanted = "record" if command.p2 == 4 else "tag"
        item = next(item for item in self.file.items if getattr(item, wanted) == command.p1)
        return bytes([item.tag or 0, item.length]) + bytes([self.fill]) * item.length + OK


def _stream(*parts: bytes) -> bytes:
    return hashlib.shake_128(b"|".join(parts)).digest(256)
