"""Native commands without data, which the products place at other codes and nothing more."""

from __future__ import annotations

from healthcard.card.os.commands.making import EndPersonalisation, EraseDirectory, KeyCheck, Probe
from healthcard.card.os.commands.request import Parser, Request, length, parameters
from healthcard.card.wire.apdu import Command


def bare(kind: type[EndPersonalisation | EraseDirectory]) -> Parser:
    """A command that is said by its code alone: P1 P2 are 00 00."""

    def parse(command: Command) -> Request:
        parameters(command, 0, 0)
        length(command, 0)
        return kind()

    return parse


def told(*, by_kid: int) -> Parser:
    """80 CA: with P1 `by_kid` and P2 a KID the check value of that key (3 bytes); with 01 00 the probe."""

    def parse(command: Command) -> Request:
        length(command, 0)
        if command.p1 == by_kid:
            return KeyCheck(kid=command.p2)
        parameters(command, 1, 0)
        return Probe()

    return parse
