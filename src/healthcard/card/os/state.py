"""A chip's state in two parts: what survives the loss of power, and what a reset forgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from healthcard.card.os.crypto import KeyInUse
from healthcard.card.os.files import Block, Directory, File, Key


class Life(StrEnum):
    """The stages of a chip's own life; an application's block is the directory's own."""

    BLANK = "blank"
    CREATED = "created"
    PERSONALISED = "personalised"
    IN_USE = "in use"
    BLOCKED = "blocked"


@dataclass(slots=True, eq=False, kw_only=True)
class Persistent:
    """What the chip's memory keeps. `ended`, `used` and `blocked` are fuses: they are set once and never cleared."""

    product: str
    serial: bytes
    transport: Key
    root: Directory
    ended: bool = False
    used: bool = False
    blocked: bool = False

    @property
    def life(self) -> Life:
        """The stage the fuses and the files tell."""
        if self.blocked:
            return Life.BLOCKED
        if self.ended:
            return Life.IN_USE if self.used else Life.PERSONALISED
        return Life.CREATED if self.root.directories or self.root.keys or self.root.files else Life.BLANK


@dataclass(slots=True, eq=False, kw_only=True)
class Volatile:
    """What a session has reached. `granted` holds the authenticated key references of each directory still entered."""

    current: Directory
    environment: Directory
    file: File | None = None
    challenge: bytes | None = None
    granted: dict[Directory, set[int]] = field(default_factory=dict)
    rights: bool = False
    waiting: bytes = b""
    machines: dict[bytes, KeyInUse] = field(default_factory=dict, repr=False)

    @classmethod
    def fresh(cls, root: Directory) -> Volatile:
        """As after a reset: the MF is current (card.md 1.1)."""
        return cls(current=root, environment=root)

    def enter(self, directory: Directory) -> None:
        """Make `directory` current; directories left behind lose their security state (card.md 5.1)."""
        self.current, self.environment, self.file = directory, directory.environment(), None
        for left in [held for held in self.granted if held not in (directory, self.environment)]:
            del self.granted[left]

    def blocked(self) -> Block:
        """The strongest block on the way to the current directory."""
        return self.current.blocked()
