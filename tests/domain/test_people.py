"""One person under two documents, children and their guardians, and who may act for whom."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcard.domain import people
from healthcard.domain.evidence import Presenter
from healthcard.domain.identity import check_character
from healthcard.domain.parameters import Parameters
from healthcard.domain.people import Likeness, Representative, RoleRefused, Traits, compare, require_role
from healthcard.domain.resident import Document

TODAY = date(2026, 3, 2)
DEFAULTS = Parameters()


def citizen(sequence="001"):
    first17 = f"62990119800101{sequence}"
    return Document(kind="01", number=first17 + check_character(first17))


def traits(document=None, **changes):
    held = {"name": "陈安宁", "sex": "1", "birth_date": date(1980, 1, 1)} | changes
    return Traits(document=document or citizen(), **held)


PASSPORT = Document(kind="03", number="SYN0000001")
PERMIT = Document(kind="9A", number="SYN310080010101")


def test_one_number_is_one_person():
    assert compare(traits(), traits()).likeness is Likeness.SAME


def test_one_number_with_another_name_is_still_one_person_and_the_difference_is_told():
    compared = compare(traits(), traits(name="陈安康"))
    assert (compared.likeness, compared.differs) == (Likeness.SAME, ("name",))


@pytest.mark.parametrize("other", [PASSPORT, PERMIT])
def test_the_same_traits_under_two_documents_are_likely_one_person_and_people_decide(other):
    assert compare(traits(), traits(other)).likeness is Likeness.LIKELY
    assert compare(traits(PASSPORT), traits(PERMIT)).likeness is Likeness.LIKELY


def test_two_citizen_numbers_are_never_one_person():
    assert compare(traits(), traits(citizen("003"))).likeness is Likeness.CONTRADICTED
    assert compare(traits(), traits(citizen("003"), name="陈安康")).likeness is Likeness.UNRELATED


@pytest.mark.parametrize("change", [{"name": "陈安康"}, {"birth_date": date(1980, 1, 2)}])
def test_another_name_or_birth_date_under_another_document_is_another_person(change):
    assert compare(traits(), traits(PASSPORT, **change)).likeness is Likeness.UNRELATED


def test_another_sex_contradicts_and_an_unknown_one_does_not():
    assert compare(traits(), traits(PASSPORT, sex="2")).likeness is Likeness.CONTRADICTED
    assert compare(traits(), traits(PASSPORT, sex="9")).likeness is Likeness.LIKELY


def test_names_compare_however_their_dot_and_case_were_written():
    assert compare(traits(name="John•Specimen"), traits(PASSPORT, name="JOHN·SPECIMEN")).likeness is Likeness.LIKELY


@given(
    st.sampled_from([citizen(), citizen("003"), PASSPORT, PERMIT]),
    st.sampled_from([citizen(), PASSPORT]),
    st.booleans(),
)
def test_a_comparison_does_not_depend_on_who_comes_first(one, other, renamed):
    left, right = traits(one), traits(other, name="陈安康" if renamed else "陈安宁")
    assert compare(left, right) == compare(right, left)


def test_the_citizen_number_leads_on_the_card():
    assert people.leading(PASSPORT, citizen()) == citizen()
    assert people.leading(citizen(), PASSPORT) == citizen()
    assert people.leading(PASSPORT, PERMIT) == PASSPORT


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [
        (date(2010, 3, 2), TODAY, 16),
        (date(2010, 3, 3), TODAY, 15),
        (date(2026, 3, 2), TODAY, 0),
        (date(2012, 2, 29), date(2026, 2, 27), 13),
        (date(2012, 2, 29), date(2026, 2, 28), 14),
        (date(2012, 2, 29), date(2028, 2, 28), 15),
        (date(2012, 2, 29), date(2028, 2, 29), 16),
    ],
)
def test_ages_are_full_years(born, today, years):
    assert people.age(born, today) == years


@pytest.mark.parametrize(
    ("born", "acts", "consents"),
    [(date(2010, 3, 2), False, False), (date(2010, 3, 3), True, False), (date(2012, 3, 3), True, True)],
)
def test_below_sixteen_a_guardian_acts_and_below_fourteen_he_consents(born, acts, consents):
    found = people.minority(born, TODAY, DEFAULTS)
    assert (found.guardian_acts, found.guardian_consents) == (acts, consents)


def test_the_age_is_the_issuers_parameter():
    young = Parameters(values={"age.guardian": 18})
    assert people.minority(date(2009, 3, 2), TODAY, young).guardian_acts


def test_who_is_not_born_yet_is_an_error():
    with pytest.raises(ValueError, match="future"):
        people.minority(date(2026, 3, 3), TODAY, DEFAULTS)


def somebody(by, relation="", document=PASSPORT):
    return Representative(by=Presenter(by), name="李静", document=document, phone="15400000001", relation=relation)


def refused(representative, holder, **known):
    with pytest.raises(RoleRefused) as refusal:
        require_role(representative, holder, TODAY, DEFAULTS, **known)
    assert all((refusal.value.zh, refusal.value.en, refusal.value.advice_zh, refusal.value.advice_en))
    return refusal.value.rule


CHILD = {"birth_date": date(2015, 1, 1)}


def test_a_grown_up_acts_for_himself_or_sends_an_agent():
    require_role(None, traits(), TODAY, DEFAULTS)
    require_role(somebody("agent"), traits(), TODAY, DEFAULTS)


def test_a_child_comes_with_a_guardian_and_with_nobody_else():
    assert refused(None, traits(**CHILD)) == "guardian_needed"
    assert refused(somebody("agent"), traits(**CHILD)) == "guardian_needed"
    assert refused(somebody("guardian"), traits(**CHILD)) == "relation_needed"
    require_role(somebody("guardian", "52"), traits(**CHILD), TODAY, DEFAULTS)


def test_a_grown_up_may_have_a_guardian_too():
    require_role(somebody("guardian", "1"), traits(), TODAY, DEFAULTS)


def test_for_the_dead_a_near_relative_acts():
    assert refused(None, traits(), deceased=True) == "relative_needed"
    assert refused(somebody("agent"), traits(), deceased=True) == "relative_needed"
    assert refused(somebody("relative", "97"), traits(), deceased=True) == "near_relative"
    require_role(somebody("relative", "12"), traits(), TODAY, DEFAULTS, deceased=True)


@pytest.mark.parametrize("relation", ["28", "38", "53", "54", "55", "56", "0", "8", "97", "98", "99", ""])
def test_in_laws_friends_and_helpers_are_no_near_relatives(relation):
    assert not people.is_near_relative(relation)


@pytest.mark.parametrize("relation", ["1", "11", "2", "31", "41", "51", "57", "61", "77"])
def test_spouses_children_parents_siblings_and_grandparents_are(relation):
    assert people.is_near_relative(relation)


def test_nobody_is_his_own_agent():
    assert refused(somebody("agent", document=citizen()), traits()) == "not_himself"


def test_a_representative_is_shown_masked_and_his_repr_says_nothing():
    shown = somebody("guardian", "52", citizen()).shown
    assert shown == {
        "by": "guardian",
        "name": "李*",
        "document_kind": "居民身份证",
        "document_number": f"629*************{citizen().number[-2:]}",
        "phone": "1*********1",
        "relation": "母亲",
    }
    said = repr(somebody("guardian", "52", citizen())) + repr(traits())
    assert not any(secret in said for secret in ("李静", citizen().number, "15400000001", "陈安宁", "1980"))
