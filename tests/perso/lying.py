"""Transports between the engine and a chip: one that counts, one that lies, one that repeats what was recorded."""

from __future__ import annotations

from collections.abc import Callable

from healthcard.card.host.ports import Transport

WRITING = {0xE0, 0xD4, 0xF4, 0xDC, 0xD6, 0x0E, 0x10, 0x1A}


def writes(command: bytes) -> bool:
    """Whether a command of any of the products writes: creation, keys, updates, erasing, the end."""
    return command[1] in WRITING or command[:4] == b"\x80\x0c\x00\x00"


class Between:
    """Passes everything on; `lie(n, command, answer)` may change the answer of the n-th command (from 1)."""

    def __init__(self, chip: Transport, lie: Callable[[int, bytes, bytes], bytes] | None = None) -> None:
        self.chip = chip
        self.lie = lie
        self.commands: list[bytes] = []
        self.answers: list[bytes] = []
        self.answer = b""

    def reset(self) -> bytes:
        self.answer = self.chip.reset()
        return self.answer

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        answer = self.chip.transmit(command)
        if self.lie is not None:
            answer = self.lie(len(self.commands), command, answer)
        self.answers.append(answer)
        return answer

    @property
    def written(self) -> int:
        return sum(writes(command) for command in self.commands)


class Repeating:
    """Gives the recorded answers in their order whatever it is asked, with one status word put in at `at`."""

    def __init__(self, record: Between, at: int, word: int) -> None:
        self.record = record
        self.at = at
        self.word = word.to_bytes(2, "big")
        self.count = 0

    def reset(self) -> bytes:
        return self.record.answer

    def transmit(self, command: bytes) -> bytes:
        self.count += 1
        if self.count == self.at:
            return self.word
        return self.record.answers[self.count - 1]
