"""The register of ceremonies beside a store: what was begun and how it ended, each line chained and signed.

A line says who was there, what lay on which carrier and the check values, never a key: the file is the transcript, and
`tools/ceremonies.py` checks a copy of it without anything of this room.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from healthcard.keys import disk
from healthcard.keys.ceremonies import sealed
from healthcard.keys.errors import StoreDamaged

NAME = "ceremonies.log"
FIRST = "0" * 64
BEGUN, DONE, REFUSED = "begun", "done", "refused"
Sign = Callable[[bytes], bytes]
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a ceremony came to: check values (hex) by key, SM3 of each file by carrier number, sentences to read out."""

    checks: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)


class Register:
    """The lines of one store, read when opened. `sign` makes r | s (64 bytes) with the store's audit key."""

    def __init__(self, path: Path, sign: Sign) -> None:
        """Raises StoreRefused for a file open to others, StoreDamaged for a chain that does not hold."""
        self.path = path
        self._sign = sign
        self.lines = list(_read(path)) if path.exists() else []

    def numbers(self) -> frozenset[str]:
        """The numbers of ceremonies that were begun."""
        return frozenset(str(line["number"]) for line in self.lines)

    def open_ones(self) -> tuple[str, ...]:
        """Ceremonies that were begun and neither done nor refused: something broke in the middle."""
        ended = {line["number"] for line in self.lines if line["phase"] != BEGUN}
        return tuple(str(line["number"]) for line in self.lines if line["number"] not in ended)

    def add(self, phase: str, at: str, content: Json) -> Json:
        """Put a line on the disk before this returns; raises OSError, StoreRefused."""
        previous = str(self.lines[-1]["hash"]) if self.lines else FIRST
        line = {**content, "phase": phase, "at": at, "line": len(self.lines) + 1, "previous": previous}
        text = sealed.canonical(line)
        line |= {"hash": sealed.digest(text), "signature": self._sign(text).hex()}
        _append(self.path, sealed.canonical(line) + b"\n")
        self.lines.append(line)
        return line


def _read(path: Path) -> Iterator[dict[str, object]]:
    previous = FIRST
    for number, text in enumerate(disk.read_private(path).splitlines(), 1):
        try:
            line = json.loads(text)
            body = {name: value for name, value in line.items() if name not in {"hash", "signature"}}
            fits = line["line"] == number and line["previous"] == previous
            fits = fits and line["hash"] == sealed.digest(sealed.canonical(body))
        except (ValueError, KeyError, TypeError, AttributeError):
            fits = False
        if not fits:
            raise StoreDamaged(f"Line {number} of {path.name} is not what was written. Restore it from its backup.")
        previous = line["hash"]
        yield line


def _append(path: Path, data: bytes) -> None:
    new = not path.exists()
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, disk.PRIVATE)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new:
        disk.give_to_owner(path)
