"""Acts of the life cycle, each a transaction of card, message and audit: oral reports and their withdrawal."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from bench import Figure, apart, tell
from bench.population import fill_home

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from healthcard.services.actor import Actor

PEOPLE = 5_000
WORKERS = 4
SECONDS = 15.0


def measure() -> Iterator[Figure]:
    """An installation of its own with five thousand people, whose database writes through to the disk."""
    with tempfile.TemporaryDirectory(prefix="hc-") as name:
        fill_home(Path(name), PEOPLE)
        yield from apart("bench.acts", Path(name))


def _figures() -> Iterator[Figure]:
    from healthcard.site.installation import Site

    with Site.open(os.environ).working():
        holders = _holders()
        shares = [holders[first::WORKERS] for first in range(WORKERS)]
        begin = get_context("spawn").Barrier(WORKERS)
        with ProcessPoolExecutor(WORKERS, get_context("spawn"), _join, (begin,)) as pool:
            done = sum(pool.map(_work, shares))
    name = f"acts: oral loss and its withdrawal, audited, {WORKERS} at once"
    yield Figure(name=name, value=done / SECONDS, unit="acts/s", bound=">= 300")


def _holders() -> list[int]:
    """People with a card in use."""
    from healthcard.domain.permissions import Permission
    from healthcard.services import actor
    from healthcard.storage.models import Card

    actor.console().require(Permission.CARD_VIEW)
    return list(Card.objects.filter(life="issued", loss="none").order_by("pk").values_list("resident_id", flat=True))


_together: list[Barrier] = []  # in a worker: where it waits for the others


def _join(begin: Barrier) -> None:
    _together.append(begin)


def _work(holders: list[int]) -> int:
    """Report and withdraw, one person after the other, beginning when everybody does; how many acts in time."""
    from healthcard.site.installation import Site

    Site.open(os.environ).set_up_django()
    from healthcard.services import actor
    from healthcard.services.desk import loss

    clerk, done = actor.console(), 0
    _report(clerk, holders[0], identity="questions")  # what is made ready once is ready
    loss.withdraw_oral(clerk, holders[0], identity="questions")
    _together[0].wait()
    until = time.monotonic() + SECONDS
    while True:
        for person in holders:
            for act in (_report, loss.withdraw_oral):
                act(clerk, person, identity="questions")
                if time.monotonic() > until:
                    return done
                done += 1


def _report(clerk: Actor, person: int, *, identity: str) -> None:
    from healthcard.services.desk import loss

    loss.report_oral(clerk, person, channel="phone", identity=identity)


if __name__ == "__main__":
    tell(_figures())
