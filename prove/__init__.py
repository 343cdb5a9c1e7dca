"""The long proofs. A module `prove/<name>.py` has `prove() -> Iterable[str]`: one line for each proof, and raises
`Disproved` when what it set out to prove is not so.

The proofs play with the benches of the tests, so those lie on the path once this package is imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

TESTS = Path(__file__).resolve().parent.parent / "tests"
BENCHES = ("", "perso", "card", "card/os", "card/host", "acceptance", "services", "fsck", "api", "browser")
sys.path[:0] = [str(TESTS / bench) for bench in BENCHES]

Task = TypeVar("Task")
Result = TypeVar("Result")


class Disproved(Exception):
    """A proof failed; the message is its line."""


def spread(work: Callable[[Task], Result], tasks: Iterable[Task], *, fresh: bool = False) -> Iterator[Result]:
    """What `work` makes of each task, in their order, on all cores; a task that fails is `Disproved` by its words.

    With `fresh` each task has a process of its own: for those with an installation of their own.
    """
    once = 1 if fresh else None
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), max_tasks_per_child=once) as pool:
        try:
            yield from pool.map(work, tasks)
        except AssertionError as error:
            raise Disproved(f"{work.__module__}: {error}") from error
        finally:
            pool.shutdown(cancel_futures=True)


def progress(told: str) -> None:
    """How far a proof has come, on the error line: it is no result."""
    print(told, file=sys.stderr, flush=True)


def apart(work: Callable[..., Result], *given: object) -> Result:
    """What `work` makes of it in a process of its own: for proofs with an installation of their own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given).result()
