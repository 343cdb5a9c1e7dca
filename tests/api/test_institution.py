"""What a hospital's system is told: usable or not, why, as of when; never about whom."""

from __future__ import annotations

import pytest


@pytest.fixture
def hospital(caller):
    from django.test import override_settings

    with override_settings(ROOT_URLCONF="healthcard.site.institution_urls"):
        yield caller("hospital")


@pytest.fixture
def key(world):
    from healthcard.services.stage import demo
    from healthcard.services.workshop import cards

    card = cards.shown(demo.maker(), world.card)
    return {"issuer_code": card.issuer_code, "issue_serial": card.issue_serial}


def test_the_status_of_a_card_tells_nothing_about_its_holder(hospital, key):
    answer = hospital.get("/cards/{issuer_code}/{issue_serial}/status".format(**key))
    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == {"issuer_code", "issue_serial", "usable", "reason", "version", "as_of"}
    assert (told["usable"], told["reason"]) == (False, "not_issued")


def test_a_card_there_is_not_is_not_found(hospital):
    answer = hospital.get(f"/cards/{'9' * 22}/0000009999/status")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path", [f"/cards/{'9' * 21}/0000000001/status", f"/cards/{'9' * 22}/990101198001010017/status"]
)
def test_a_persons_number_is_no_key_of_a_card(hospital, path):
    assert hospital.get(path).status_code == 422


def test_many_cards_are_answered_in_the_order_asked(hospital, key):
    other = key | {"issue_serial": "0000009999"}
    answer = hospital.post("/cards/status/search", {"cards": [other, key, other]})
    assert answer.status_code == 200
    assert [row["reason"] for row in answer.json()] == ["unknown", "not_issued", "unknown"]
    assert hospital.post("/cards/status/search", {"cards": [key] * 501}).status_code == 422
    assert hospital.post("/cards/status/search", {"cards": []}).status_code == 422


def test_the_feed_always_tells_where_to_go_on(hospital):
    first = hospital.get("/changes").json()
    assert hospital.get("/changes", after=first["next"]).json()["items"] == []


def test_a_desk_without_the_right_to_ask_is_refused(caller, hospital, key):
    assert caller("admin").get("/changes").status_code == 403
    assert caller("admin").post("/cards/status/search", {"cards": [key]}).status_code == 403


@pytest.mark.parametrize("path", ["/residents", "/cards", "/cards/1", "/organisations", "/login", "/sessions"])
def test_the_process_for_institutions_has_nothing_of_the_desk(hospital, path):
    answer = hospital.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
