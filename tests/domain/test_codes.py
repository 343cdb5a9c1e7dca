"""Form, chip and WS 364 count differently; what a mix-up would do to a patient is tested here."""

import pytest

from healthcard.domain import codes

EDITIONS = {
    "sex": {"GB/T 2261.1-2003"},
    "ethnic_group": {"GB 3304-1991", "GB 3304 扩展"},
    "education": {"GB 4658-1984"},
    "relation": {"GB/T 4761-2008"},
    "abo": {"WS 364.9-2011 CV04.50.005"},
}


@pytest.mark.parametrize(("answer", "meaning", "chip"), [("1", "否", "1"), ("2", "是", "2"), ("3", "不详", "3")])
def test_rh_asks_whether_negative_so_one_is_positive(answer, meaning, chip):
    assert codes.label("rh_negative", answer) == meaning
    assert codes.chip_code("rh_negative", answer) == chip


def test_rh_one_says_positive_in_english_too():
    assert "positive" in codes.TABLES["rh_negative"]["1"].en
    assert "(Rh negative)" in codes.TABLES["rh_negative"]["2"].en


def test_abo_three_is_o_and_four_is_ab():
    assert [codes.label("abo", code) for code in "12345"] == ["A型", "B型", "O型", "AB型", "不详"]
    assert [codes.chip_code("abo", code) for code in "12345"] == ["01", "02", "03", "04", "05"]


def test_marital_status_is_one_digit_on_the_form_and_two_on_the_chip():
    assert [codes.chip_code("marital_status", code) for code in "12345"] == ["10", "20", "30", "40", "90"]


def test_education_keeps_the_technical_school_that_the_later_edition_dropped():
    assert codes.label("education", "5") == "技工学校"
    assert [codes.chip_code("education", code) for code in "123456789"] == [f"{n}0" for n in range(1, 10)]


def test_occupation_has_letters_on_the_chip():
    assert "".join(codes.chip_code("occupation", code) for code in "12345678") == "013456XY"


def test_ethnic_groups_are_the_56_of_the_standard_and_three_more():
    rows = codes.codes("ethnic_group")
    assert [row.code for row in rows] == [f"{n:02}" for n in range(1, 57)] + ["97", "98", "99"]
    assert codes.label("ethnic_group", "05") == "维吾尔族"


def test_each_alert_has_its_own_item_and_mental_illness_the_one_in_its_own_file():
    items = [row.chip for row in codes.codes("alert")]
    assert sorted(items, key=int) == [str(n) for n in range(43, 57)]
    assert codes.chip_code("alert", "5") == "56"
    assert codes.chip_code("alert", "99") == "55"


def test_kinds_of_document_beyond_the_standard_go_to_the_chip_as_other():
    local = [row for row in codes.codes("document_kind") if row.edition == "本系统扩展"]
    assert local
    assert {row.chip for row in local} == {"99"}


def test_the_same_relation_digits_stand_on_form_and_chip():
    assert codes.chip_code("relation", "51") == "51"
    assert codes.label("relation", "1") == "配偶"


def test_blank_stays_blank():
    assert codes.label("sex", "") == ""
    assert codes.chip_code("sex", "") == ""


@pytest.mark.parametrize(("table", "code"), [("sex", "3"), ("colour", "1"), ("rh_negative", "0")])
def test_an_unknown_code_is_never_passed_through(table, code):
    with pytest.raises(KeyError):
        codes.chip_code(table, code)
    with pytest.raises(KeyError):
        codes.label(table, code)


@pytest.mark.parametrize("table", sorted(EDITIONS))
def test_every_table_names_its_edition(table):
    assert {row.edition for row in codes.codes(table)} == EDITIONS[table]


@pytest.mark.parametrize("table", sorted(codes.TABLES))
def test_no_spelling_means_two_codes(table):
    spellings = [text for row in codes.codes(table) for text in {row.code, row.zh, *row.also}]
    assert len(spellings) == len(set(spellings))


def test_a_table_with_a_code_twice_is_refused():
    text = "table,edition,code,zh,en,chip,also\nsex,x,1,男,male,01,\nsex,x,1,女,female,02,\n"
    with pytest.raises(ValueError, match="twice"):
        codes.load(text)
