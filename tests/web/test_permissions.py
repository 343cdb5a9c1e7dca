"""Every screen by role, method and object, against a table that people reviewed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

ROLES = ("anonymous", "clerk", "maker", "auditor", "admin")
SCREENS = list(csv.DictReader(Path(__file__).with_name("screens.csv").read_text().splitlines()))
CASES = [(screen, role) for screen in SCREENS for role in ROLES]
BY_ID = [screen for screen in SCREENS if "{" in screen["path"]]


def _name(value):
    return value["name"] if isinstance(value, dict) else str(value)


@pytest.mark.parametrize(("screen", "role"), CASES, ids=_name)
def test_a_screen_answers_a_role_as_reviewed(browser, world, screen, role):
    answer = browser(role).generic(screen["method"], screen["path"].format(**vars(world)))
    assert answer.status_code == int(screen[role])
    if role == "anonymous" and not screen["name"].startswith(("login", "logout", "language", "my")):
        assert answer.headers["Location"].startswith("/login?next=")


@pytest.mark.parametrize("screen", SCREENS, ids=_name)
def test_the_wrong_method_is_refused_and_the_right_one_named(browser, world, screen):
    wrong = "DELETE" if screen["method"] == "GET" else "GET"
    answer = browser("clerk").generic(wrong, screen["path"].format(**vars(world)))
    assert answer.status_code == 405
    assert screen["method"] in answer.headers["Allow"]


@pytest.mark.parametrize("number", ["0", "999999999", str(2**63), "9" * 40])
@pytest.mark.parametrize("screen", BY_ID, ids=_name)
def test_what_is_not_there_is_not_found(browser, screen, number):
    path = screen["path"].split("{")[0] + number
    assert browser("clerk").get(path).status_code == 404


@pytest.mark.parametrize("after", ["x", "-1", "١", str(2**63), "1.5"])
@pytest.mark.parametrize("path", ["/residents", "/cards"])
def test_a_page_that_is_none_is_not_found(browser, path, after):
    assert browser("clerk").get(path, {"after": after}).status_code == 404


def test_no_screen_is_missing_from_the_reviewed_table():
    from healthcard.web.urls import urlpatterns

    def names(patterns):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                yield from names(pattern.url_patterns)
            else:
                yield pattern.name

    assert sorted(names(urlpatterns)) == sorted(screen["name"] for screen in SCREENS)


def test_an_account_that_was_closed_sees_nothing_more(browser):
    from healthcard.storage.models import Account

    client = browser("auditor")
    Account.objects.filter(username="auditor").update(is_active=False)
    try:
        assert client.get("/cards").status_code == 302
    finally:
        Account.objects.filter(username="auditor").update(is_active=True)
