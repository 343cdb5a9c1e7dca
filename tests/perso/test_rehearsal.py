"""The rehearsal: what it finds out on a virtual chip, and that nothing gets around it."""

from __future__ import annotations

from importlib.resources import files

import pytest
from perso_bench import FOREIGNER, KEYS, PRODUCTS, bench, blank, plan, rehearsed

from doubles.journal import MemoryJournal
from doubles.keys import MemoryKeys
from healthcard.card.os.chip import Chip
from healthcard.card.os.tear import Tear, TearMode
from healthcard.perso import products
from healthcard.perso.errors import AlreadyUsed, BadPlan
from healthcard.perso.execution import execute
from healthcard.perso.products import Product
from healthcard.perso.rehearsal import Rehearser, rehearse
from healthcard.perso.rehearsed import RehearsedPlan


def script(name: str, was: str, is_now: str) -> Product:
    """The product with a slip in its script file."""
    text = files("healthcard.perso").joinpath(f"cos/{name}.toml").read_text("utf-8")
    assert was in text
    return products.load(text.replace(was, is_now, 1))


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("person", [None, FOREIGNER])
def test_a_plan_rehearses_on_every_product(name: str, person: object) -> None:
    planned = plan(name) if person is None else plan(name, person)
    assert rehearse(planned, bench, KEYS).plan is planned


def test_a_rehearsed_plan_is_good_for_one_chip() -> None:
    one = rehearsed("jia")
    execute(one, blank("jia"), MemoryJournal(), KEYS)
    with pytest.raises(AlreadyUsed):
        execute(one, blank("jia"), MemoryJournal(), KEYS)


def test_nobody_else_makes_a_rehearsed_plan() -> None:
    with pytest.raises(BadPlan):
        RehearsedPlan(plan("jia"), object())
    with pytest.raises(AttributeError):
        execute(plan("jia"), blank("jia"), MemoryJournal(), KEYS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ('free = "F0"', 'free = "04"'),
        ('plain = "01"', 'plain = "03"'),
        ('mac = "02"', 'mac = "01"'),
        ('cipher = "03"', 'cipher = "01"'),
        ('cipher = "03"', 'cipher = "13"'),
        ("read = 7", "read = 2"),
        ("erase = 6", "erase = 2"),
        ("lock_application = 4", "lock_application = 5"),
        ("maintain = 2", "maintain = 7"),
        ("internal = 1", "internal = 2"),
        ("{sfi:00} {access}", "00 {access}"),
        ("{records} FF {sfi:00} {access} {size}", "{records} FF {sfi:00} {access} 00 10"),
        ("{type} {records} {record_size}", "{type} {record_size} {records}"),
        ("{usage} {version} {tries}", "{usage} {version} 03"),
        ("{usage} {version} {tries}", "{usage} 02 {tries}"),
        ("{tries} {length}", "0F {length}"),
        ("{kid} > 03", "7E > 03"),
        ('end = "80 10 00 00"', 'end = "80 1A 00 00"'),
        ("38", "28"),
        ('V = "2C"', 'V = "2A"'),
        ("kid = 0x7F", "kid = 0x04"),
        ('layout = "full"', 'layout = "small"'),
        ("capacity = 32768", "capacity = 24000"),
    ],
)
def test_a_slip_in_a_script_file_is_found_on_the_bench(was: str, is_now: str) -> None:
    with pytest.raises(BadPlan):
        rehearse(plan("jia", kind=script("jia", was, is_now)), bench, KEYS)


def test_keys_of_another_province_are_found_on_the_bench() -> None:
    with pytest.raises(BadPlan, match="tries left"):
        rehearse(plan("jia", keys=MemoryKeys("other masters")), bench, MemoryKeys("other masters"))


def test_a_bench_must_give_a_fresh_chip_of_the_plan_s_identity() -> None:
    used = blank("jia")
    execute(rehearsed("jia"), used, MemoryJournal(), KEYS)
    with pytest.raises(BadPlan, match="no fresh chip"):
        rehearse(plan("jia"), lambda product, chip8: used, KEYS)
    with pytest.raises(BadPlan, match="another chip"):
        rehearse(plan("jia"), lambda product, chip8: blank("jia", chip8[:-1] + b"\x77"), KEYS)


def test_access_is_tried_once_for_each_shape_of_card() -> None:
    chips: list[Chip] = []

    def watched(product: str, chip8: bytes) -> Chip:
        chips.append(blank(product, chip8))
        return chips[-1]

    rehearser = Rehearser(watched, KEYS)
    for planned in (plan("jia"), plan("jia", FOREIGNER), plan("bing"), plan("bing", FOREIGNER)):
        rehearser.rehearse(planned)
    assert [chip.life for chip in chips] == ["blocked", "in use", "blocked", "in use"]


def test_a_silent_bench_is_no_rehearsal() -> None:
    def torn(product: str, chip8: bytes) -> Chip:
        chip = blank(product, chip8)
        chip.arm(Tear(at=40, mode=TearMode.AFTER))
        return chip

    with pytest.raises(BadPlan, match="rehearsal failed"):
        rehearse(plan("yi"), torn, KEYS)
