"""An application at the API: taken, looked at, verified, judged by somebody else, by the services of the screens."""

from __future__ import annotations

import pytest

LOSS = {"phone": "13900000000", "loss_reason": "卡片遗失"}


def _report(caller, resident, key, **more):
    return caller("clerk").post("/losses", {"resident": resident, "form": LOSS} | more, key=key)


def test_a_report_without_any_card_is_refused_by_rule(caller, world):
    answer = _report(caller, world.other, "no-card")
    assert answer.status_code == 409
    told = answer.json()
    assert told["type"].endswith("#refused")
    assert told["rule"]
    assert told["article"]
    assert told["advice"]


@pytest.mark.parametrize("path", ["/terminations", "/returns"])
def test_somebody_without_a_card_has_none_to_end(caller, world, path):
    form = {"phone": "13900000000", "irrevocable": True} | ({"reason": "1"} if path == "/terminations" else {})
    body = {"resident": world.other, "form": form, "presented": ["identity", "card"], "identity": "document_and_face"}
    answer = caller("clerk").post(path, body, key=path)
    assert (answer.status_code, answer.json()["rule"]) == (409, "card_to_end")
    assert caller("auditor").post(path, body, key=path).status_code == 403


@pytest.mark.parametrize("path", ["/terminations", "/returns"])
def test_cards_end_only_for_somebody_who_knows_that_they_end_for_ever(caller, world, path):
    body = {"resident": world.other, "form": {"phone": "13900000000", "reason": "1"}}
    answer = caller("clerk").post(path, body, key=path)
    assert answer.status_code == 422
    assert "form.irrevocable" in {field["name"] for field in answer.json()["fields"]}


def test_somebody_elsewhere_is_not_found(caller):
    assert _report(caller, 999_999_999, "nobody").status_code == 404


@pytest.mark.parametrize("path", ["/losses", "/unlosses", "/unlocks", "/oral-losses"])
def test_who_takes_no_applications_is_refused(caller, world, path):
    body = {"resident": world.holder}
    body |= {"channel": "phone", "identity": "questions"} if path == "/oral-losses" else {"form": LOSS}
    if path == "/unlosses":
        body["form"] = {"phone": "13900000000", "unloss_reason": "找到"}
    if path == "/unlocks":
        body["form"] = {"phone": "13900000000", "lock_reason": "遗忘"}
    answer = caller("auditor").post(path, body, key=path)
    assert answer.status_code in (403, 422)
    assert path == "/oral-losses" or answer.status_code == 403


@pytest.mark.parametrize("more", [{"by": "nobody"}, {"presented": ["shoe"]}, {"fee": "nothing"}, {"channel": "post"}])
def test_what_is_no_choice_is_refused(caller, world, more):
    assert _report(caller, world.holder, "choice", **more).status_code == 422


def test_what_is_missing_on_the_form_is_told_by_its_name(caller, world):
    answer = caller("clerk").post("/losses", {"resident": world.holder, "form": {}}, key="blank")
    assert answer.status_code == 422
    assert {field["name"] for field in answer.json()["fields"]} == {"form.phone", "form.loss_reason"}


@pytest.mark.parametrize("act", ["verification", "payment", "review", "withdrawal"])
def test_acts_on_an_application_there_is_not_are_not_found(caller, act):
    bodies = {
        "verification": {"finding": "x"},
        "payment": {"receipt": "R1"},
        "review": {"approved": True, "opinion": "x", "digest": "00" * 32},
        "withdrawal": None,
    }
    for token in ("clerk", "reviewer"):
        answer = caller(token).post(f"/applications/999999999/{act}", bodies[act], key=f"{token}-{act}")
        assert answer.status_code in (403, 404)
    assert caller("clerk").get("/applications/999999999").status_code == 404


def test_open_applications_are_listed(caller):
    answer = caller("clerk").get("/applications")
    assert answer.status_code == 200
    assert answer.json() == {"items": [], "next": None}
