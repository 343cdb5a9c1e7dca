"""Plans: as short as the layout allows, stable, and silent about people and keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from perso_bench import FOREIGNER, KEYS, PRODUCTS, RESIDENT, address, card_image, plan, product

from doubles.keys import MemoryKeys
from healthcard.perso import script
from healthcard.perso.errors import BadPlan
from healthcard.perso.image import FRESH
from healthcard.perso.least import least
from healthcard.perso.plan import Kind


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("person", [RESIDENT, FOREIGNER])
def test_a_plan_is_nearly_as_short_as_the_layout_allows(name: str, person: object) -> None:
    planned = plan(name, person)
    bound = least(planned.image, planned.product)
    assert bound.apdus <= planned.apdus <= 1.1 * bound.apdus
    assert bound.bytes <= planned.size <= 1.1 * bound.bytes


@pytest.mark.parametrize(
    ("content", "pieces"),
    [
        (FRESH * 600, []),
        (b"\x00" + FRESH * 599, [(0, 1)]),
        (FRESH * 599 + b"\x00", [(599, 600)]),
        (bytes(600), [(0, 255), (255, 510), (510, 600)]),
        (FRESH * 10 + bytes(255) + FRESH * 335, [(10, 265)]),
        (b"\x00" + FRESH * 300 + b"\x00" + FRESH * 298, [(0, 1), (301, 302)]),
        (b"\x00" + FRESH * 100 + b"\x00" + FRESH * 498, [(0, 102)]),
    ],
)
def test_only_what_is_not_as_created_is_written(content: bytes, pieces: list[tuple[int, int]]) -> None:
    assert list(script.parts(content)) == pieces


@pytest.mark.parametrize("name", PRODUCTS)
def test_planning_again_gives_the_same_plan(name: str) -> None:
    one, other = plan(name), plan(name)
    assert one.digest == other.digest
    assert tuple(one.intents()) == tuple(other.intents())


def test_a_plan_is_another_for_another_person_chip_or_province() -> None:
    digests = {
        plan("jia").digest,
        plan("yi").digest,
        plan("jia", FOREIGNER).digest,
        plan("jia", replace(RESIDENT, sex="2")).digest,
        plan("jia", keys=MemoryKeys("other masters")).digest,
    }
    assert len(digests) == 5


def test_a_new_pin_leaves_the_plan_the_same() -> None:
    planned = plan("jia")
    at = next(index for index, step in enumerate(planned.steps) if step.kind is Kind.PIN)
    step = planned.steps[at]
    other = replace(step, command=replace(step.command, data=bytes(len(step.command.data))))
    assert replace(planned, steps=(*planned.steps[:at], other, *planned.steps[at + 1 :])).digest == planned.digest


def test_digests_cannot_be_guessed_without_the_keys() -> None:
    """The same record for the same person, under other keys: a digest of its bytes alone would be the same."""
    mine, other = plan("jia"), plan("jia", keys=MemoryKeys("other masters"))
    pairs = list(zip(mine.intents(), other.intents(), strict=True))
    assert all(one.digest != another.digest for one, another in pairs)


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_writing_step_has_an_intent_in_words_without_data(name: str) -> None:
    planned = plan(name)
    intents = [intent for intent in planned.intents() if not intent.standby]
    assert [intent.index for intent in intents] == [n for n, step in enumerate(planned.steps) if step.writing]
    told = " ".join(intent.act for intent in planned.intents())
    assert RESIDENT.document.number not in told
    assert all(character not in told for character in "买艾青霉素")


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_printed_plan_shows_no_bytes(name: str) -> None:
    planned = plan(name)
    shown = repr(planned) + "".join(repr(step) for step in planned.steps)
    assert "command" not in shown
    assert "data" not in shown
    assert RESIDENT.document.number not in shown


def test_only_products_that_can_erase_have_erasures_at_hand() -> None:
    paths = {name: [step.path for step in plan(name).erasures] for name in PRODUCTS}
    assert paths == {"jia": ["DDF1", "DF01", "DF02", "DF03"], "yi": [], "bing": ["DDF1", "DF01", "DF02", "DF03"]}


def test_wrapped_fields_must_be_those_of_the_plan() -> None:
    image, where = card_image("jia"), address("jia")
    values = KEYS.check_values(image.keys, where)
    with pytest.raises(BadPlan, match="22 loads"):
        script.compile_plan(image, product("jia"), where, [b""] * 21, values)
    with pytest.raises(BadPlan, match="20 check values"):
        script.compile_plan(image, product("jia"), where, [b""] * 22, dict(list(values.items())[1:]))
