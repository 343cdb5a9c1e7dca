"""The residents' own page: a visit apart from the staff's, nothing whole on it, the same answer to everybody."""

from __future__ import annotations

import re

import pytest
from django.test import Client


@pytest.fixture
def visitor(world, monkeypatch):
    """Somebody at his telephone; all tests enter as the same person."""
    from healthcard.services.own import entering

    monkeypatch.setattr(entering, "CODES", 100)
    return Client(SERVER_NAME="localhost")


@pytest.fixture
def number(world):
    from healthcard.services import scope
    from healthcard.services.people import residents

    scope.limit(scope.EVERYBODY)
    return residents.opened(world.holder).document.number


def _enter(client, number):
    page = client.post("/my/enter", {"number": number}).content.decode()
    code = re.search(r"<strong>(\d{6})</strong>", page).group(1)
    return client.post("/my/code", {"code": code})


def test_a_resident_enters_looks_and_leaves(visitor, number):
    assert _enter(visitor, number).headers["Location"] == "/my"
    page = visitor.get("/my").content.decode()
    assert "我的卡" in page
    assert not re.search(r"\d{9,}[\dX]", re.sub(r'value="[^"]*"', "", page))
    assert number not in page
    visitor.post("/my/leave")
    assert visitor.get("/my").headers["Location"] == "/my/enter"


def test_the_page_is_whole_in_english(visitor, number):
    visitor.cookies["django_language"] = "en"
    _enter(visitor, number)
    page = visitor.get("/my").content.decode()
    assert "My card" in page
    assert "我的" not in page


def test_a_visit_is_not_the_staffs_session_nor_the_other_way_round(visitor, browser, number):
    _enter(visitor, number)
    assert visitor.get("/residents").headers["Location"].startswith("/login")
    assert visitor.cookies["healthcard_my"]["path"] == "/my"
    assert visitor.cookies["healthcard_my"]["httponly"]
    assert browser("clerk").get("/my").headers["Location"] == "/my/enter"


def test_the_answer_tells_nobody_who_is_on_file(visitor, number):
    pages = []
    for each in (number, "990101199001010018"):
        page = visitor.post("/my/enter", {"number": each}).content.decode()
        page = re.sub(r'<strong>\d{6}</strong>|name="csrfmiddlewaretoken" value="[^"]+"', "", page)
        pages.append(page)
    assert pages[0] == pages[1]


def test_a_wrong_code_does_not_open_the_page(visitor, number):
    visitor.post("/my/enter", {"number": number})
    answer = visitor.post("/my/code", {"code": "x"})
    assert answer.status_code == 403
    assert visitor.get("/my").status_code == 302


def test_the_session_of_a_visit_changes_when_somebody_enters(visitor, number):
    visitor.post("/my/enter", {"number": number})
    before = visitor.cookies["healthcard_my"].value
    _enter(visitor, number)
    assert visitor.cookies["healthcard_my"].value != before


def test_who_has_no_card_in_hand_cannot_freeze_one(visitor, number):
    _enter(visitor, number)
    answer = visitor.post("/my/loss")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()


def test_a_loss_from_elsewhere_is_refused(number, world):
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    assert client.post("/my/loss").status_code == 403


def test_a_guardian_turns_to_his_childs_page_and_back_and_to_no_others(visitor, number, world, monkeypatch):
    from healthcard.services.own import children
    from healthcard.services.own.children import Child

    _enter(visitor, number)
    assert visitor.post("/my/child", {"child": str(world.without)}).headers["Location"] == "/my/enter"
    monkeypatch.setattr(children, "of", lambda guardian: (Child(id=world.without, name_masked="李*"),))
    _enter(visitor, number)
    assert f'value="{world.without}"' in visitor.get("/my").content.decode()
    visitor.post("/my/child", {"child": str(world.without)})
    page = visitor.get("/my").content.decode()
    assert "返回本人页面" in page
    visitor.post("/my/child", {"child": ""})
    assert "返回本人页面" not in visitor.get("/my").content.decode()
