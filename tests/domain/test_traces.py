"""Two spellings of one thing are one trace; two things are two."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from healthcard.domain import traces
from healthcard.domain.synthetic import resident


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("13900000000", "+86 139-0000-0000"),
        ("13900000000", "００８６１３９００００００００"),
        ("0571-87654321", "0571 87654321"),
        ("0571-87654321", "(0571)87654321"),
    ],
)
def test_a_telephone_is_the_same_however_it_is_written(one, other):
    assert traces.phone(one) == traces.phone(other)
    assert traces.phone(one) is not None


def test_a_number_that_only_begins_like_the_countrys_code_keeps_it():
    assert traces.phone("8612345").text == "8612345"
    assert traces.phone("none") is None


@pytest.mark.parametrize("written", ["阿依古丽•买买提", "阿依古丽 · 买买提", "阿依古丽‧买买提"])
def test_a_long_name_is_the_same_whatever_dot_it_has(written):
    assert traces.name(written) == traces.name("阿依古丽·买买提")


def test_names_differ_and_so_do_birth_dates():
    assert traces.name("张三") != traces.name("张四")
    assert traces.name("ＺＨＡＮＧ san") == traces.name("Zhang San")
    assert traces.name_birth("张三", date(1980, 1, 1)) != traces.name_birth("张三", date(1980, 1, 2))
    assert traces.name(" ") is None


def test_a_person_has_a_name_a_name_with_birth_date_and_each_telephone_once():
    person = replace(resident(1), phones=("13900000000", "139-0000-0000"))
    assert [trace.kind.value for trace in traces.of(person)] == ["name", "name_birth", "phone"]
    assert "13900000000" not in repr(traces.of(person))
