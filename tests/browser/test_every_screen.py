"""Every screen that may be looked at: it looks as it should, breaks no policy and complains of nothing."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import looks
import pytest
import staging

TABLE = Path(__file__).parents[1] / "web" / "screens.csv"
SCREENS = [row for row in csv.DictReader(TABLE.read_text().splitlines()) if row["method"] == "GET"]
PAGE = re.compile(r"^[^.]+$")  # the others are files


def paths(role):
    found = [row["path"] for row in SCREENS if row[role] == "200" and PAGE.match(row["path"])]
    assert len(found) > 3
    return found


@pytest.mark.parametrize("role", ["clerk", "auditor", "maker"])
def test_every_screen_of_a_role_looks_right_and_breaks_no_policy(served, sit, role):
    page, data, wrong = sit(role), served.do(staging.data), []
    for path in paths(role):
        assert page.goto(served.path(path)).status == 200, path
        wrong += [f"{path}: {fault}" for fault in looks.faults(page, data)]
    assert wrong == []


def test_every_screen_of_a_clerk_breaks_no_policy_in_english(served, sit):
    page = sit("clerk", "en")
    for path in paths("clerk"):
        assert page.goto(served.path(path)).status == 200, path


def test_words_of_the_other_language_and_characters_without_a_glyph_are_found():
    assert list(looks.left_english(["Log out", "退出", "COS"])) == ["English: 'Log out'"]
    assert list(looks.left_chinese(["张** Log out", "退出"], {"张**"})) == ["Chinese: '退出'"]
    assert list(looks._blank("登录 😀")) == ["no font has '😀'"]
