"""A card torn at every command of every upkeep goal, in three ways, and settled: it ends as the untorn card does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from random import Random

import pytest
from perso_bench import KEYS, PRODUCTS, RESIDENT, card_image
from tears import MODES, Watched, meaning
from upkeep_bench import Running, conversation, issued, lock_pin, upkeep, write_visits

from doubles.journal import MemoryJournal
from healthcard.card.os import chip as user_card
from healthcard.card.os.chip import Chip
from healthcard.card.os.tear import Tear, TearMode
from healthcard.perso.journal import JobState
from healthcard.perso.upkeep import business, items, locks, transfer
from healthcard.perso.upkeep.engine import execute, settle
from healthcard.perso.upkeep.pin import UnlockPin
from healthcard.perso.upkeep.plan import UpkeepPlan
from healthcard.perso.upkeep.results import Finished, Held

MOVED = dataclasses.replace(
    RESIDENT, phones=("1370",), registered_address="新路8号", alerts=frozenset(), photo=b"\xff" * 300
)

Reader = Callable[[Chip], object]


class Pad:
    def new_pin(self) -> str:
        return "482913"


def _locked_pin(name: str) -> tuple[Chip, UpkeepPlan]:
    chip = issued(name)
    lock_pin(name, chip)
    return chip, upkeep(name, UnlockPin(pad=Pad()))


def _new_pin(name: str) -> tuple[Chip, UpkeepPlan]:
    return issued(name), upkeep(name, UnlockPin(pad=Pad(), renew=True))


def _items(name: str) -> tuple[Chip, UpkeepPlan]:
    after = card_image(name, MOVED)
    return issued(name), upkeep(name, *items.change(after, items.differing(card_image(name), after)))


def _transfer(name: str) -> tuple[Chip, UpkeepPlan]:
    old = issued(name)
    write_visits(name, old)
    goals, _ = transfer.transfer(_short(business.read(conversation(name, old))), card_image(name).layout)
    return issued(name), upkeep(name, *goals)


def _short(data: business.BusinessData) -> business.BusinessData:
    """The same with visits of few bytes: each step of a long one is like the next."""
    entries = [dataclasses.replace(entry, data=entry.data[:200]) for entry in data.entries]
    return dataclasses.replace(data, entries=tuple(entries))


def _transfer_over(name: str) -> tuple[Chip, UpkeepPlan]:
    """The new card has another visit in the same place."""
    chip, _ = _transfer(name)
    write_visits(name, chip)
    data = business.read(conversation(name, chip))
    first = next(entry for entry in data.entries if entry.path == "DF03/ED01")
    other = dataclasses.replace(first, data=b"other" + first.data[5:150])
    gone = dataclasses.replace(next(one for one in data.entries if one.path == "DF03/ED02"), data=b"out", valid=False)
    layout = card_image(name).layout
    goals, _ = transfer.transfer(business.BusinessData(layout=layout.name, entries=(other, gone)), layout)
    return chip, upkeep(name, *goals)


def _termination(name: str) -> tuple[Chip, UpkeepPlan]:
    return issued(name), upkeep(name, *locks.termination())


def _end(name: str) -> tuple[Chip, UpkeepPlan]:
    return issued(name), upkeep(name, locks.EndCard())


def _unlock(name: str) -> tuple[Chip, UpkeepPlan]:
    chip = issued(name)
    lock = upkeep(name, locks.LockApplication(directory="DF02", permanent=False))
    assert isinstance(execute(lock, chip, MemoryJournal(), KEYS), Finished)
    return chip, upkeep(name, locks.UnlockApplication(directory="DF02"))


SCENES: dict[str, Callable[[str], tuple[Chip, UpkeepPlan]]] = {
    "pin": _locked_pin,
    "new pin": _new_pin,
    "items": _items,
    "transfer": _transfer,
    "transfer over": _transfer_over,
    "termination": _termination,
    "end": _end,
    "unlock": _unlock,
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("reader", [lambda chip: chip, Running], ids=["one by one", "in runs"])
def test_a_card_torn_anywhere_is_settled_to_what_was_wanted(name: str, scene: str, reader: Reader) -> None:
    chip, plan = SCENES[scene](name)
    start = chip.dump()
    watched = Watched(chip)
    assert isinstance(execute(plan, watched, MemoryJournal(), KEYS), Finished)
    assert watched.wrote
    wanted = meaning(watched.states[-1])
    at_any = range(1, len(watched.states))
    chosen = sorted(watched.wrote | set(list(at_any)[:: max(1, len(at_any) // 12)]))
    for at in chosen:
        for mode in MODES:
            assert _torn(start, plan, at, mode, reader) == wanted, f"{scene} of {name} at {at} {mode}"


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("name", PRODUCTS)
def test_a_card_torn_again_and_again_is_settled_to_what_was_wanted(name: str, scene: str) -> None:
    chip, plan = SCENES[scene](name)
    start, random = chip.dump(), Random(20_121_008)
    watched = Watched(chip)
    assert isinstance(execute(plan, watched, MemoryJournal(), KEYS), Finished)
    wanted, apdus = meaning(watched.states[-1]), len(watched.states) - 1
    for _ in range(12):
        torn, journal = user_card.restore(start), MemoryJournal()
        for act in (execute, settle, settle):
            torn.arm(Tear(at=random.randint(1, apdus), mode=random.choice(MODES)))
            if journal.state is not JobState.FINISHED:
                act(plan, torn, journal, KEYS)
        torn.arm(None)
        if journal.state is not JobState.FINISHED:
            assert isinstance(settle(plan, torn, journal, KEYS), Finished)
        assert (meaning(torn.dump()), journal.state) == (wanted, JobState.FINISHED)


def _torn(start: bytes, plan: UpkeepPlan, at: int, mode: TearMode, reader: Reader) -> str:
    chip, journal = user_card.restore(start), MemoryJournal()
    chip.arm(Tear(at=at, mode=mode))
    held = execute(plan, reader(chip), journal, KEYS)
    assert isinstance(held, Held), f"{at} {mode}: {held}"
    if journal.state is JobState.WRITING:
        settled = settle(plan, reader(chip), journal, KEYS)
    else:
        settled = execute(plan, chip, journal, KEYS)
    assert isinstance(settled, Finished), f"{at} {mode}: {settled}"
    assert journal.state is JobState.FINISHED
    return meaning(chip.dump())
