"""A card torn at every command, in three ways, and then torn again: it ends as the planned card or scrapped."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random

import pytest
from perso_bench import KEYS, PRODUCTS, blank
from tears import MODES, TearField, fresh, half_made, line, meaning

from doubles.journal import MemoryJournal
from healthcard.card.os import chip as user_card
from healthcard.card.os.tear import Tear
from healthcard.perso.execution import execute
from healthcard.perso.results import Finished, Held, Scrapped
from healthcard.perso.settling import settle

PAIRS = 20_000  # over all products, drawn at random; `python -m prove tears` takes all
SEED = 20_120_426


@cache
def field(name: str) -> TearField:
    return TearField(name)


@cache
def torn_once(name: str) -> tuple[bytes, ...]:
    return tuple(field(name).singles(real=5))


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_single_tear_ends_well(name: str) -> None:
    states, count = torn_once(name), field(name).count
    assert (count.cases, count.bad) == (3 * field(name).apdus, 0), count.why
    assert len(states) == count.cases
    assert count.scrapped == 0 or not field(name).atomic


def test_pairs_of_tears_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    for name in PRODUCTS:
        field(name).random_pairs(list(torn_once(name)), -(-PAIRS // len(PRODUCTS)), Random(SEED))
    fields = [field(name) for name in PRODUCTS]
    with capsys.disabled():
        print("\n" + line(fields))
    assert all(one.count.bad == 0 for one in fields), [one.count.why for one in fields]
    assert sum(one.count.pairs for one in fields) >= PAIRS


@pytest.mark.parametrize("name", [name for name in PRODUCTS if name != "yi"])
def test_on_an_atomic_chip_any_number_of_tears_ends_well(name: str) -> None:
    torn_once(name)
    field(name).closure()
    assert {run.verdict for run in field(name).runs.values()} == {"ready"}


@pytest.mark.parametrize("name", PRODUCTS)
def test_whole_runs_with_their_own_journal_end_as_told(name: str) -> None:
    """No state is reused here: blank chip, two tears, one journal, one settling at the end."""
    random, here = Random(SEED), field(name)
    for _ in range(40):
        chip, journal = blank(name), MemoryJournal()
        first = Tear(at=random.randint(1, here.apdus), mode=random.choice(MODES))
        chip.arm(first)
        assert isinstance(execute(fresh(here.rehearsed), chip, journal, KEYS), Held)
        run = here.run(chip.dump())
        second = Tear(at=random.randint(1, run.apdus), mode=random.choice(MODES))
        told = here.run(here.second(chip.dump(), second.at, second.mode))
        chip.arm(second)
        assert isinstance(settle(here.rehearsed, chip, journal, KEYS), Held)
        chip = user_card.restore(chip.dump())
        result = settle(here.rehearsed, chip, journal, KEYS) if journal.state == "writing" else None
        if result is None:
            assert journal.state == "scrapped"
        else:
            assert type(result) is type(told.result), f"{first} {second}"
            assert meaning(chip.dump()) == meaning(told.states[-1])


def test_the_judge_sees_a_card_that_is_not_as_planned() -> None:
    here = TearField("jia")
    run = here.run(here.first(60, MODES[0]))
    state = json.loads(run.states[-1])
    state["root"]["directories"][0]["files"][1]["records"][0][1] = "0b1e" + "41" * 30
    run.states.append(json.dumps(state).encode())
    assert here._judge(run) == "bad"
    run.result = Scrapped(reason="no reason")
    assert here._judge(run) == "bad"
    assert not half_made(run.states[-1])
    assert isinstance(here.good.result, Finished)


def test_the_proof_sums_up_in_one_line_of_a_fixed_form_and_tells_the_products_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    from prove import tears as proof

    def part(product: str, apdus: int, pairs: int) -> proof.Seen:
        count = proof.Count(cases=3 * apdus, pairs=pairs, ready=pairs)
        return proof.Seen(product=product, apdus=apdus, count=count, states=5, bad=0, left=0)

    seen = [part("yi", 10, 7), part("yi", 10, 8), part("jia", 20, 9)]
    assert proof.line(seen) == "TEAR apdus=30 cases=120 pairs=24 bad=0"
    assert proof.detail("yi", seen[:2]) == "tears of yi: cases=60 pairs=15 states=10 ready=15 scrapped=0 bad=0"
