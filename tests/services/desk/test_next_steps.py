"""What a desk is led to next: one step at a time, to the one whose role does it."""

from __future__ import annotations

import pytest
import scenes
from office import Office
from paper import chips_on_paper


@pytest.fixture
def office(db, helpers):
    with chips_on_paper():
        yield Office.found(3)


def _next(office, scene):
    from healthcard.services.desk import next_steps

    steps = next_steps.of_application(office.clerk, scene.about)
    return [(each.name, each.mine) for each in steps if each.first]


@pytest.mark.parametrize(
    ("scene", "step"),
    [
        (scenes.asked, ("review", False)),
        (scenes.approved, ("order", True)),
        (scenes.planned, ("personalise", False)),
        (scenes.made, ("arrive", True)),
        (scenes.waiting, ("set-pin", True)),
        (scenes.reported, ("review", False)),
        (scenes.releasable, ("release-loss", True)),
        (scenes.replacing, ("read-data", True)),
        (scenes.replaceable, ("set-pin", True)),
        (scenes.lending, ("hand-over-temporary", True)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_stage_has_one_next_step(office, scene, step):
    assert _next(office, scene(office)) == [step]


def test_a_maker_is_led_from_the_card_as_he_sees_no_applications(office):
    from healthcard.services.desk import next_steps

    scene = scenes.planned(office)
    steps = next_steps.of_card(office.roles["maker"], scene.card)
    assert [(each.name, each.mine, each.first) for each in steps] == [("personalise", True, True)]


def test_a_finished_application_leads_nowhere_but_to_the_chip_that_came_back(office):
    from healthcard.services.desk import next_steps

    assert _next(office, scenes.issued(office)) == []
    scene = scenes.returned(office)
    (step,) = next_steps.of_application(office.clerk, scene.about)
    assert (step.name, step.about, step.id) == ("lock-returned", "card", scene.card)
    assert "lock-returned" in {each.name for each in next_steps.of_card(office.clerk, scene.card)}


def test_every_line_of_the_table_names_facts_there_are(office):
    from healthcard.services.desk import next_steps
    from healthcard.storage.models import Application

    row = Application.objects.get(pk=scenes.asked(office).about)
    known = set(next_steps._facts(row, None)) | {"type", "lock_order"}
    assert {fact for line in next_steps._table() for fact in line.when} <= known
