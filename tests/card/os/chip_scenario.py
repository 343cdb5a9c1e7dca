"""Scenarios as data: `scenarios/*.toml` hold lines `command -> answer`; this reads and plays them.

A command is hex (spaces are free), or a verb with words; an answer is the status word, with data before it, or `*`
for any data. `raw` before hex leaves 61xx and 6Cxx as they come.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from chip_bench import (
    FILES,
    LAYOUT,
    PRODUCTS,
    TRANSPORT_KEY,
    TRANSPORT_KIDS,
    Maker,
    enter,
    key_of,
    lc,
    terminal_at,
)
from chip_terminal import TEXT, Terminal, div, flagged, sealed, token

from healthcard.card.os.chip import restore

REPEAT = re.compile(r"\((\w+)\*(\d+)\)")  # (C9*100): a hundred times C9
FOLDER = Path(__file__).parent / "scenarios"
OTHER_KEY = bytes(range(16))
STALE = bytes(8)  # what a client would use that never asked for a challenge


@dataclass(frozen=True)
class Scenario:
    name: str
    stage: str
    products: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]


def scenarios() -> Iterator[Scenario]:
    for path in sorted(FOLDER.glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8"))["scenario"]:
            products = tuple(row.get("products", PRODUCTS))
            steps = tuple(_step(line) for line in row["steps"].splitlines() if line.strip())
            yield Scenario(f"{path.stem}: {row['name']}", row.get("stage", "personalised"), products, steps)


def _step(line: str) -> tuple[str, str]:
    text = REPEAT.sub(lambda found: found[1] * int(found[2]), line.partition("#")[0])
    command, _, answer = text.partition("->")
    return command.strip(), answer.strip()


class Player:
    def __init__(self, product: str, stage: str) -> None:
        self.terminal = terminal_at(product, stage)
        self.maker = Maker(self.terminal)

    def play(self, command: str) -> tuple[bytes, int]:
        verb, *words = command.split()
        act = ACTS.get(verb)
        if act is not None:
            return act(self, *words)
        return self.terminal.send(command)

    # sessions

    def raw(self, *words: str) -> tuple[bytes, int]:
        return self.terminal.raw(bytes.fromhex("".join(words)))

    def enter(self, directory: str) -> tuple[bytes, int]:
        enter(self.terminal, directory)
        return b"", 0x9000

    def reset(self) -> tuple[bytes, int]:
        self.terminal.chip.reset()
        return b"", 0x9000

    def revive(self) -> tuple[bytes, int]:
        """Out of the reader, to disk, from disk, into a reader."""
        self.terminal = Terminal(restore(self.terminal.chip.dump()))
        self.maker = Maker(self.terminal)
        return b"", 0x9000

    # authentication

    def auth(self, name: str, how: str = "") -> tuple[bytes, int]:
        kid, key = LAYOUT.key(name).kid, OTHER_KEY if how == "wrong" else key_of(name)
        if how == "stale":
            shown = token(div(key, STALE), TEXT)
            return self.terminal.send(bytes([0, 0x82, 0, kid, 0x11]) + shown + TEXT + b"\x01")
        return b"", self.terminal.authenticate(kid, key, version=2 if how == "version" else 1)

    def transport(self, how: str = "") -> tuple[bytes, int]:
        key = OTHER_KEY if how == "wrong" else TRANSPORT_KEY
        return b"", self.terminal.authenticate(TRANSPORT_KIDS[self.maker.product], key)

    # secured updates

    def seal(self, name: str, header: str, data: str, how: str = "") -> tuple[bytes, int]:
        return self._secured(sealed, name, header, data, how)

    def flag(self, name: str, header: str, data: str = "", how: str = "") -> tuple[bytes, int]:
        if data in ("wrong", "stale", "other"):
            data, how = "", data
        return self._secured(flagged, name, header, data, how)

    def _secured(
        self, make: Callable[[bytes, bytes, bytes], bytes], name: str, header: str, data: str, how: str
    ) -> tuple[bytes, int]:
        challenge = STALE if how == "stale" else self.terminal.challenge()
        key = OTHER_KEY if how == "other" else key_of(name)
        command = make(div(key, challenge), bytes.fromhex(header), bytes.fromhex(data))
        if how == "wrong":
            command = command[:-1] + bytes([command[-1] ^ 1])
        return self.terminal.send(command)

    # making

    def mkdir(self, fid: str, name: str) -> tuple[bytes, int]:
        return self.terminal.send(self.maker.directory(int(fid, 16), name.encode()))

    def mkfile(self, path: str) -> tuple[bytes, int]:
        return self.terminal.send(self.maker.file(next(file for file in FILES if file.path == path)))

    def key(self, name: str, how: str = "") -> tuple[bytes, int]:
        command = self.maker.key(name, value=OTHER_KEY if how == "other" else None)
        if how == "wrong":
            command = command[:-1] + bytes([command[-1] ^ 1])
        return self.terminal.send(command)

    def pin(self) -> tuple[bytes, int]:
        return self.terminal.send(self.maker.pin())

    def check(self, name: str) -> tuple[bytes, int]:
        return self.terminal.send(self.maker.check(LAYOUT.key(name).kid))

    def erase(self) -> tuple[bytes, int]:
        return self.terminal.send(self.maker.erase())

    def end(self) -> tuple[bytes, int]:
        return self.terminal.send(self.maker.end())

    def write(self, header: str, *words: str) -> tuple[bytes, int]:
        """Hex data with Lc counted."""
        return self.terminal.send(lc(header, bytes.fromhex("".join(words))))


ACTS: dict[str, Callable[..., tuple[bytes, int]]] = {
    name: getattr(Player, name)
    for name in (
        "raw", "enter", "reset", "revive", "auth", "transport", "seal", "flag", "mkdir", "mkfile", "key", "pin",
        "check", "erase", "end", "write",
    )
}  # fmt: skip


def matches(answer: tuple[bytes, int], expected: str) -> bool:
    data, sw = answer
    words = expected.replace(" ", "").upper()
    if words.startswith("*"):
        return words[1:] == f"{sw:04X}"
    return words == f"{data.hex().upper()}{sw:04X}"
