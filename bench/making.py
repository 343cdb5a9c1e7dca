"""Cards made by the services, with a real database, key service and rack: what one card costs, and where it goes.

The card's own chip is in this process, where it costs next to nothing: a chip in a slot of the rack puts its memory on
the disk at every write, which is its time and not the host's.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeVar
from unittest.mock import patch

from bench import Figure

if TYPE_CHECKING:
    from healthcard.card.os.drawer import Drawer
    from healthcard.perso.rehearsal import Rehearser
    from healthcard.services.actor import Actor
    from healthcard.services.workshop.making import Workshop

MADE = ("jia", "yi", "bing")
CARDS = 15  # of each product, after one to warm up; the demo province has 50 people
PARTS = ("plan", "rehearsal", "execution", "journal")
T = TypeVar("T")


def measure() -> Iterator[Figure]:
    """Seconds for a card of each product, and its parts."""
    with tempfile.TemporaryDirectory(prefix="hc-") as home:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HEALTHCARD_")}
        command = [sys.executable, "-m", "bench.making"]
        done = subprocess.run(
            command, env=environment | {"HEALTHCARD_HOME": home}, check=True, stdout=subprocess.PIPE, text=True
        )
    for product, seconds in json.loads(done.stdout.splitlines()[-1]).items():
        written = seconds["execution"] + seconds["journal"]
        yield Figure(
            name=f"making: one card in process with journal ({product})", value=written, unit="s", bound="<= 0.15"
        )
        yield Figure(name=f"making: the whole chain of one card ({product})", value=seconds["whole"], unit="s")
        for part in (*PARTS, "rest"):
            yield Figure(name=f"making:   of which {part} ({product})", value=seconds[part], unit="s")


# In a process of its own, for an installation is for a whole process


@dataclass(slots=True)
class Clock:
    """Seconds spent in each part since the last `take`."""

    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))

    def timed(self, part: str, act: Callable[..., T], inner: str = "") -> Callable[..., T]:
        """`act`, its time noted for `part`; time that `inner` noted meanwhile is not counted twice."""

        def call(*arguments: object, **named: object) -> T:
            within = self.spent.get(inner, 0.0)
            began = time.perf_counter()
            try:
                return act(*arguments, **named)
            finally:
                self.spent[part] += time.perf_counter() - began - (self.spent.get(inner, 0.0) - within)

        return call

    def take(self) -> dict[str, float]:
        """What was spent; starts anew."""
        spent, self.spent = self.spent, dict.fromkeys(PARTS, 0.0)
        return spent


class TimedRehearser:
    """A rehearser whose time is noted."""

    def __init__(self, rehearser: Rehearser, clock: Clock) -> None:
        self.rehearse = clock.timed("rehearsal", rehearser.rehearse)


@contextmanager
def installation() -> Iterator[Drawer]:
    """An installation in the state folder of this process, with its helpers; a drawer for chips of our own."""
    from healthcard.card.os.drawer import Drawer
    from healthcard.services import processes
    from healthcard.site.installation import Site

    site = Site.open(os.environ)
    for _ in site.set_up():
        pass
    helpers = [processes.start_rack(site.state), processes.start_keys(site.state)]
    try:
        with site.database():
            yield Drawer(site.state.chips)
    finally:
        for helper in helpers:
            processes.stop(helper)


def quartiles(clock: Clock, drawer: Drawer) -> dict[str, dict[str, float]]:
    """Seconds of each part, by product: a quarter of the cards took less, and what was disturbed took longer."""
    from healthcard.services.people import residents
    from healthcard.services.stage import demo
    from healthcard.services.workshop import making

    demo.create(_today())
    people = iter(residents.waiting(demo.maker(), limit=len(MADE) * (CARDS + 1)))
    told: dict[str, dict[str, float]] = {}
    with making.workshop() as plain, watched(clock):
        shop = making.Workshop(keys=plain.keys, rehearser=TimedRehearser(plain.rehearser, clock))  # type: ignore[arg-type]  # only its `rehearse` is used
        for product in MADE:
            rows = [one(demo.maker(), next(people), product, shop, drawer, clock) for _ in range(CARDS + 1)][1:]
            told[product] = {part: statistics.quantiles([row[part] for row in rows], n=4)[0] for part in rows[0]}
    return told


def one(actor: Actor, person: int, product: str, shop: Workshop, drawer: Drawer, clock: Clock) -> dict[str, float]:
    """Make one card; what it took."""
    from healthcard.card.os.products import PRODUCTS
    from healthcard.perso.results import Finished
    from healthcard.services.workshop import cards, making

    card = cards.plan(actor, person, today=_today())
    number = int(cards.shown(actor, card).issue_serial).to_bytes(PRODUCTS[product].serial_length, "big")
    chip = drawer.blank(product, number, shop.keys.factory_envelope(product))
    clock.take()
    began = time.perf_counter()
    result = making.personalise(actor, card, chip, shop)
    whole = time.perf_counter() - began
    if not isinstance(result, Finished):
        raise TypeError(f"the bench's card was not finished: {result}")
    parts = clock.take()
    return {"whole": whole, **parts, "rest": whole - sum(parts.values())}


@contextmanager
def watched(clock: Clock) -> Iterator[None]:
    """The parts of `making.personalise` note their time inside this block."""
    from healthcard.perso import execution
    from healthcard.services.workshop import making
    from healthcard.services.workshop.journal import DatabaseJournal

    with ExitStack() as stack:
        for name in ("open", "record", "close"):
            timed = clock.timed("journal", getattr(DatabaseJournal, name))
            stack.enter_context(patch.object(DatabaseJournal, name, timed))
        stack.enter_context(patch.object(making, "_plan", clock.timed("plan", making._plan)))  # noqa: SLF001
        execute = clock.timed("execution", execution.execute, inner="journal")
        stack.enter_context(patch.object(execution, "execute", execute))
        yield


def _today() -> date:
    return date.today()  # noqa: DTZ011 - any day will do


def main() -> None:
    """Print the seconds as JSON."""
    with installation() as drawer:
        print(json.dumps(quartiles(Clock(), drawer)))


if __name__ == "__main__":
    main()
