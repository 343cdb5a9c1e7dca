"""Issued cards of every product for the tests of upkeep, and what is done to them."""

from __future__ import annotations

from functools import cache

from perso_bench import KEYS, RESIDENT, address, blank, product, rehearsed
from tears import fresh

from doubles.journal import MemoryJournal
from doubles.keys import MemoryKeys
from healthcard.card.host.session import Access, CardSession
from healthcard.card.os import chip as user_card
from healthcard.card.os.chip import Chip
from healthcard.card.wire import layout
from healthcard.card.wire.layout import Layout
from healthcard.domain.resident import Resident
from healthcard.perso.execution import execute as make
from healthcard.perso.results import Finished as Made
from healthcard.perso.upkeep.conversation import Conversation
from healthcard.perso.upkeep.plan import Goal, UpkeepPlan, seal_of

WRITING = {0xDC, 0xD6, 0xD2, 0x0C, 0x1E, 0x18, 0x16, 0x24, 0xE2}


@cache
def _issued(name: str, resident: Resident) -> bytes:
    chip = blank(name)
    assert isinstance(make(fresh(rehearsed(name, resident)), chip, MemoryJournal(), KEYS), Made)
    session(name, chip).external_authenticate("RK1_DDF1")  # in use
    return chip.dump()


def issued(name: str, resident: Resident = RESIDENT) -> Chip:
    """A card in its holder's hands."""
    return user_card.restore(_issued(name, resident))


def shape(name: str) -> Layout:
    return layout.load(product(name).layout)


def session(name: str, chip: Chip) -> CardSession:
    opened = CardSession(chip, shape(name), KEYS, address(name))
    opened.reset()
    return opened


def conversation(name: str, chip: object, keys: MemoryKeys = KEYS) -> Conversation:
    found = Conversation(chip, product(name), shape(name), address(name), keys)
    assert found.stranger() == ""
    return found


def upkeep(name: str, *goals: Goal) -> UpkeepPlan:
    values = KEYS.check_values([key.name for key in shape(name).keys], address(name))
    return UpkeepPlan(
        product=product(name),
        layout=shape(name),
        address=address(name),
        seal=seal_of(sorted(values.items())),
        goals=goals,
    )


class Running:
    """A chip behind a transport that carries many commands at once; `trips` counts how often it was gone to."""

    def __init__(self, chip: Chip) -> None:
        self.chip, self.trips = chip, 0

    def reset(self) -> bytes:
        self.trips += 1
        return self.chip.reset()

    def transmit(self, command: bytes) -> bytes:
        self.trips += 1
        return self.chip.transmit(command)

    def run(self, commands: list[bytes]) -> list[bytes]:
        self.trips += 1
        answers = []
        for command in commands:
            answers.append(self.chip.transmit(command))
            if answers[-1][-2:] != b"\x90\x00" and answers[-1][-2] != 0x61:
                break
        return answers


def lock_pin(name: str, chip: Chip) -> None:
    opened = session(name, chip)
    for _ in range(3):
        opened.verify_pin("000000")


def write_visits(name: str, chip: Chip) -> None:
    """What hospitals wrote: an admission, two visits, an allergy, a changed alert."""
    opened = session(name, chip)
    for path, text in (("DF03/EE01", b"in"), ("DF03/ED01", b"out one"), ("DF03/ED02", b"out two")):
        file = opened.layout.file(path)
        index = "DF03/EF05" if "EE" in path else "DF03/EF06"
        opened.open(path, Access.UPDATE)
        opened.update_binary(path, 0, (text * file.size)[: file.size])
        opened.open(index, Access.UPDATE)
        opened.mark_valid(index, int(path[-1]))
    opened.open("DF02/EF05", Access.UPDATE)
    opened.update_record("DF02/EF05", 14, b"\x36\x01\x01")
    if name != "bing":
        opened.open("DF02/EF07", Access.UPDATE)
        opened.append_record("DF02/EF07", b"X" * 120)


def writes(commands: list[bytes]) -> list[int]:
    """The places (from 1) of writing commands."""
    return [at for at, command in enumerate(commands, 1) if command[1] in WRITING]
