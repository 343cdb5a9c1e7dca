"""A million cards: questions and whole pages beside the same over ten thousand, and the checker over all of it."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from bench import Figure, apart, tell
from bench.population import fill_home

if TYPE_CHECKING:
    from healthcard.domain.resident import Resident
    from healthcard.services.actor import Actor
    from healthcard.services.workshop.cards import CardRow

LARGE, SMALL = 990_100, 9_900  # people, with a card and a hundredth
ROUNDS = 5  # of each size in turns; the best of each counts
CALLS, BATCHES = 20, 3
NAMESAKES = 20  # so many have the name that is searched for, in both
NAME, SEED = "欧阳测试", 11
OLDEST, DESK = 13, 50  # organisations of the population: nobody came to the first for long

Question = Callable[[], object]


def measure() -> Iterator[Figure]:
    """Both installations; the large one takes some minutes to fill."""
    with tempfile.TemporaryDirectory(prefix="hc-") as name:
        homes = {SMALL: Path(name) / "small", LARGE: Path(name) / "large"}
        begun = time.perf_counter()
        for people, home in homes.items():
            home.mkdir(mode=0o700)
            fill_home(home, people)
        filled = time.perf_counter() - begun
        yield Figure(name="million: an installation of 1,000,000 cards filled", value=filled, unit="s")
        yield from _compared(homes)
        yield from _pages(homes)
        yield from apart("bench.million", homes[LARGE], "check")


def _compared(homes: Mapping[int, Path]) -> Iterator[Figure]:
    """What each question takes with a million cards, in terms of what it takes with ten thousand."""
    best: dict[int, dict[str, float]] = {people: {} for people in homes}
    for _ in range(ROUNDS):
        for people, home in homes.items():
            for figure in apart("bench.million", home, "ask"):
                best[people][figure.name] = min(figure.value, best[people].get(figure.name, figure.value))
    for name, small in best[SMALL].items():
        times = f"{small:.2f} ms with 10,000 cards, {best[LARGE][name]:.2f} ms with 1,000,000"
        ratio = best[LARGE][name] / small
        yield Figure(
            name=f"million: {name}, with 100 times as many", value=ratio, unit="", bound="<= 1.2", remark=times
        )


def _pages(homes: Mapping[int, Path]) -> Iterator[Figure]:
    """What every page of the workbench takes with a million cards, beside the same with ten thousand."""
    small = {figure.name: figure for figure in apart("bench.pages", homes[SMALL])}
    for large in apart("bench.pages", homes[LARGE]):
        beside = small[large.name]
        remark = f"10,000 cards: {beside.value:.0f} ({beside.remark}); 1,000,000: {large.value:.0f} ({large.remark})"
        yield replace(large, name=f"pages: {large.name}{', p95' if large.bound else ''}", remark=remark)


def _asked() -> Iterator[Figure]:
    """Milliseconds that each list or search takes."""
    from healthcard.site.installation import Site

    with Site.open(os.environ).working():
        for name, question in _questions().items():
            question()
            yield Figure(name=name, value=min(_batch(question) for _ in range(BATCHES)), unit="ms")


def _batch(question: Question) -> float:
    begun = time.perf_counter()
    for _ in range(CALLS):
        question()
    return (time.perf_counter() - begun) / CALLS * 1000


def _questions() -> dict[str, Question]:
    from healthcard.services import actor
    from healthcard.services.people import finding, residents
    from healthcard.services.people.finding import Wanted
    from healthcard.services.trail import audit_search
    from healthcard.services.workshop import cards
    from healthcard.storage.models import Organisation

    province = actor.console()
    desk, oldest = (actor.of_console(Organisation.objects.get(pk=number)) for number in (DESK, OLDEST))
    known, card = _known(province), _middle(province)
    searches = {
        "person by document": Wanted(document=known.document),
        "person by telephone": Wanted(phone=known.phones[0]),
        f"{NAMESAKES} people by name": Wanted(name=NAME),
        "person by name and birth date": Wanted(name=NAME, birth_date=known.birth_date),
    }
    return {
        "cards, the newest": lambda: cards.listed(province),
        "cards, from the middle on": lambda: cards.listed(province, after=card.id),
        "cards of a desk": lambda: cards.listed(desk),
        "cards of the oldest desk": lambda: cards.listed(oldest),
        "cards of a person": lambda: cards.of_resident(province, card.holder),
        "card by its serial": lambda: cards.numbered(province, card.issue_serial),
        "people, the newest": lambda: residents.listed(province),
        "people, from the middle on": lambda: residents.listed(province, after=card.holder),
        "people of the oldest desk": lambda: residents.listed(oldest),
        **{name: partial(finding.searched, province, wanted) for name, wanted in searches.items()},
        "audit of a card": lambda: audit_search.search(province, audit_search.Wanted(card=card.id)),
    }


def _known(province: Actor) -> Resident:
    """Somebody on file under the keys of this installation, with namesakes; put there the first time."""
    from healthcard.domain.synthetic import resident
    from healthcard.services import scope
    from healthcard.services.people import residents

    people = [replace(resident(number, SEED), name=NAME) for number in range(NAMESAKES)]
    scope.limit(scope.EVERYBODY)
    residents.stored(people, DESK)
    return people[0]


def _middle(province: Actor) -> CardRow:
    """A card from the middle of the list."""
    from healthcard.services.workshop import cards

    newest = cards.listed(province, limit=1).cards[0]
    return cards.shown(province, newest.id // 2)


def _checked() -> Iterator[Figure]:
    """The checker over everything, as `healthcard fsck` runs it."""
    from healthcard.fsck import check
    from healthcard.site.installation import Site
    from healthcard.storage.roles import DATABASE

    site = Site.open(os.environ)
    site.set_up_django()
    with site.database():
        begun = time.perf_counter()
        found = list(check(site.checker_address()))
        seconds = time.perf_counter() - begun
        with psycopg.connect(dbname=DATABASE, **site.server.superuser()) as connection:  # type: ignore[arg-type] # parameters by name
            ((events,),) = connection.execute("SELECT count(*) FROM card_event").fetchall()
    slowest = sorted(found, key=lambda each: -each.seconds)[:4]
    remark = ", ".join(f"{each.id} {each.seconds:.0f} s" for each in slowest)
    name = f"fsck: {found[0].cards:,} cards, {events:,} events"
    yield Figure(name=name, value=seconds, unit="s", bound="<= 90", remark=f"the longest: {remark}")
    wrong = sum(each.violations for each in found)
    yield Figure(name="fsck: violations in what was filled", value=wrong, unit="", bound="<= 0")


if __name__ == "__main__":
    tell({"ask": _asked, "check": _checked}[sys.argv[1]]())
