"""Tears at every command, and every pair of tears, without replaying what is known.

A chip without power is its persistent state, and settling starts with a reset: what becomes of a torn card depends on
that state alone (the journal only adds; `test_tears` proves it on whole runs). So every state is settled once, the
run is watched, and a tear at its n-th command leads to a state of that run: the one before the command, the one
after, or, on a chip that does not write atomically, a half-written one that is made by tearing a real run there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import perso_bench
from perso_bench import KEYS, blank, rehearsed

from doubles.journal import MemoryJournal
from healthcard.card.os import chip as user_card
from healthcard.card.os.chip import Chip
from healthcard.card.os.tear import Tear, TearMode
from healthcard.perso.execution import execute
from healthcard.perso.plan import Plan
from healthcard.perso.rehearsed import RehearsedPlan
from healthcard.perso.results import Finished, Held, Result, Scrapped
from healthcard.perso.settling import settle

MODES = tuple(TearMode)


class Watched:
    """A chip whose state is kept before each command; `states[n]` is the state before command n + 1.

    `wrote` has the commands (from 1) that wrote anything, also what they took back, such as a try counter.
    """

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.states = [chip.dump()]
        self.wrote: set[int] = set()
        self._writes = chip.writes

    def reset(self) -> bytes:
        return self.chip.reset()

    def transmit(self, command: bytes) -> bytes:
        answer = self.chip.transmit(command)
        if self.chip.writes != self._writes:
            self._writes = self.chip.writes
            self.states.append(self.chip.dump())
            self.wrote.add(len(self.states) - 1)
        else:
            self.states.append(self.states[-1])
        return answer


@dataclass(slots=True)
class Run:
    """One settling from one state to its end: the states on its way, how it ended, what the chip was then."""

    states: list[bytes]
    wrote: set[int]
    result: Result
    verdict: str = ""
    halves: dict[int, bytes] = field(default_factory=dict)

    @property
    def apdus(self) -> int:
        return len(self.states) - 1


@dataclass(slots=True)
class Count:
    """What was seen. `bad`: end states that are neither the planned card nor scrapped with reason."""

    cases: int = 0
    pairs: int = 0
    ready: int = 0
    scrapped: int = 0
    bad: int = 0
    why: list[str] = field(default_factory=list)


class TearField:
    """All tears of one product's card."""

    def __init__(self, product: str) -> None:
        self.product = product
        self.rehearsed = rehearsed(product)
        self.atomic = self.plan.product.atomic
        self.good = untorn(product)
        self.apdus = len(self.good.states) - 1
        self.final = meaning(self.good.states[-1])
        self.runs: dict[bytes, Run] = {}
        self.count = Count()

    @property
    def plan(self) -> Plan:
        return self.rehearsed.plan

    def first(self, at: int, mode: TearMode) -> bytes:
        """The state after making a card and tearing it at command `at`, by a real run."""
        chip = blank(self.product)
        chip.arm(Tear(at=at, mode=mode))
        result = execute(fresh(self.rehearsed), chip, MemoryJournal(), KEYS)
        assert isinstance(result, Held), result
        return chip.dump()

    def _first(self, at: int, mode: TearMode, real: int) -> bytes:
        told = self.good.states[at - (mode is not TearMode.AFTER)]
        half = mode is TearMode.HALF and not self.atomic and at in self.good.wrote
        if at % real and not half:
            return told
        state = self.first(at, mode)
        assert state == told or half, "a tear left a state that the run did not go through"
        return state

    def run(self, state: bytes) -> Run:
        """Settling from `state`, judged once."""
        if state not in self.runs:
            watched = Watched(user_card.restore(state))
            result = settle(self.rehearsed, watched, MemoryJournal(), KEYS)
            self.runs[state] = Run(states=watched.states, wrote=watched.wrote, result=result)
            self.runs[state].verdict = self._judge(self.runs[state])
        return self.runs[state]

    def second(self, state: bytes, at: int, mode: TearMode) -> bytes:
        """The state after settling from `state` and tearing that at command `at`."""
        run = self.run(state)
        if mode is TearMode.AFTER:
            return run.states[at]
        if mode is TearMode.BEFORE or self.atomic or at not in run.wrote:
            return run.states[at - 1]
        if at not in run.halves:
            run.halves[at] = self.torn(state, at, mode)
        return run.halves[at]

    def torn(self, state: bytes, at: int, mode: TearMode) -> bytes:
        """As `second`, by a real run."""
        chip = user_card.restore(state)
        chip.arm(Tear(at=at, mode=mode))
        result = settle(self.rehearsed, chip, MemoryJournal(), KEYS)
        assert isinstance(result, Held), result
        return chip.dump()

    def singles(self, real: int = 1) -> list[bytes]:
        """Every command x three modes: the state each leaves, judged by settling it.

        What a command has half written comes of a real run always, the rest at every `real`-th command; between
        these it is taken from the run without a tear.
        """
        states = [self._first(at, mode, real) for at in range(1, self.apdus + 1) for mode in MODES]
        for state in states:
            self.count.cases += 1
            self._tell(self.run(state))
        return states

    def pair(self, state: bytes, at: int, mode: TearMode) -> None:
        """One pair of tears: its end is judged."""
        self.count.pairs += 1
        self._tell(self.run(self.second(state, at, mode)))

    def random_pairs(self, states: list[bytes], number: int, random: Random) -> None:
        """`number` pairs, the first tear any, the second anywhere in the settling after it."""
        for _ in range(number):
            state = random.choice(states)
            self.pair(state, random.randint(1, self.run(state).apdus), random.choice(MODES))

    def all_pairs(self, states: list[bytes]) -> None:
        """Every second tear after every first one."""
        for state in states:
            for at in range(1, self.run(state).apdus + 1):
                for mode in MODES:
                    self.pair(state, at, mode)

    def closure(self) -> int:
        """Follow tears until no state is new: any number of tears. How many states there are."""
        waiting = list(self.runs)
        seen = set(waiting)
        while waiting:
            for state in self._next(waiting.pop()):
                if state not in seen:
                    seen.add(state)
                    waiting.append(state)
        return len(seen)

    def _next(self, state: bytes) -> Iterator[bytes]:
        for at in range(1, self.run(state).apdus + 1):
            for mode in MODES:
                yield self.second(state, at, mode)

    def _judge(self, run: Run) -> str:
        """Finished must be the planned card to the last byte; scrapped must have something half written for ever."""
        end = run.states[-1]
        if isinstance(run.result, Finished) and meaning(end) == self.final:
            return "ready"
        if isinstance(run.result, Scrapped) and not self.atomic and half_made(end):
            return "scrapped"
        self.count.why.append(f"{run.result}")
        return "bad"

    def _tell(self, run: Run) -> None:
        setattr(self.count, run.verdict, getattr(self.count, run.verdict) + 1)


