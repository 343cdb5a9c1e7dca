"""A citizen number keeps the division of its day: codes that ended are known, invented ones are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcard.domain import divisions


@pytest.mark.parametrize(
    ("code", "name", "ended"),
    [
        ("110000", "北京市", None),
        ("110101", "东城区", None),
        ("110103", "崇文区", 2010),
        ("330103", "下城区", 2021),
        ("330104", "江干区", 2021),
        ("371202", "莱城区", 2018),
        ("110228", "密云县", 2015),
        ("152629", None, None),
        ("512221", None, None),
        ("820000", "澳门特别行政区", None),
        ("460300", "三沙市", None),
    ],
)
def test_codes_of_today_and_of_before_are_known(code, name, ended):
    assert divisions.was_ever(code)
    found = divisions.division(code)
    if name:
        assert (found.name, found.end_year, found.is_in_force) == (name, ended, ended is None)


@pytest.mark.parametrize("code", ["629901", "999999", "000000", "11010", "1101011", "abcdef", "", "620000x"])
def test_what_was_never_a_division_is_not_one(code):
    assert not divisions.was_ever(code)
    assert not divisions.is_in_force(code)
    assert divisions.full_name(code) == ""


def test_the_divisions_of_synthetic_people_were_never_assigned():
    assert not [code for code in divisions.history() if code.startswith("6299")]


@pytest.mark.parametrize("code", ["440301", "110100", "500200", "419001"])
def test_collective_codes_of_citizen_numbers_are_known(code):
    assert divisions.was_ever(code)


def test_a_renamed_county_keeps_its_code_and_has_both_names():
    assert [named.name for named in divisions.history()["620922"]] == ["安西县", "瓜州县"]
    assert divisions.division("620922").name == "瓜州县"


def test_the_whole_name_leaves_out_levels_without_a_division():
    assert divisions.full_name("620102") == "甘肃省兰州市城关区"
    assert divisions.full_name("110101") == "北京市东城区"
    assert divisions.full_name("620100") == "甘肃省兰州市"


def test_there_are_34_provinces_and_each_has_its_children():
    provinces = divisions.children("")
    assert len(provinces) == 34
    assert "兰州市" in {below.name for below in divisions.children("620000")}
    assert "东城区" in {below.name for below in divisions.children("110000")}
    assert "济源市" in {below.name for below in divisions.children("410000")}
    assert {below.name for below in divisions.children("460300")} >= {"西沙区", "南沙区"}


def test_the_table_is_sound():
    for code, names in divisions.history().items():
        assert len(code) == 6
        assert all(named.name for named in names)
        assert all((named.first_year or 0) <= (named.end_year or 9999) for named in names)
        assert not any(named.is_in_force for named in names[:-1]) or code == "330110"
    assert len(divisions.history()) > 6700


@given(st.sampled_from(sorted(divisions.history())))
def test_every_division_lies_in_those_above_it(code):
    above = divisions.parent(code)
    while above:
        assert divisions.contains(above, code)
        assert not divisions.contains(code, above) or code == above
        above = divisions.parent(above)
