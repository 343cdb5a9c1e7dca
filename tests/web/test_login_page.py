"""The door for people, as a browser meets it."""

from __future__ import annotations

import re

import pytest

from doubles.authenticator import code_of


@pytest.fixture
def clerk(world):
    from healthcard.services.authority import accounts

    (login,) = accounts.renew_passwords(["clerk"])
    return login


@pytest.fixture
def enter(browser):
    def make(login, *, password=None, code=None, **more):
        client = browser("anonymous")
        given = {"username": login.username, "password": password or login.password, "code": code or code_of(login)}
        return client, client.post("/login", given | more)

    return make


def test_somebody_logs_in_and_goes_on_where_he_wanted(clerk, enter):
    _, wrong = enter(clerk, password="guess")
    assert 'role="alert"' in wrong.content.decode()
    client, right = enter(clerk, next="/cards")
    assert right.headers["Location"] == "/cards"
    client.post("/logout")
    assert client.get("/cards").status_code == 302


def test_a_password_alone_opens_nothing(clerk, enter):
    client, answer = enter(clerk, code="000000")
    assert answer.status_code == 200
    assert client.get("/cards").status_code == 302
    _, answer = enter(clerk, code=" ")
    assert "请填写账号、密码和动态口令" in answer.content.decode()


def test_a_code_may_be_typed_in_two_groups(clerk, enter):
    code = code_of(clerk)
    _, answer = enter(clerk, code=f"{code[:3]} {code[3:]}")
    assert answer.status_code == 302


def test_nobody_is_sent_to_another_site_after_login(clerk, enter):
    _, answer = enter(clerk, next="https://elsewhere.invalid/")
    assert answer.headers["Location"] == "/"


def test_a_session_that_rests_too_long_ends(clerk, enter, monkeypatch):
    import time

    from healthcard.web import presence

    client, _ = enter(clerk)
    real = time.time()
    for minutes, status in ((14, 200), (28, 200), (44, 302), (45, 302)):
        monkeypatch.setattr(presence.time, "time", lambda at=real + minutes * 60: at)
        assert client.get("/cards").status_code == status


def test_a_session_ends_with_the_day_however_busy(clerk, enter, monkeypatch):
    import time

    from healthcard.web import presence

    client, _ = enter(clerk)
    real = time.time()
    for minutes in range(0, 10 * 60 + 1, 10):
        monkeypatch.setattr(presence.time, "time", lambda at=real + minutes * 60: at)
        assert client.get("/cards").status_code == 200
    monkeypatch.setattr(presence.time, "time", lambda: real + 10 * 3600 + 60)
    assert client.get("/cards").status_code == 302


def test_whoever_has_a_given_password_chooses_one_first(clerk, enter):
    from healthcard.storage.models import Account

    Account.objects.filter(username="clerk").update(must_change=True)
    client, _ = enter(clerk)
    assert client.get("/cards").headers["Location"] == "/password"
    new = "one of my own choice"

    def change(**given):
        return client.post("/password", {"old": clerk.password, "new": new, "again": new} | given)

    assert "两次输入" in change(again="other").content.decode()
    assert "原密码有误" in change(old="guess").content.decode()
    assert "12" in change(new="short", again="short").content.decode()
    assert change().headers["Location"] == "/"
    assert client.get("/cards").status_code == 200
    client.post("/logout")
    _, answer = enter(clerk, password=new, code=code_of(clerk, steps=1))
    assert answer.status_code == 302


def test_the_login_page_of_a_demo_shows_codes_that_work_and_no_other_does(clerk, browser, settings_of):
    from healthcard.services.authority import login

    client = browser("anonymous")
    shown = dict(re.findall(r"<th[^>]*>(\w+)</th><td[^>]*>(\d{6})</td>", client.get("/login").content.decode()))
    assert set(shown) == {"clerk", "reviewer", "supervisor", "maker", "auditor"}
    login.prove("clerk", clerk.password, shown["clerk"])
    with settings_of(DEMO=False):
        assert not re.search(r"<td[^>]*>\d{6}</td>", client.get("/login").content.decode())


def test_codes_are_shown_for_the_demo_office_alone(clerk):
    from healthcard.services.stage import demo
    from healthcard.storage.models import Account, Organisation

    province = Organisation.objects.get(kind="province")
    office = Account.objects.get(username="clerk").organisation
    Account.objects.filter(username="clerk").update(organisation=province)
    try:
        assert "clerk" not in dict(demo.codes())
    finally:
        Account.objects.filter(username="clerk").update(organisation=office)


@pytest.fixture
def settings_of():
    from django.test import override_settings

    return override_settings
