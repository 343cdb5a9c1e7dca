"""Organisations hang where the Measures put them, and their codes carry the checks of their standards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcard.domain import organisations
from healthcard.domain.organisations import KINDS, CodeRefused, misplacements

CREDIT = "91350100M000100Y43"  # the example printed in GB 32100-2015
BODY = "D2143569-X"  # the example printed in GB 11714-1997


def refused(check, text):
    with pytest.raises(CodeRefused) as refusal:
        check(text)
    assert refusal.value.zh.startswith(refusal.value.standard)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "above"),
    [
        ("ministry", None),
        ("province", "ministry"),
        ("city", "province"),
        ("implementer", "city"),
        ("implementer", "province"),
        ("desk", "implementer"),
        ("desk", "city"),
        ("institution", "city"),
        ("institution", "province"),
        ("maker", "province"),
        ("maker", "city"),
    ],
)
def test_an_organisation_hangs_where_the_measures_put_it(kind, above):
    assert organisations.may_hang_below(kind, above)


@pytest.mark.parametrize(
    ("kind", "above"),
    [
        ("ministry", "ministry"),
        ("province", None),
        ("province", "province"),
        ("city", "ministry"),
        ("city", "city"),
        ("desk", "ministry"),
        ("desk", "desk"),
        ("desk", "institution"),
        ("institution", "desk"),
        ("maker", "ministry"),
        ("maker", "implementer"),
        ("implementer", "desk"),
    ],
)
def test_an_organisation_hangs_nowhere_else(kind, above):
    assert not organisations.may_hang_below(kind, above)
    rules = [found.rule for found in misplacements(kind, "620102", above, "620100") if found.is_error]
    assert "parent_kind" in rules


def test_the_tree_of_kinds_has_one_root_and_no_ring():
    assert [kind.name for kind in KINDS.values() if not kind.below] == ["ministry"]
    order = list(KINDS)
    assert all(order.index(above) < order.index(kind.name) for kind in KINDS.values() for above in kind.below)
    assert all(kind.article.startswith("第") for kind in KINDS.values())


@pytest.mark.parametrize(
    ("kind", "division", "above", "above_division", "rules"),
    [
        ("ministry", "", None, "", []),
        ("province", "620000", "ministry", "", []),
        ("city", "620100", "province", "620000", []),
        ("city", "110101", "province", "110000", []),
        ("desk", "620102", "city", "620100", []),
        ("province", "620100", "ministry", "", ["division_level"]),
        ("city", "620000", "province", "620000", ["division_level"]),
        ("city", "610100", "province", "620000", ["division_outside"]),
        ("desk", "620202", "city", "620100", ["division_outside", "division_unknown"]),
        ("desk", "629901", "province", "620000", ["division_unknown"]),
        ("desk", "330103", "city", "330100", ["division_unknown"]),
    ],
)
def test_an_organisation_lies_in_a_division_of_its_level_inside_the_one_above(
    kind, division, above, above_division, rules
):
    assert [found.rule for found in misplacements(kind, division, above, above_division)] == rules


def test_a_division_that_is_not_in_force_only_warns():
    (found,) = misplacements("desk", "330103", "city", "330100")
    assert not found.is_error
    assert "GB/T 2260" in found.zh


@pytest.mark.parametrize(
    "text", [CREDIT, CREDIT.lower(), f" {CREDIT[:8]} {CREDIT[8:]}", "９１３５０１００Ｍ０００１００Ｙ４３"]
)
def test_a_credit_code_has_one_normal_form(text):
    assert organisations.credit_code(text) == CREDIT


def test_the_organisation_code_inside_a_credit_code_checks_too():
    first17 = f"12{'620102'}D2143569X"
    code = first17 + organisations.credit_check(first17)
    assert organisations.credit_code(code) == code
    assert organisations.organisation_code(code[8:17]) == BODY


@pytest.mark.parametrize(
    "text", ["", "91350100M000100Y4", "91350100M000100Y430", "91350100I000100Y43", "9135010ZM000100Y43"]
)
def test_what_has_not_the_shape_of_a_credit_code_is_refused(text):
    assert "18" in refused(organisations.credit_code, text)


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_mistyped_sign_of_a_credit_code_is_always_caught(place, sign):
    wrong = CREDIT[:place] + sign + CREDIT[place + 1 :]
    if wrong != CREDIT:
        refused(organisations.credit_code, wrong)


@pytest.mark.parametrize("text", [BODY, "D2143569X", "d2143569-x"])
def test_an_organisation_code_is_printed_with_its_hyphen(text):
    assert organisations.organisation_code(text) == BODY


@given(st.integers(0, 7), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_mistyped_signs_of_an_organisation_code_that_change_its_sum_are_caught(place, sign):
    body = BODY[:place] + sign + BODY[place + 1 : 8]
    changed = organisations.organisation_check(body) != "X"
    if changed:
        assert "check" in refused(organisations.organisation_code, f"{body}-X")
    else:
        assert organisations.organisation_code(f"{body}X") == f"{body}-X"


@pytest.mark.parametrize("body", ["00000000", "00000001", "00000005"])
def test_every_remainder_has_its_check_character(body):
    check = organisations.organisation_check(body)
    assert check in "0123456789X"
    assert organisations.organisation_code(body + check) == f"{body}-{check}"


def test_a_ws_218_code_falls_into_its_five_parts():
    parts = organisations.ws218_code("D2143569-X" + "620102" + "11" + "A100" + "1")
    assert (parts.organisation, parts.division, parts.economy) == ("D2143569X", "620102", "11")
    assert (parts.institution, parts.profit) == ("A100", "1")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("D2143569X62010211A100", "22"),
        ("D21435691" + "62010211A1001", "check"),
        ("D2143569X" + "99999911A1001", "division"),
    ],
)
def test_a_ws_218_code_is_checked_part_by_part(text, word):
    assert word in refused(organisations.ws218_code, text)


@pytest.mark.parametrize("text", ["6" * 21, "6" * 23, "6" * 21 + "A"])
def test_an_issuer_code_is_22_digits_because_the_chip_packs_them(text):
    assert "22 digits" in refused(organisations.issuer_code, text)


def test_an_issuer_code_is_taken_with_its_blanks():
    assert organisations.issuer_code("6200 0000 0000 0000 0000 01") == "6200000000000000000001"
