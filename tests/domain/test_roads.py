"""Data the chip can rewrite are written at the desk; for the others the person gets a new card."""

from dataclasses import fields

import pytest

from healthcard.card.wire import layout
from healthcard.domain import roads
from healthcard.domain.resident import Resident
from healthcard.domain.roads import WAYS, Road

FULL = layout.load("full")


@pytest.mark.parametrize("field", ["name", "sex", "ethnic_group", "birth_date", "document", "home", "chip_name"])
def test_who_somebody_is_needs_a_new_card(field):
    assert roads.road([field]) is Road.REPLACE


@pytest.mark.parametrize(
    "field", ["phones", "residence_address", "contacts", "photo", "valid_until", "abo", "allergies"]
)
def test_how_somebody_lives_is_written_on_the_card(field):
    assert roads.road([field]) is Road.WRITE


def test_one_field_that_cannot_be_rewritten_decides_for_all():
    assert roads.road(["phones", "name"]) is Road.REPLACE
    assert roads.road([]) is Road.RECORD
    assert roads.road(["e_mail"]) is Road.RECORD


def test_every_field_of_the_form_has_its_road():
    kept_off_the_card = {"other_documents"}  # the card carries the first alone
    assert {field.name for field in fields(Resident)} - kept_off_the_card <= set(WAYS)
    assert all(way.zh and way.en and way.items for way in WAYS.values())


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_road_agrees_with_the_layout_of_the_chip(way):
    holding = [file for file in FULL.files if {item.no for item in file.items} & set(way.items)]
    assert holding
    rewritable = {file.update != layout.NEVER for file in holding}
    assert rewritable == {way.road is Road.WRITE}


def test_the_items_of_several_fields_come_in_order_and_once():
    assert roads.items(["residence_address", "phones", "chip_name", "name"]) == (11, 16, 17, 23, 24)
