"""Memory as pages: every persistent change of a command is a write in one journal, done or torn as a whole or in part.

A COS that writes atomically commits all of a command or nothing. One that does not leaves half of the writes done
when power fails, the one in the middle cut: half a page, a half-written key or file that nobody can use again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from healthcard.card.os.files import ERASED, Directory, File, Key, Pin

PAGE = 32


class Write(Protocol):
    """One page write."""

    def apply(self) -> None:
        """Done."""
        ...

    def cut(self) -> None:
        """Torn in the middle."""
        ...


@dataclass(slots=True)
class PageWrite:
    """Bytes into a buffer, inside one page."""

    buffer: bytearray
    at: int
    data: bytes

    def apply(self) -> None:
        """All bytes."""
        self.buffer[self.at : self.at + len(self.data)] = self.data

    def cut(self) -> None:
        """The first half of the bytes."""
        half = self.data[: len(self.data) // 2]
        self.buffer[self.at : self.at + len(half)] = half


@dataclass(slots=True)
class CellWrite:
    """A counter, a pointer or a fuse: one cell, so never half written."""

    owner: object
    name: str
    value: object

    def apply(self) -> None:
        """Set it."""
        setattr(self.owner, self.name, self.value)

    def cut(self) -> None:
        """Written: a try that was begun is spent."""
        self.apply()


@dataclass(slots=True)
class RecordWrite:
    """A record that was not there, or one of another length."""

    file: File
    number: int
    data: bytes

    def apply(self) -> None:
        """The whole record."""
        self.file.records[self.number] = bytearray(self.data)

    def cut(self) -> None:
        """Its first half, the rest as erased."""
        half = self.data[: len(self.data) // 2]
        self.file.records[self.number] = bytearray(half.ljust(len(self.data), bytes([ERASED])))


@dataclass(slots=True)
class FileWrite:
    """A new elementary file."""

    directory: Directory
    file: File

    def apply(self) -> None:
        """Enter it."""
        self.directory.files[self.file.fid] = self.file

    def cut(self) -> None:
        """It is there and of no use."""
        self.file.whole = False
        self.apply()


@dataclass(slots=True)
class DirectoryWrite:
    """A new directory."""

    parent: Directory
    directory: Directory

    def apply(self) -> None:
        """Enter it."""
        self.parent.directories[self.directory.fid] = self.directory

    def cut(self) -> None:
        """It is there and of no use."""
        self.directory.whole = False
        self.apply()


@dataclass(slots=True)
class KeyWrite:
    """A key into its place."""

    directory: Directory
    kid: int
    key: Key

    def apply(self) -> None:
        """Enter it."""
        self.directory.keys[self.kid] = self.key

    def cut(self) -> None:
        """Half of its bytes are there: nobody can use it."""
        self.key.whole = False
        self.apply()


@dataclass(slots=True)
class PinWrite:
    """The PIN into its place."""

    directory: Directory
    pin: Pin

    def apply(self) -> None:
        """Enter it."""
        self.directory.pin = self.pin

    def cut(self) -> None:
        """Half of its bytes are there: nobody can use it."""
        self.pin.whole = False
        self.apply()


@dataclass(slots=True)
class DirectoryErase:
    """All that a directory holds goes."""

    directory: Directory

    def apply(self) -> None:
        """Nothing is left but the directory itself."""
        self.directory.files.clear()
        self.directory.directories.clear()
        self.directory.keys.clear()
        self.directory.pin = None

    def cut(self) -> None:
        """The files go first, the keys stay."""
        self.directory.files.clear()


class Journal:
    """The writes of one command in their order."""

    def __init__(self) -> None:
        """`done` counts the writes ever done."""
        self._writes: list[Write] = []
        self.done = 0

    def add(self, write: Write) -> None:
        """One more write."""
        self._writes.append(write)

    def put(self, buffer: bytearray, at: int, data: bytes) -> None:
        """`data` into `buffer` from `at` on, one write for each page touched."""
        for start, end in _pages(at, at + len(data)):
            self._writes.append(PageWrite(buffer, start, data[start - at : end - at]))

    def commit(self) -> None:
        """Do all writes."""
        if self._writes:
            self._do(self._writes)
            self._writes = []

    def tear(self, *, atomic: bool) -> None:
        """Power fails half-way: nothing is done on an atomic COS, else the first half of the writes."""
        writes, self._writes = self._writes, []
        half, odd = divmod(len(writes), 2)
        if atomic:
            return
        self._do(writes[:half])
        if odd:
            writes[half].cut()
            self.done += 1

    def _do(self, writes: list[Write]) -> None:
        for write in writes:
            write.apply()
        self.done += len(writes)


def _pages(start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        border = min(end, (start // PAGE + 1) * PAGE)
        yield start, border
        start = border
