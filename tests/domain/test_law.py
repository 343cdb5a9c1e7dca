"""Every obligation of the law is kept somewhere and shown by a test that exists."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tools.law import obligations, page  # noqa: E402 - beside the tests

KEPT = ("A", "B")


def test_the_page_is_what_the_data_file_says():
    assert (ROOT / "docs" / "law.md").read_text("utf-8") == page()


def test_every_article_has_its_obligations():
    articles = {re.match(r"\d+", str(row["article"])).group() for row in obligations()}
    assert articles == {str(number) for number in range(1, 16)}


def test_what_is_kept_by_now_is_shown_by_a_test():
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.M)
    }
    for row in obligations():
        if row["since"] in KEPT:
            assert row["tests"], row["text"]
        assert set(row["tests"]) <= there, row["text"]
        assert row["since"] in (*KEPT, "C", "D") or row["why"], row["text"]
