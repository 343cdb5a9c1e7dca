"""The header of every command is found again from the words a journal keeps of it, for every product."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from perso_bench import KEYS, PRODUCTS, card_image, plan, product
from test_upkeep import MOVED, Pad
from upkeep_bench import WRITING, conversation, issued, lock_pin, shape, upkeep, write_visits

from doubles.journal import MemoryJournal
from healthcard.card.os.chip import Chip
from healthcard.perso import headers
from healthcard.perso.upkeep import business, items, locks, transfer
from healthcard.perso.upkeep.engine import execute
from healthcard.perso.upkeep.pin import UnlockPin
from healthcard.perso.upkeep.plan import Goal


class Listening:
    """A chip that remembers the headers of the writing commands it was sent."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.heard: list[bytes] = []

    def reset(self) -> bytes:
        return self.chip.reset()

    def transmit(self, command: bytes) -> bytes:
        if command[1] in WRITING:
            self.heard.append(command[:4])
        return self.chip.transmit(command)


@pytest.mark.parametrize("name", PRODUCTS)
def test_of_every_step_of_a_making(name: str) -> None:
    planned = plan(name)
    steps = [step for step in (*planned.steps, *planned.erasures) if step.writing]
    told = [headers.of_making(planned.product, product(name).layout, step.act) for step in steps]
    assert told == [step.command.header[:4] for step in steps]


def _changes(name: str, _chip: Chip) -> tuple[Goal, ...]:
    before, after = card_image(name), card_image(name, MOVED)
    return items.change(after, items.differing(before, after))


def _moving(name: str, _chip: Chip) -> tuple[Goal, ...]:
    old = issued(name)
    write_visits(name, old)
    return transfer.transfer(business.read(conversation(name, old)), shape(name))[0]


def _unlocking(name: str, chip: Chip) -> tuple[Goal, ...]:
    lock_pin(name, chip)
    return (UnlockPin(pad=Pad()),)


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize(
    "goals",
    [
        _changes,
        _moving,
        _unlocking,
        lambda name, chip: locks.suspension(),
        lambda name, chip: locks.termination(),
        lambda name, chip: (locks.EndCard(),),
    ],
    ids=["change", "transfer", "unlock", "suspend", "terminate", "end"],
)
def test_of_every_step_on_an_issued_card(name: str, goals: Callable[[str, Chip], tuple[Goal, ...]]) -> None:
    chip = issued(name)
    work = upkeep(name, *goals(name, chip))
    card = Listening(chip)
    execute(work, card, MemoryJournal(), KEYS)
    told = iter([headers.of_upkeep(work.layout.name, each.act) for each in work.intents()])
    assert card.heard
    assert all(heard in told for heard in card.heard), "in the plan's order, what is there already left out"


def test_words_that_no_table_knows_have_no_header() -> None:
    assert headers.of_upkeep("full", "do something else") == b""
