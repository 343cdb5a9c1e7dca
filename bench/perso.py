"""Making cards in one process: plans, rehearsals, commands and bytes, host time for each command."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import prove  # noqa: F401 - puts the benches of the tests on the path
from lying import Between
from perso_bench import CHIPS, KEYS, PRODUCTS, blank, plan
from perso_bench import bench as chips
from tears import fresh

from bench import Figure
from doubles.journal import MemoryJournal
from healthcard.perso.execution import execute
from healthcard.perso.least import least
from healthcard.perso.plan import Plan
from healthcard.perso.rehearsal import NoJournal, Rehearser, rehearse
from healthcard.perso.rehearsed import RehearsedPlan
from healthcard.perso.settling import settle

SECONDS = 2.0  # how long one kind of work is repeated


def measure() -> Iterator[Figure]:
    """Every product: what a card costs in commands, bytes and time."""
    for name in PRODUCTS:
        planned = plan(name)
        rehearsed = rehearse(planned, chips, KEYS)
        yield from _length(name, planned, rehearsed)
        yield from _speed(name, planned, rehearsed)


def _length(name: str, planned: Plan, rehearsed: RehearsedPlan) -> Iterator[Figure]:
    bound = least(planned.image, planned.product)
    yield Figure(name=f"perso: commands that make a card ({name})", value=planned.apdus, unit="apdus")
    yield Figure(name=f"perso: bytes that make a card ({name})", value=planned.size, unit="bytes")
    ratio = planned.apdus / bound.apdus
    yield Figure(name=f"perso: commands / the least the layout allows ({name})", value=ratio, unit="", bound="<= 1.1")
    ratio = planned.size / bound.bytes
    yield Figure(name=f"perso: bytes / the least the layout allows ({name})", value=ratio, unit="", bound="<= 1.1")
    record = Between(blank(name))
    execute(fresh(rehearsed), record, NoJournal(), KEYS)
    yield Figure(name=f"perso: commands with reading back ({name})", value=len(record.commands), unit="apdus")


def _speed(name: str, planned: Plan, rehearsed: RehearsedPlan) -> Iterator[Figure]:
    yield Figure(name=f"perso: plans compiled ({name})", value=_rate(lambda: plan(name)), unit="/s")
    rehearser = Rehearser(chips, KEYS)
    rate = _rate(lambda: rehearser.rehearse(planned))
    yield Figure(name=f"perso: rehearsed plans per second and core ({name})", value=rate, unit="/s")
    rate = _rate(lambda: rehearse(planned, chips, KEYS))
    yield Figure(name=f"perso: the same with every access condition tried ({name})", value=rate, unit="/s")
    yield from _making(name, rehearsed)


def _making(name: str, rehearsed: RehearsedPlan) -> Iterator[Figure]:
    record = Between(blank(name))
    execute(fresh(rehearsed), record, NoJournal(), KEYS)
    card = 1 / _rate(lambda: execute(fresh(rehearsed), blank(name), NoJournal(), KEYS))
    each = card * 1e6 / len(record.commands)
    yield Figure(name=f"perso: one card in process, chip included ({name})", value=card * 1e3, unit="ms")
    yield Figure(
        name=f"perso: host time for each command, chip included ({name})", value=each, unit="us", bound="<= 150"
    )
    chip = blank(name, bytes.fromhex(CHIPS[name]))
    execute(fresh(rehearsed), chip, MemoryJournal(), KEYS)
    found = 1 / _rate(lambda: settle(rehearsed, chip, MemoryJournal(), KEYS))
    yield Figure(name=f"perso: a finished card found to be so ({name})", value=found * 1e3, unit="ms")


def _rate(act: Callable[[], object]) -> float:
    """How often a second, by the fastest tenth: what disturbs a run only ever makes it slower."""
    act()
    times, until = [], time.perf_counter() + SECONDS
    while time.perf_counter() < until or len(times) < 10:
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    best = sorted(times)[: max(1, len(times) // 10)]
    return len(best) / sum(best)
