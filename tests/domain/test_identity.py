"""One person's number has one normal form, whatever way it was typed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcard.domain import identity
from healthcard.domain.identity import NumberRefused
from healthcard.domain.resident import Document

GOOD = "11010519491231002X"  # the example printed in GB 11643-1999


def refused(kind: str, number: str) -> str:
    with pytest.raises(NumberRefused) as refusal:
        identity.document(kind, number)
    assert number not in str(refusal.value)
    return refusal.value.rule


@pytest.mark.parametrize(
    "typed", [GOOD, "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", " 110105 19491231 002X ", "'" + GOOD]
)
def test_the_same_number_typed_differently_is_the_same_document(typed):
    assert identity.document("01", typed) == Document(kind="01", number=GOOD)


def test_a_number_of_fifteen_digits_is_lengthened():
    assert identity.citizen_number("110105491231002") == GOOD


def test_birth_and_sex_are_read_from_the_number():
    said = identity.claims(Document(kind="01", number=GOOD))
    assert said == identity.Claims(birth_date=date(1949, 12, 31), sex="2")


@given(st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_mistyped_character_is_always_caught(place, typed):
    wrong = GOOD[:place] + typed + GOOD[place + 1 :]
    if wrong != GOOD:
        assert refused("01", wrong) in {"number_check", "number_characters", "number_date"}


@given(st.integers(0, 16))
def test_two_neighbours_swapped_are_caught(place):
    swapped = GOOD[:place] + GOOD[place + 1] + GOOD[place] + GOOD[place + 2 :]
    if swapped != GOOD:
        assert refused("01", swapped) in {"number_check", "number_characters", "number_date"}


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("110105194912310021", "number_check"),
        ("11010519490231002X", "number_date"),
        ("11010518491231002X", "number_date"),
        ("1101051949123100", "number_characters"),
        ("11010519491231002Y", "number_characters"),
        ("X10105194912310021", "number_characters"),
        ("1.10105E+17", "number_spoilt"),
        ("110105491331002", "number_date"),
    ],
)
def test_a_wrong_citizen_number_is_refused_by_its_rule(number, rule):
    assert refused("01", number) == rule


@pytest.mark.parametrize("prefix", ["810000", "820000", "830000"])
def test_permits_of_hong_kong_macao_and_taiwan_residents_are_citizen_numbers(prefix):
    first17 = f"{prefix}19050101001"
    number = first17 + identity.check_character(first17)
    held = identity.document("99", number)
    assert held == Document(kind="01", number=number)
    assert identity.title(held) == "港澳台居民居住证"
    assert identity.known_province(held)


@pytest.mark.parametrize("kind", ["02", "05", "99"])
def test_a_citizen_number_on_another_document_is_still_the_citizen_number(kind):
    assert identity.document(kind, GOOD) == Document(kind="01", number=GOOD)


def test_the_foreigners_card_of_2023_has_a_check_character_too():
    first17 = "96299919050101001"
    number = first17 + identity.check_character(first17)
    held = identity.document("9A", number)
    assert held == Document(kind="9A", number=number)
    assert identity.claims(held) == identity.Claims(birth_date=date(1905, 1, 1), sex="1")
    wrong = first17 + ("0" if number[-1] != "0" else "1")
    assert refused("9A", wrong) == "number_check"


def test_the_older_foreigners_card_says_nothing_of_its_holder():
    held = identity.document("9A", "syn310 099 0101 01")
    assert held == Document(kind="9A", number="SYN310099010101")
    assert identity.claims(held) is None


@pytest.mark.parametrize(
    ("kind", "typed", "number"),
    [
        ("03", "syn 000-0001".replace("-", ""), "SYN0000001"),
        ("06", "H90000001", "H90000001"),
        ("06", "h9000000102", "H90000001"),
        ("07", "90000021", "90000021"),
        ("9B", "s620000001", "S620000001"),
        ("04", "军字第1234567号", "军字第1234567号"),
    ],
)
def test_other_documents_have_their_normal_form(kind, typed, number):
    assert identity.document(kind, typed) == Document(kind=kind, number=number)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("03", "E12"),
        ("06", "X12345678"),
        ("07", "123"),
        ("9A", "AB123"),
        ("99", "甲乙丙丁戊己庚辛壬癸"),
        ("04", "?!?!?!"),
    ],
)
def test_a_number_that_does_not_fit_its_document_is_refused(kind, number):
    assert refused(kind, number) == "number_shape"


def test_an_unknown_kind_of_document_is_a_key_error():
    with pytest.raises(KeyError):
        identity.document("77", "SYN0000001")


def test_numbers_of_no_province_are_told_apart():
    first17 = "99010519491231002"
    held = identity.document("01", first17 + identity.check_character(first17))
    assert not identity.known_province(held)
    assert identity.known_province(Document(kind="03", number="SYN0000001"))


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (GOOD, "110*************2X"),
        ("15400000001", "1*********1"),
        ("SYN0000001", "S********1"),
        ("1234", "****"),
        ("", ""),
    ],
)
def test_a_masked_number_shows_its_ends_only(number, shown):
    assert identity.mask(number) == shown


@given(st.text("0123456789X", min_size=1, max_size=20))
def test_masking_keeps_the_length_and_hides_the_middle(number):
    shown = identity.mask(number)
    assert len(shown) == len(number)
    assert shown.count("*") >= len(number) - 5


@pytest.mark.parametrize(("name", "shown"), [("测试", "测*"), ("测", "测"), ("阿依古丽·买买提", "阿***"), ("", "")])
def test_a_masked_name_shows_its_first_character(name, shown):
    assert identity.mask_name(name) == shown
