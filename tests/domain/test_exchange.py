"""Form, chip and WS 364 are mapped and never passed through; each trap that harms a patient is a test."""

import pytest

from healthcard.domain import codes, exchange
from healthcard.domain.exchange import MAPPINGS, NotMapped, from_chip, from_ws364, ws364


@pytest.mark.parametrize(
    ("form", "code", "meaning"), [("1", "2", "positive"), ("2", "1", "negative"), ("3", "3", "unknown")]
)
def test_rh_counts_the_other_way_in_ws_364(form, code, meaning):
    assert meaning in codes.TABLES["rh_negative"][form].en
    assert ws364("rh_negative", form).code == code
    assert from_ws364("rh_negative", code) == form
    assert codes.chip_code("rh_negative", form) == form


def test_abo_three_stays_o_and_four_stays_ab():
    assert [ws364("abo", form).code for form in "12345"] == list("12345")
    assert codes.label("abo", from_ws364("abo", "3")) == "O型"
    assert codes.label("abo", from_ws364("abo", "4")) == "AB型"
    assert codes.label("abo", from_chip("abo", "04")) == "AB型"


@pytest.mark.parametrize("edition", exchange.EDITIONS)
def test_widowed_is_three_on_the_form_and_thirty_on_the_chip_and_in_the_standard(edition):
    assert codes.label("marital_status", "3") == "丧偶"
    assert codes.chip_code("marital_status", "3") == "30"
    assert ws364("marital_status", "3", edition).code == "30"
    assert from_ws364("marital_status", "30", edition) == "3"
    with pytest.raises(NotMapped):
        from_ws364("marital_status", "3", edition)


def test_the_technical_school_has_no_code_of_its_own_any_more():
    assert codes.chip_code("education", "5") == "50"
    mapped = ws364("education", "5")
    assert (mapped.code, mapped.exact) == ("40", False)
    assert "50" not in {row.code for row in MAPPINGS.values() if row.table == "education"}


def test_ninety_meant_illiterate_once_and_means_other_now():
    assert codes.chip_code("education", "9") == "90"
    assert not ws364("education", "9").exact
    with pytest.raises(NotMapped):
        from_ws364("education", "90")


def test_other_payment_is_ninety_nine_and_never_other_social_insurance():
    assert ws364("payment_method", "8").code == "99"
    assert codes.chip_code("payment_method", "8") == "8"
    with pytest.raises(NotMapped):
        from_ws364("payment_method", "08")
    assert [ws364("payment_method", str(n)).code for n in range(1, 8)] == [f"0{n}" for n in range(1, 8)]


def test_forty_leads_back_to_nothing_because_two_answers_share_it():
    assert {ws364("education", form).code for form in "45"} == {"40"}
    with pytest.raises(NotMapped):
        from_ws364("education", "40")


def test_kinds_of_document_beyond_the_standard_become_other_and_do_not_come_back():
    assert {ws364("document_kind", kind).code for kind in ("9A", "9B")} == {"99"}
    assert from_ws364("document_kind", "99") == "99"
    assert from_chip("document_kind", "99") == "99"


def test_occupation_is_one_character_of_one_edition_and_three_digits_of_the_other():
    assert [ws364("occupation", form).code for form in "178"] == ["0", "X", "Y"]
    assert [ws364("occupation", form, "2023").code for form in "178"] == ["100", "700", "800"]


@pytest.mark.parametrize("table", ["abo", "rh_negative", "payment_method", "document_kind", "address_kind"])
def test_a_table_we_have_not_seen_in_its_new_edition_is_refused_and_not_guessed(table):
    first = codes.codes(table)[0].code
    assert ws364(table, first)
    with pytest.raises(NotMapped, match="2023"):
        ws364(table, first, "2023")


def test_alerts_have_no_table_in_ws_364():
    with pytest.raises(NotMapped):
        ws364("alert", "1")


@pytest.mark.parametrize(("table", "code"), [("sex", "3"), ("rh_negative", "0"), ("colour", "1")])
def test_a_code_that_is_not_on_the_form_is_never_passed_through(table, code):
    with pytest.raises(KeyError):
        ws364(table, code)


@pytest.mark.parametrize("table", sorted(set(codes.TABLES) - {"alert"}))
def test_every_code_of_the_form_has_a_counterpart_of_2011(table):
    assert [ws364(table, row.code).form for row in codes.codes(table)] == [row.code for row in codes.codes(table)]


@pytest.mark.parametrize("row", MAPPINGS.values(), ids=lambda row: f"{row.table}-{row.edition}-{row.form}")
def test_a_mapping_leads_back_unless_it_says_that_it_loses_something(row):
    assert row.form in codes.TABLES[row.table]
    assert row.standard
    if row.exact:
        assert from_ws364(row.table, row.code, row.edition) == row.form
    else:
        assert row.note


@pytest.mark.parametrize(
    "row",
    [row for table in codes.TABLES for row in codes.codes(table) if row.chip],
    ids=lambda row: f"{row.table}-{row.code}",
)
def test_what_the_chip_stores_leads_back_to_a_code_that_writes_the_same(row):
    assert codes.chip_code(row.table, from_chip(row.table, row.chip)) == row.chip


@pytest.mark.parametrize(("table", "chip"), [("rh_negative", ""), ("rh_negative", "9"), ("abo", "3")])
def test_what_no_code_writes_is_refused(table, chip):
    with pytest.raises(KeyError):
        from_chip(table, chip)


def test_a_mapping_given_twice_is_refused():
    text = "table,edition,form,code,standard,exact,certainty,note\n" + "sex,2011,1,1,x,yes,A,\n" * 2
    with pytest.raises(ValueError, match="twice"):
        exchange.load(text)
