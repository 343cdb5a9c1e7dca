"""A product that brings a program of its own in place of creation commands as data."""

from __future__ import annotations

import sys
import tracemalloc
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from perso_bench import KEYS, address, bench, blank, card_image, plan, product

from doubles.journal import MemoryJournal
from healthcard.card.os import chip as user_card
from healthcard.card.os.tear import Tear, TearMode
from healthcard.perso import products, program
from healthcard.perso.errors import BadPlan, ProgramFailed
from healthcard.perso.execution import execute
from healthcard.perso.loads import loads
from healthcard.perso.products import Product
from healthcard.perso.program import _request
from healthcard.perso.rehearsal import rehearse
from healthcard.perso.results import Finished, Held
from healthcard.perso.settling import settle

SCRIPT = Path(__file__).with_name("own_program.py")


def own(fault: str = "") -> Product:
    return replace(product("jia"), program=(sys.executable, str(SCRIPT), fault), create={})


def test_its_plan_rehearses_makes_a_card_and_settles() -> None:
    planned = plan("jia", kind=own())
    chip, journal = blank("jia"), MemoryJournal()
    chip.arm(Tear(at=70, mode=TearMode.AFTER))
    rehearsed = rehearse(planned, bench, KEYS)
    assert isinstance(execute(rehearsed, chip, journal, KEYS), Held)
    chip = user_card.restore(chip.dump())
    assert isinstance(settle(rehearsed, chip, journal, KEYS), Finished)
    assert chip.life == "in use" or chip.life == "personalised"


def test_it_sees_no_key_and_no_pin() -> None:
    kind, image, where = own(), card_image("jia"), address("jia")
    wanted = loads(kind, image.layout, image.keys, image.pin)
    (fields,) = KEYS.wrap("jia", wanted, [where])
    told = str(_request(image, where, dict(zip(wanted, fields, strict=True))))
    for name in image.keys:
        assert KEYS.key(name, where).hex() not in told
    assert KEYS.transport_key("jia", where.chip).hex() not in told
    assert f"'{KEYS.pin(where).hex()}" not in told


@pytest.mark.parametrize("fault", ["dies", "babbles", "odd"])
def test_one_that_does_not_answer_by_the_protocol_is_refused(fault: str) -> None:
    with pytest.raises(ProgramFailed):
        plan("jia", kind=own(fault))


def test_one_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "SECONDS", 0.5)
    with pytest.raises(ProgramFailed, match="TimeoutExpired"):
        plan("jia", kind=own("hangs"))


def test_one_that_never_ends_its_answer_is_ended_and_its_answer_not_kept() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ProgramFailed, match="answered more than"):
            plan("jia", kind=own("floods"))
        assert tracemalloc.get_traced_memory()[1] < 8 * program.ANSWER_MAX
    finally:
        tracemalloc.stop()


def test_one_that_is_not_there_is_refused() -> None:
    with pytest.raises(ProgramFailed, match="FileNotFoundError"):
        plan("jia", kind=replace(own(), program=("/nonexistent/maker",)))


def test_one_that_forgets_a_step_is_stopped_like_any_plan() -> None:
    with pytest.raises(BadPlan):
        rehearse(plan("jia", kind=own("forgets")), bench, KEYS)


def test_a_script_file_names_the_program_in_place_of_creation_commands() -> None:
    text = files("healthcard.perso").joinpath("cos/jia.toml").read_text("utf-8")
    start, end = text.index("[create]"), text.index("[key]")
    found = products.load('program = ["maker", "--jia"]\n' + text[:start] + text[end:])
    assert (found.program, found.create) == (("maker", "--jia"), {})
