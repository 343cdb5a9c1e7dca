"""`healthcard demo-data`: the same seed gives the same people, and refusals are one sentence."""

from __future__ import annotations

import csv

import pytest
from click.testing import CliRunner

from healthcard.cli.demo_data import command
from healthcard.documents.errors import DocumentRefused


def made(*arguments: str):
    return CliRunner().invoke(command, arguments)


def test_a_roster_has_the_headings_of_the_form_and_the_rows_asked_for(tmp_path):
    path = tmp_path / "people.csv"
    done = made("--rows", "30", "--out", str(path))
    assert done.exit_code == 0
    assert "30 synthetic residents" in done.output
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    assert {"姓名", "居民身份证号码", "免疫接种日期10"} <= set(rows[0])


def test_the_same_seed_writes_the_same_file(tmp_path):
    for name, seed in (("a.csv", "5"), ("b.csv", "5"), ("c.csv", "6")):
        made("--rows", "10", "--seed", seed, "--out", str(tmp_path / name))
    same, again, other = ((tmp_path / name).read_bytes() for name in ("a.csv", "b.csv", "c.csv"))
    assert same == again != other


@pytest.mark.parametrize("arguments", [("--rows", "1", "--out", "x.ods"), ("--rows", "20001", "--out", "x.xlsx")])
def test_what_cannot_be_written_is_refused_before_anything_is_made(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    done = made(*arguments)
    assert isinstance(done.exception, DocumentRefused)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rows", ["0", "3000001", "many"])
def test_an_impossible_number_of_rows_is_a_usage_error(tmp_path, rows):
    assert made("--rows", rows, "--out", str(tmp_path / "x.csv")).exit_code == 2
