"""Every screen that may be looked at, in a world in which people wrote markup wherever they may write: it looks as it
should, can be heard and used by the keyboard, breaks no policy and complains of nothing; what they wrote is text.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import hearing
import looks
import pytest
import staging

TABLE = Path(__file__).parents[1] / "web" / "screens.csv"
SCREENS = [row for row in csv.DictReader(TABLE.read_text().splitlines()) if row["method"] == "GET"]
PAGE = re.compile(r"^[^.]+$")  # the others are files
ALIVE = 'img[src="x"], script:not([src]):not([type="application/json"])'
SHOWING = {
    "clerk": {"residents", "person", "application", "card", "card_xray"},
    "auditor": {"application"},
    "maker": {"card"},
}


@pytest.fixture(scope="module")
def hostile(served):
    """The rows of a world full of markup; afterwards staff and office have their names again."""
    called = served.do(staging.names)
    yield served.world | served.do(staging.poison)
    served.do(staging.rename, called)


@pytest.fixture(scope="module")
def heard():
    """The screens that were listened to: each is once, by the first who sees it."""
    return set()


def visited(page, role, rows):
    """Each screen that the role may look at, open; what is only a part of one is looked at with the whole."""
    for row in screens(role):
        path = row["path"].format(**rows)
        assert page.goto(path).status == 200, path
        if page.locator("html[lang]").count():
            yield row["name"], path


def screens(role):
    found = [row for row in SCREENS if row[role] == "200" and PAGE.match(row["path"])]
    assert len(found) > 3
    return found


@pytest.mark.parametrize("role", list(SHOWING))
def test_every_screen_of_a_role_is_as_it_should_be(served, hostile, heard, sit, role):
    page, data, wrong, showing = sit(role), served.do(staging.data), [], set()
    for name, path in visited(page, role, hostile):
        found = looks.faults(page, data)
        if name not in heard:
            heard.add(name)
            found += hearing.faults(page)
        if page.locator(ALIVE).count():
            found.append("markup lives")
        wrong += [f"{path}: {fault}" for fault in found]
        for part, shown in (("main", name), ("header", "header")):
            if staging.HOSTILE in page.inner_text(part):
                showing.add(shown)
    assert wrong == []
    assert SHOWING[role] | {"header"} <= showing


def test_every_screen_of_a_clerk_breaks_no_policy_in_english(served, hostile, sit):
    page, data, wrong = sit("clerk", "en"), served.do(staging.data), []
    for _, path in visited(page, "clerk", hostile):
        wrong += [f"{path}: {fault}" for fault in looks.faults(page, data)]
    assert wrong == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_own_page_of_a_resident_is_as_it_should_be(served, hostile, sit, language):
    page = sit("resident", language)
    assert page.goto("/my").status == 200
    data = served.do(staging.data)
    assert [*looks.faults(page, data), *hearing.faults(page)] == []
    assert page.locator(ALIVE).count() == 0


def test_words_of_the_other_language_and_characters_without_a_glyph_are_found():
    assert list(looks.left_english(["Log out", "退出", "COS"])) == ["English: 'Log out'"]
    assert list(looks.left_chinese(["张** Log out", "退出"], {"张**"})) == ["Chinese: '退出'"]
    assert list(looks._blank("登录 😀")) == ["no font has '😀'"]


def test_what_cannot_be_heard_is_found(sit):
    page = sit()
    page.goto("/desk")
    page.evaluate("document.body.append(document.createElement('button'))")
    assert any(fault.startswith("button-name (critical)") for fault in hearing.faults(page))
