"""A form that did not come from our own page does nothing, whoever is logged in and whatever it wants."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

SCREENS = csv.DictReader(Path(__file__).with_name("screens.csv").read_text().splitlines())
POSTS = [*(row["path"] for row in SCREENS if row["method"] == "POST"), "/login", "/password"]


@pytest.mark.parametrize("path", POSTS)
def test_a_post_without_the_token_of_our_page_is_refused(browser, world, path):
    for role in ("anonymous", "clerk"):
        client = browser(role, enforce_csrf_checks=True)
        address = path.format(**vars(world))
        for given in ({}, {"csrfmiddlewaretoken": "x" * 64}):
            answer = client.post(address, given)
            assert answer.status_code == 403
            assert "请重新打开页面" in answer.content.decode()
