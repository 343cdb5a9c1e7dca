"""Spoilt plans are stopped by the checks or by the rehearsal: a chip under watch sees no byte."""

from __future__ import annotations

import pytest
from mutants import MUTANTS
from perso_bench import KEYS, bench, blank, plan

from doubles.journal import MemoryJournal
from healthcard.perso import checks
from healthcard.perso.errors import BadPlan
from healthcard.perso.execution import execute
from healthcard.perso.rehearsal import Rehearser, rehearse


class Guarded:
    """A chip that remembers whether anything reached it."""

    def __init__(self) -> None:
        self.chip = blank("jia")
        self.touched = False

    def reset(self) -> bytes:
        self.touched = True
        return self.chip.reset()

    def transmit(self, command: bytes) -> bytes:
        self.touched = True
        return self.chip.transmit(command)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_spoilt_plan_reaches_no_chip(name: str) -> None:
    spoilt, chip = MUTANTS[name](plan("jia")), Guarded()
    with pytest.raises(BadPlan):
        execute(rehearse(spoilt, bench, KEYS), chip, MemoryJournal(), KEYS)
    assert not chip.touched


@pytest.fixture(scope="module")
def practised() -> Rehearser:
    """One that knows the shape of the card already, and does not try its access conditions again."""
    rehearser = Rehearser(bench, KEYS)
    rehearser.rehearse(plan("jia"))
    return rehearser


@pytest.mark.parametrize("name", MUTANTS)
def test_nor_does_it_when_cards_like_it_were_rehearsed_before(name: str, practised: Rehearser) -> None:
    with pytest.raises(BadPlan):
        practised.rehearse(MUTANTS[name](plan("jia")))


def test_there_are_fifty_and_the_plan_itself_passes() -> None:
    assert len(MUTANTS) >= 50
    assert all(mutate(plan("jia")) != plan("jia") for mutate in MUTANTS.values())
    chip = Guarded()
    execute(rehearse(plan("jia"), bench, KEYS), chip, MemoryJournal(), KEYS)
    assert chip.touched


def test_checks_alone_stop_what_needs_no_chip_to_be_seen() -> None:
    unseen = {name for name, mutate in MUTANTS.items() if not checks.complaints(mutate(plan("jia")))}
    assert unseen == {
        "a key load has a wrong byte",
        "a key load has a wrong MAC",
        "the PIN load has a wrong byte",
        "one key has the bytes of another",
        "the chip is another",
        "a check value is another",
    }
