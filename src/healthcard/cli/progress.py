"""A progress bar on standard error; nothing when that is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

STEPS = 1000


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar that moves when it is told how much of how much is done."""
    seen = sys.stderr.isatty()
    with click.progressbar(length=STEPS, label=label, file=sys.stderr, show_pos=False, hidden=not seen) as shown:

        def advance(done: int, total: int) -> None:
            step = STEPS * done // max(total, 1) - shown.pos
            if step > 0:
                shown.update(step)

        yield advance