def untorn(product: str) -> Run:
    """A card made without interruption."""
    watched = Watched(blank(product))
    result = execute(rehearsed(product), watched, MemoryJournal(), KEYS)
    assert isinstance(result, Finished), result
    return Run(states=watched.states, wrote=watched.wrote, result=result)


def fresh(used: RehearsedPlan) -> RehearsedPlan:
    """The same rehearsed plan for another chip of the same identity: what a test may do and nobody else."""
    copy = object.__new__(RehearsedPlan)
    copy._plan, copy._used = used.plan, False
    return copy


def meaning(state: bytes) -> str:
    """A chip's state as far as it matters: cyclic files in their order, without counters and without `used`."""
    row = json.loads(state)
    assert row["transport"]["left"] > 0
    del row["transport"]["left"], row["used"]
    _directory_meaning(row["root"])
    return json.dumps(row, sort_keys=True)


def half_made(state: bytes) -> bool:
    """Whether something on the chip is half written for ever: a key, a PIN, a file, a directory."""
    return '"whole":false' in state.decode()


def _directory_meaning(row: dict) -> None:
    for _, key in row["keys"]:
        assert key.pop("left") == key["tries"], "a key has lost a try"
    if row["pin"]:
        assert row["pin"].pop("left") == row["pin"]["tries"]
    for file in row["files"]:
        newest, records = file.pop("newest"), dict(file["records"])
        if file["structure"] == "Y":
            slots = [(newest - back) % file["count"] for back in range(file["count"])]
            file["records"] = [records[slot] for slot in slots if slot in records]
    for child in row["directories"]:
        _directory_meaning(child)


def line(fields: list[TearField]) -> str:
    """What the acceptance asks for, over all products."""
    apdus = sum(one.apdus for one in fields)
    cases, pairs, bad = (sum(getattr(one.count, name) for one in fields) for name in ("cases", "pairs", "bad"))
    return f"TEAR apdus={apdus} cases={cases} pairs={pairs} bad={bad}"


PRODUCTS = perso_bench.PRODUCTS
