"""What every parsed command has in common, and the checks parsers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from healthcard.card.os.core import Core
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import Command

SECURED = 0x04  # cipher text and MAC (card.md 3.3)


class Request(Protocol):
    """A command after parsing. `act` is its name in the tables of rules and facts."""

    act: ClassVar[str]

    def run(self, core: Core) -> bytes:
        """Carry it out: the answer's data, or Denied. Persistent changes go into the journal."""
        ...


Parser = Callable[[Command], Request]


def place(cla: int, ins: int) -> int:
    """Where a command stands in a table: CLA INS as one number."""
    return cla << 8 | ins


def parameters(command: Command, p1: int, p2: int) -> None:
    """Refuse other P1 P2."""
    if (command.p1, command.p2) != (p1, p2):
        raise Denied(Word.WRONG_PARAMETERS)


def length(command: Command, *allowed: int) -> None:
    """Refuse data of another length."""
    if len(command.data) not in allowed:
        raise Denied(Word.WRONG_LENGTH)
