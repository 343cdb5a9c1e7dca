"""docs/compliance.md names all 36 points, and every test it leans on exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "compliance.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| ([SKP][0-9]+) \|[^|]+\| (\w+) \|", PAGE, re.MULTILINE))
TESTS = sorted(set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*/test_[a-z_]+\.py)(?:::(test_\w+))?`", PAGE)))
POINTS = [f"{body}{number}" for body, last in (("S", 13), ("K", 9), ("P", 14)) for number in range(1, last + 1)]


def test_every_point_has_an_answer_and_none_is_missing():
    assert list(ROWS) == POINTS
    assert set(ROWS.values()) == {"yes", "part", "no"}


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_the_tests_it_leans_on_exist(file, name):
    assert f"def {name}(" in (ROOT / "tests" / file).read_text("utf-8") if name else (ROOT / "tests" / file).is_file()


@pytest.mark.parametrize(
    "line", [line for line in PAGE.splitlines() if re.match(r"\| [SKP][0-9]+ \|[^|]+\| yes \|", line)]
)
def test_a_yes_stands_on_a_test(line):
    assert "::test_" in line
