"""How far a write to a chip has come, for whoever waits: the journals tell it, the line's sessions show it."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Progress:
    """Writing steps of the job under way: how many there are, and which have come out."""

    total: int = 0
    _out: set[int] = field(default_factory=set)

    @property
    def done(self) -> int:
        """How many have come out."""
        return min(len(self._out), self.total)

    def begin(self, total: int) -> None:
        """A job of `total` writing steps begins or goes on."""
        self.total, self._out = total, set()

    def come_out(self, steps: Iterable[int]) -> None:
        """These steps came out, well or not."""
        self._out.update(step for step in steps if step >= 0)


_watched: ContextVar[Progress | None] = ContextVar("progress", default=None)


def watch(progress: Progress) -> None:
    """From now on what this thread writes to chips is told to `progress`."""
    _watched.set(progress)


def begin(total: int) -> None:
    """A job begins; heard by whoever watches this thread."""
    if (watched := _watched.get()) is not None:
        watched.begin(total)


def come_out(steps: Iterable[int]) -> None:
    """Steps came out; heard by whoever watches this thread."""
    if (watched := _watched.get()) is not None:
        watched.come_out(steps)
