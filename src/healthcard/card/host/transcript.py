"""Transcripts of APDUs: JSON lines, one for each command, without keys, PINs, cipher texts and (by default) content.

A line is {"at": seconds since the start, "took": seconds, "command": hex, "answer": hex}; of a hidden command or answer
only header and length, or status word, stand there, and "hidden" / "hidden_answer" count the bytes left out. A reset is
{"reset": true, "answer": hex}; a command that got no answer has "lost" in place of "answer".
"""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files

from healthcard.card.host.ports import Transport
from healthcard.card.wire.errors import CardError, CardGone

SECURE = 0x04  # the bit of CLA that says cipher text or MAC
CIPHER_TEXT = 0x04  # the class of enciphered updates
GET_RESPONSE = 0xC0
LC = 4  # place of Lc in a command


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One line of a transcript; `command` and `answer` as kept, `hidden` bytes of each left out."""

    at: float = 0.0
    took: float = 0.0
    command: bytes = b""
    answer: bytes = b""
    hidden: int = 0
    hidden_answer: int = 0
    reset: bool = False
    lost: str = ""

    def encode(self) -> str:
        """The line, fields at their default left out."""
        told = {
            name: value.hex().upper() if isinstance(value, bytes) else value for name, value in asdict(self).items()
        }
        return json.dumps({name: value for name, value in told.items() if value or name in ("at", "took")})


class TranscriptError(CardError, ValueError):
    """A line that is no line of a transcript, or a replay that leaves it."""


class Recorder:
    """A transport that writes down what passes: `write` is given one line at a time.

    `content=True` also keeps personal data: for rehearsals with synthetic people only.
    """

    def __init__(
        self,
        transport: Transport,
        write: Callable[[str], object],
        *,
        content: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._write = write
        self._content = content
        self._clock = clock
        self._start = clock()
        self._hide_next = False  # what waits for GET RESPONSE is hidden as its command was

    def reset(self) -> bytes:
        """Pass on and write down."""
        begun = self._clock()
        answer = self._transport.reset()
        self._note(begun, Exchange(answer=answer, reset=True))
        return answer

    def transmit(self, command: bytes) -> bytes:
        """Pass on and write down, also when the card is gone."""
        begun = self._clock()
        try:
            answer = self._transport.transmit(command)
        except CardError as error:
            kept, hidden = _kept_command(command, open_content=self._content)
            self._note(begun, Exchange(command=kept, hidden=hidden, lost=type(error).__name__))
            raise
        self._note_exchange(begun, command, answer)
        return answer

    def _note_exchange(self, begun: float, command: bytes, answer: bytes) -> None:
        kept, hidden = _kept_command(command, open_content=self._content)
        hide = self._hide_next if command[1:2] == bytes([GET_RESPONSE]) else not _is_open(command, self._content)
        self._hide_next = hide
        told, hidden_answer = (answer[-2:], len(answer) - 2) if hide and len(answer) > 2 else (answer, 0)
        self._note(begun, Exchange(command=kept, hidden=hidden, answer=told, hidden_answer=hidden_answer))

    def _note(self, begun: float, exchange: Exchange) -> None:
        at, took = round(begun - self._start, 6), round(self._clock() - begun, 6)
        self._write(replace(exchange, at=at, took=took).encode())


class Replay:
    """A transport that answers as a transcript says; a command that leaves it raises TranscriptError.

    Where the transcript hides a command's data, header and length must agree; a hidden answer cannot be replayed.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._exchanges = iter(parse(lines))

    def reset(self) -> bytes:
        """The recorded answer to reset."""
        exchange = self._next()
        if not exchange.reset:
            raise TranscriptError(f"the transcript goes on with {exchange.command.hex().upper()}, not with a reset")
        return exchange.answer

    def transmit(self, command: bytes) -> bytes:
        """The recorded answer to `command`; a recorded loss raises CardGone."""
        exchange = self._next()
        if exchange.reset or not _matches(exchange, command):
            raise TranscriptError(f"the transcript does not go on with {command[:LC].hex().upper()}")
        if exchange.lost:
            raise CardGone(f"the card was lost here ({exchange.lost})")
        if exchange.hidden_answer:
            raise TranscriptError(f"the transcript hides the answer to {command[:LC].hex().upper()}")
        return exchange.answer

    def _next(self) -> Exchange:
        exchange = next(self._exchanges, None)
        if exchange is None:
            raise TranscriptError("the transcript ends here")
        return exchange


def parse(lines: Iterable[str]) -> tuple[Exchange, ...]:
    """The lines of a transcript; raises TranscriptError naming the line. Blank lines are skipped."""
    return tuple(_parse_line(number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _parse_line(number: int, line: str) -> Exchange:
    try:
        table = json.loads(line)
        for name in ("command", "answer"):
            table[name] = bytes.fromhex(table.get(name, ""))
        return Exchange(**table)
    except (ValueError, TypeError, AttributeError) as error:
        raise TranscriptError(f"line {number} is no line of a transcript: {error}") from None


def _matches(exchange: Exchange, command: bytes) -> bool:
    if not exchange.hidden:
        return exchange.command == command
    return exchange.command == command[: LC + 1] and exchange.hidden == len(command) - LC - 1


def _kept_command(command: bytes, *, open_content: bool) -> tuple[bytes, int]:
    """What of `command` is written down, and how many bytes are not: header and Lc always stay."""
    if len(command) <= LC + 1 or _is_open(command, open_content):
        return command, 0
    return command[: LC + 1], len(command) - LC - 1


def _is_open(command: bytes, open_content: bool) -> bool:
    shown, content = _table()
    if len(command) < LC or command[0] == CIPHER_TEXT:
        return False
    return command[1] in shown or (open_content and command[1] in content and not command[0] & SECURE)


@cache
def _table() -> tuple[frozenset[int], frozenset[int]]:
    table = tomllib.loads(files(__package__).joinpath("transcript.toml").read_text("utf-8"))
    shown, content = (frozenset(int(ins, 16) for ins in table[name]) for name in ("shown", "content"))
    return shown, content
