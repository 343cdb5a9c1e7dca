"""A name GBK cannot write must not cost anybody the card, and no reader may meet half a character."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcard.domain import names
from healthcard.domain.resident import Document, Resident

DOTS = "··•‧・･∙⋅ꞏ"


def person(name: str, chip_name: str = "") -> Resident:
    return Resident(
        name=name,
        chip_name=chip_name,
        document=Document(kind="03", number="EZ0000001"),
        sex="1",
        ethnic_group="01",
        birth_date=date(1980, 1, 2),
    )


def test_an_ordinary_name_is_spelt_as_it_is():
    assert names.chip_name(person("测试甲")) == "测试甲"


@pytest.mark.parametrize("dot", DOTS)
def test_every_middle_dot_becomes_the_one_gbk_writes(dot):
    spelt = names.chip_name(person(f"阿依古丽{dot}买买提"))
    assert spelt == "阿依古丽·买买提"
    assert spelt.encode("gbk")[8:10] == b"\xa1\xa4"


@pytest.mark.parametrize("rare", ["𠮷", "䶮", "㛃", "㙍"])
def test_a_rare_character_needs_a_reviewed_spelling_and_the_refusal_names_it(rare):
    with pytest.raises(names.NameNeedsReview) as refusal:
        names.chip_name(person(f"测{rare}{rare}"))
    assert refusal.value.characters == rare
    assert f"U+{ord(rare):04X}" in str(refusal.value)


def test_the_refusal_does_not_repeat_the_name():
    with pytest.raises(names.NameNeedsReview) as refusal:
        names.chip_name(person("测试𠮷"))
    assert "测试" not in str(refusal.value)


def test_the_reviewed_spelling_is_what_the_chip_carries():
    assert names.chip_name(person("测𠮷", "测吉")) == "测吉"


def test_a_reviewed_spelling_gbk_cannot_write_is_refused_too():
    with pytest.raises(names.NameNeedsReview):
        names.chip_name(person("测𠮷", "测䶮"))


def test_thirty_bytes_stay_whole():
    name = "一二三四五六七八九十甲乙丙丁戊"
    assert len(name.encode("gbk")) == 30
    assert names.chip_name(person(name)) == name


def test_a_name_of_more_than_thirty_bytes_is_cut_at_a_character():
    assert names.chip_name(person("A一二三四五六七八九十甲乙丙丁戊")) == "A一二三四五六七八九十甲乙丙丁"


def test_a_cut_leaves_no_dot_at_the_end():
    assert names.chip_name(person("一二三四五六七八九十甲乙丙丁·戊")) == "一二三四五六七八九十甲乙丙丁"


def test_a_letter_with_a_separate_accent_is_composed_first():
    assert names.chip_name(person("Rene\u0301")) == "René"


@given(st.text(st.characters(codec="gbk", exclude_characters=" \t\n\x00"), max_size=60))
def test_what_the_chip_carries_is_a_beginning_of_the_name_that_gbk_reads_back(name):
    spelt = names.chip_spelling(name)
    raw = spelt.encode("gbk")
    assert len(raw) <= names.CHIP_BYTES
    assert raw.decode("gbk") == spelt
    assert names.fold(name).strip().startswith(spelt)


@given(st.text(max_size=40))
def test_any_text_is_either_written_in_gbk_or_refused_by_name(name):
    missing = names.unwritable(names.fold(name).strip())
    if missing:
        with pytest.raises(names.NameNeedsReview) as refusal:
            names.chip_spelling(name)
        assert refusal.value.characters == missing
    else:
        assert len(names.chip_spelling(name).encode("gbk")) <= names.CHIP_BYTES


@given(st.text(st.characters(codec="gbk"), max_size=40), st.integers(0, 60))
def test_what_fits_is_counted_in_bytes_of_gbk(text, length):
    assert names.fits(text, length) == (len(text.encode("gbk")) <= length)
