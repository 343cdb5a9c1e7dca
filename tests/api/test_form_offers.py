"""The forms of the Measures, at the API: their labels, what they refuse, what they take."""

from __future__ import annotations

import pytest

from healthcard.domain import forms

LOSS = {"phone": "13900000000", "loss_reason": "卡片遗失"}


@pytest.fixture
def titles(caller):
    """The title of every field of every form's type, by type."""
    schemas = caller("").get("/openapi.json").json()["components"]["schemas"]
    return {
        name: {key: field.get("title") for key, field in schema.get("properties", {}).items()}
        for name, schema in schemas.items()
    }


@pytest.mark.parametrize("kind", forms.KINDS)
def test_every_label_of_a_form_stands_in_the_description(titles, kind):
    name = kind.title().replace("_", "")
    form = forms.form(kind)
    assert titles[f"Filled{name}Form"] == {field.key: field.zh for field in form.fields}
    assert titles[f"{name}Form"] == {field.key: field.zh for field in form.entered}
    for field in form.fields:
        if field.columns:
            row = titles[f"{name}{field.key.title().replace('_', '')}Row"]
            assert row == {column.key: column.zh for column in field.columns}


def test_the_list_of_forms_tells_every_field(caller):
    found = {form["kind"]: form for form in caller("clerk").get("/forms").json()}
    assert list(found) == list(forms.KINDS)
    assert [field["zh"] for field in found["loss"]["fields"]] == [field.zh for field in forms.form("loss").fields]
    assert found["loss"]["number"] == "附表 1"


def test_a_form_filled_in_rightly_comes_back_normalised(caller):
    answer = caller("clerk").post("/forms/loss/check", LOSS | {"phone": "１３９ ００００ ００００"})
    assert answer.status_code == 200
    assert answer.json() == dict.fromkeys((field.key for field in forms.form("loss").fields), "") | LOSS


def test_a_form_filled_in_wrongly_tells_every_field_at_once(caller):
    answer = caller("clerk").post("/forms/replacement/check", {"phone": "1", "reason": "4"})
    assert answer.status_code == 422
    told = {field["name"]: field["problem"] for field in answer.json()["fields"]}
    assert set(told) == {"form.phone", "form.reason_text"}
    assert all(told.values())


@pytest.mark.parametrize("key", ["name", "application_date", "review", "fee"])
def test_what_the_record_or_the_act_knows_cannot_be_entered(caller, key):
    answer = caller("clerk").post("/forms/loss/check", LOSS | {key: "x"})
    assert answer.status_code == 422
    assert [field["name"] for field in answer.json()["fields"]] == [key]


def test_whoever_takes_no_applications_checks_no_forms(caller):
    assert caller("auditor").post("/forms/loss/check", LOSS).status_code == 403


def test_what_the_record_knows_of_a_form_is_filled_in_covered(caller, world):
    answer = caller("clerk").get("/forms/loss/known", resident=world.holder, card=world.card)
    assert answer.status_code == 200
    told = answer.json()["fields"]
    assert {"name", "card_number"} <= set(told)
    assert "*" in told["name"]
    assert "*" in told["card_number"]
    assert caller("clerk").get("/forms/flight/known", resident=world.holder).status_code == 422
    assert caller("clerk").get("/forms/loss/known").status_code == 422
    assert caller("auditor").get("/forms/loss/known", resident=world.holder).status_code == 403
