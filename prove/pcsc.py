"""Cards torn and pulled out in the middle of a write through real pcscd: each settles when it is put in again.

A sample, for a reader takes a second to see a card come or go; `prove.tears` has them all without readers.
"""

from __future__ import annotations

import queue
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from lying import Between, writes
from perso_bench import KEYS, PRODUCTS, blank, rehearsed
from tears import MODES, fresh, half_made, meaning
from virtual_readers import Pcsc, Reader, parts_present, serving

from doubles.journal import MemoryJournal
from healthcard.card.host.pcsc import PcscTransport
from healthcard.card.host.ports import Transport
from healthcard.card.os.chip import Chip
from healthcard.card.os.tear import Tear, TearMode
from healthcard.card.os.vpcd import Slot
from healthcard.perso.execution import execute
from healthcard.perso.rehearsed import RehearsedPlan
from healthcard.perso.results import Finished, Held, Result, Scrapped
from healthcard.perso.settling import settle
from prove import Disproved

TORN = 30  # writing commands of each product that are torn, each in three modes
PULLED = 30  # cards of each product taken out at any moment
SHORTEST, LONGEST = 0.01, 0.6  # seconds after which a card is pulled


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A product's rehearsed plan, the commands of an execution that write, and what the finished chip means."""

    rehearsed: RehearsedPlan
    writing: tuple[int, ...]
    final: str

    @classmethod
    def of(cls, product: str) -> Made:
        """From one execution without readers."""
        plan, chip = rehearsed(product), blank(product)
        record = Between(chip)
        execute(fresh(plan), record, MemoryJournal(), KEYS)
        writing = tuple(n for n, command in enumerate(record.commands, 1) if writes(command))
        return cls(rehearsed=plan, writing=writing, final=meaning(chip.dump()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One card to interrupt: torn at a command, or pulled after so many seconds."""

    product: str
    at: int = 0
    mode: TearMode = TearMode.BEFORE
    pulled: float = 0.0


def prove() -> Iterator[str]:
    """A line for each product."""
    missing = [name for name, there in parts_present().items() if not there]
    if missing:
        raise Disproved(f"PCSC parts={','.join(missing)} are missing on this machine: tools/parts names the command")
    made = {name: Made.of(name) for name in PRODUCTS}
    cases = list(_cases(made))
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as pcsc:
        ends = _all(pcsc, made, cases)
    for product in PRODUCTS:
        mine = [end for case, end in zip(cases, ends, strict=True) if case.product == product]
        counts = " ".join(f"{end}={mine.count(end)}" for end in ("finished", "settled", "scrapped"))
        bad = [end for end in mine if end.startswith("bad")]
        yield f"PCSC product={product} cases={len(mine)} {counts} bad={len(bad)}"
        if bad:
            raise Disproved(f"PCSC product={product}: {'; '.join(sorted(set(bad)))}")


def _cases(made: dict[str, Made]) -> Iterator[Case]:
    random = Random(secrets.randbits(32))  # noqa: S311 - any choice will do
    for product, one in made.items():
        for at in random.sample(one.writing, TORN):
            yield from (Case(product=product, at=at, mode=mode) for mode in MODES)
        yield from (Case(product=product, pulled=random.uniform(SHORTEST, LONGEST)) for _ in range(PULLED))


def _all(pcsc: Pcsc, made: dict[str, Made], cases: list[Case]) -> list[str]:
    """How each case ends, all readers at work."""
    free: queue.SimpleQueue[Reader] = queue.SimpleQueue()
    for reader in pcsc.readers:
        free.put(reader)

    def one(case: Case) -> str:
        reader = free.get()
        try:
            return _end(pcsc, reader, made[case.product], case)
        finally:
            free.put(reader)

    with ThreadPoolExecutor(len(pcsc.readers)) as pool:
        return list(pool.map(one, cases))


def _end(pcsc: Pcsc, reader: Reader, made: Made, case: Case) -> str:
    """Make a card, interrupt it, put it in again, settle: in a word what became of it."""
    chip, journal = blank(case.product), MemoryJournal()
    slot = Slot(chip, reader.port)
    with _inserted(pcsc, reader, slot):
        result = _interrupted(
            reader, slot, chip, case, lambda link: execute(fresh(made.rehearsed), link, journal, KEYS)
        )
    if isinstance(result, Held):
        with _inserted(pcsc, reader, slot), PcscTransport(reader.name) as transport:
            result = transport.work(lambda link: settle(made.rehearsed, link, journal, KEYS))
    return _judged(result, chip, made, case)


def _interrupted(reader: Reader, slot: Slot, chip: Chip, case: Case, job: Callable[[Transport], Result]) -> Result:
    pull = threading.Timer(case.pulled, slot.pull)
    with PcscTransport(reader.name) as transport:
        transport.reset()
        if case.pulled:
            pull.start()
        else:
            chip.arm(Tear(at=case.at, mode=case.mode))
        result = transport.work(job)
    if case.pulled:
        pull.join()
    return result


def _judged(result: Result, chip: Chip, made: Made, case: Case) -> str:
    state = chip.dump()
    if isinstance(result, Finished) and meaning(state) == made.final:
        return "settled" if result.resumed else "finished"
    if isinstance(result, Scrapped) and case.product == "yi" and half_made(state):
        return "scrapped"
    return f"bad: {case} ended {result}"


@contextmanager
def _inserted(pcsc: Pcsc, reader: Reader, slot: Slot) -> Iterator[None]:
    slot.insert()
    pcsc.wait_for_card(reader)
    try:
        yield
    finally:
        slot.pull()
        pcsc.wait_for_card(reader, present=False)
