"""Any of the 65,536 status words in the place of any answer is never taken for success.

Three parts: what a client does with a card (each word at each step), making a card (each word at a random step, the
products in turn), and settling one that was torn (every eighth word, on a chip that did what it was told).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from lying import Between, Repeating
from perso_bench import KEYS, PRODUCTS, blank, rehearsed
from tears import fresh, meaning
from test_status_words import ACTS, AGAIN, MORE, steps_of, taken_for_success

from doubles.journal import MemoryJournal
from healthcard.card.os import chip as user_card
from healthcard.card.os.tear import Tear, TearMode
from healthcard.card.wire.status import OK
from healthcard.perso.execution import execute
from healthcard.perso.journal import JobState
from healthcard.perso.rehearsed import RehearsedPlan
from healthcard.perso.results import Finished
from healthcard.perso.settling import settle
from prove import Disproved, spread

WORDS = 0x10000
EIGHTH = 8
ONE_MORE_ROUND = (MORE, AGAIN)  # 61xx and 6Cxx ask again, and what is then answered counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Words from `start` in steps of `stride`, in one of the proofs below; `seed` chooses where each one is put in."""

    proof: str
    name: str
    start: int
    stride: int
    seed: int

    @property
    def words(self) -> range:
        """The words of this part."""
        return range(self.start, WORDS, self.stride)


@dataclass(slots=True)
class Seen:
    """Cases tried, and what was believed in them."""

    cases: int
    believed: list[str]


def prove() -> Iterator[str]:
    """A line for each act of a client and each product."""
    seed = secrets.randbits(32)
    parts = list(_parts(seed))
    for part, seen in zip(parts, spread(try_words, parts), strict=True):
        words = len(part.words)
        told = f"WORDS proof={part.proof} of={part.name} words={words} cases={seen.cases} seed={seed}"
        yield f"{told} bad={len(seen.believed)}"
        if seen.believed:
            raise Disproved(f"{told}: {'; '.join(seen.believed[:5])}")


def _parts(seed: int) -> Iterator[Part]:
    for proof, stride in (("settling", EIGHTH), ("making", 1)):
        for number, name in enumerate(PRODUCTS):
            start = stride * number + seed % stride
            yield Part(proof=proof, name=name, start=start, stride=stride * len(PRODUCTS), seed=seed)
    yield from (Part(proof="client", name=act.__name__, start=0, stride=1, seed=seed) for act in ACTS)


def try_words(part: Part) -> Seen:
    """One part."""
    return PROOFS[part.proof](part)


def client(part: Part) -> Seen:
    """Each word at each step of an act of `CardSession`."""
    act = next(act for act in ACTS if act.__name__ == part.name)
    seen = Seen(0, [])
    for word in part.words:
        if word == OK or word >> 8 in ONE_MORE_ROUND:
            continue
        for step in range(1, steps_of(act) + 1):
            seen.cases += 1
            if taken_for_success(act, step, word.to_bytes(2, "big")):
                seen.believed.append(f"{word:04X} at step {step}")
    return seen


def making(part: Part) -> Seen:
    """Each word instead of a success the engine waited for; the card must not be called finished."""
    plan, record = rehearsed(part.name), Between(blank(part.name))
    random = Random(part.seed)  # noqa: S311 - any choice will do
    if not isinstance(execute(fresh(plan), record, MemoryJournal(), KEYS), Finished):
        raise Disproved(f"WORDS of={part.name}: the card without a lie is not finished")
    truths = [n for n, answer in enumerate(record.answers, 1) if answer[-2:] == b"\x90\x00" or answer[-2] == MORE]
    seen = Seen(0, [])
    for word in part.words:
        if word == OK:
            continue
        at, journal = random.choice(truths), MemoryJournal()
        seen.cases += 1
        result = execute(fresh(plan), Repeating(record, at, word), journal, KEYS)
        if isinstance(result, Finished) or journal.state is JobState.FINISHED:
            seen.believed.append(f"{word:04X} at command {at}")
    return seen


def settling(part: Part) -> Seen:
    """Each word instead of an answer of a torn chip; whatever is called finished is the planned card."""
    plan, whole = rehearsed(part.name), Between(blank(part.name))
    random = Random(part.seed)  # noqa: S311 - any choice will do
    execute(fresh(plan), whole, MemoryJournal(), KEYS)
    length, final = len(whole.commands), meaning(whole.chip.dump())  # type: ignore[attr-defined]  # it is a chip
    seen = Seen(0, [])
    for word in part.words:
        state = _torn(plan, random.randint(1, length))
        at, chip, journal = random.randint(1, length), user_card.restore(state), MemoryJournal()
        lie = Between(chip, _instead(at, word))
        seen.cases += 1
        if isinstance(settle(plan, lie, journal, KEYS), Finished) and meaning(chip.dump()) != final:
            seen.believed.append(f"{word:04X} at command {at}")
    return seen


_TORN: dict[tuple[str, int], bytes] = {}


def _torn(plan: RehearsedPlan, at: int) -> bytes:
    """The state of a chip torn after command `at` while it was made."""
    name = plan.plan.product.name
    if (name, at) not in _TORN:
        chip = blank(name)
        chip.arm(Tear(at=at, mode=TearMode.AFTER))
        execute(fresh(plan), chip, MemoryJournal(), KEYS)
        _TORN[name, at] = chip.dump()
    return _TORN[name, at]


def _instead(at: int, word: int) -> Callable[[int, bytes, bytes], bytes]:
    return lambda n, command, answer: word.to_bytes(2, "big") if n == at else answer


PROOFS: dict[str, Callable[[Part], Seen]] = {"client": client, "making": making, "settling": settling}
