"""The gates before making and issue: open with everything on file, closed with reason and article where one lacks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from healthcard.domain.admission.gates import CHECKS, GATES
from healthcard.domain.lifecycle import TransitionRefused


@pytest.fixture
def refused(case):
    from healthcard.services.admission import gates

    def ask(gate="make", **given):
        with pytest.raises(TransitionRefused) as refusal:
            gates.require(gate, case(**given))
        guard = refusal.value.guard
        assert guard.article
        assert guard.advice_zh
        return refusal.value.rule

    return ask


@pytest.fixture
def measure(filed):
    """A measure that two people of the province put in force; its id."""
    from healthcard.services.admission import measures

    def take(act, dossier, first=None, second=None):
        first, second = first or filed.staff.selector, second or filed.staff.second
        number = measures.order(first, dossier, act, "芯片召回")
        digest = next(row.digest for row in measures.listed(second) if row.id == number)
        measures.confirm(second, number, digest)
        return number

    return take


def test_with_everything_on_file_every_gate_of_making_and_issue_is_open(filed, case):
    from healthcard.services.admission import gates

    for gate in ("make", "make_at_desk", "issue", "hand_modules"):
        gates.require(gate, case())


def test_a_product_nobody_filed_is_not_made(filed, refused):
    assert refused(product="yi") == "product_filed"


def test_a_certificate_counts_on_the_day_of_making_alone(filed, refused, today):
    assert refused(day=today + timedelta(days=4 * 365)) == "certificate_valid"


@pytest.mark.parametrize("which", ["chip", "cos"])
def test_a_producer_whose_admission_is_suspended_stands_in_the_way(
    filed, refused, which, measure, member, centre, province
):
    measure("suspend", filed.admissions[which], centre.head, member("supervisor", province.parent))
    assert refused() == "certificate_valid"


def test_a_product_is_made_once_the_province_selected_it_and_filed_that(suppliers, filed, refused, case, today):
    from healthcard.services.admission import gates, selections

    chosen = [row for row in selections.listed(filed.staff.selector) if row.kind == "filing"]
    for row in chosen:
        selections.end(filed.staff.selector, row.id, today)
    assert refused() == "product_selected"
    numbers = selections.select(
        filed.staff.selector, tuple(row.dossier for row in chosen), document="省〔2026〕3号", valid_from=today
    )
    assert refused() == "selection_filed"
    selections.file(filed.staff.second, numbers, today)
    gates.require("make", case())


def test_a_maker_is_selected_and_is_the_one_that_works(filed, refused, case, province, today):
    from healthcard.services.admission import selections
    from healthcard.storage.models import Organisation

    other = Organisation.objects.create(
        code="M1", name="他厂", kind="maker", parent=province, division="990100", credit_code="91350100M000100Y43"
    )
    assert refused(place=other) == refused("hand_modules", place=other) == "maker_admitted"
    (own,) = (row for row in selections.listed(filed.staff.selector) if row.field == "card")
    selections.end(filed.staff.selector, own.id, today)
    assert refused() == "maker_admitted"


def test_a_new_script_waits_for_two_people(filed, refused, case):
    from django.db.models.functions import Now

    from healthcard.services.admission import gates
    from healthcard.storage.models import CosScript

    CosScript.objects.update(ended_at=Now())
    assert refused() == refused("make_at_desk") == "script_accepted"
    again = CosScript.objects.get()
    from healthcard.services.admission import scripts

    number = scripts.deliver(filed.staff.selector, filed.signed("jia", bytes(again.content), "1.1"))
    scripts.accept(filed.staff.selector, number)
    assert refused() == "script_accepted"
    scripts.accept(filed.staff.second, number)
    gates.require("make", case())


def test_a_pair_without_a_sample_card_is_not_made_and_a_desk_needs_none(suppliers, refused, case, monkeypatch):
    from healthcard.services.admission import gates, samples

    monkeypatch.setattr(samples, "approve", lambda *_: None)
    suppliers.file("jia")
    assert refused() == "sample_approved"
    gates.require("make_at_desk", case())


@pytest.mark.parametrize(
    ("act", "gate", "rule"), [("block_production", "make", "production_open"), ("block_issue", "issue", "issue_open")]
)
@pytest.mark.parametrize("on", ["cos", "chip", "producer"])
def test_a_block_by_two_people_counts_for_whatever_hangs_on_it_until_two_lift_it(
    filed, refused, measure, case, act, gate, rule, on
):
    from healthcard.services.admission import gates, measures
    from healthcard.storage.models import Dossier

    cos = Dossier.objects.get(pk=filed.filings["jia"])
    number = measure(act, {"cos": cos.pk, "chip": cos.basis_id, "producer": filed.admissions["chip"]}[on])
    assert refused(gate) == rule
    lift = measures.lift(filed.staff.selector, number, "已查明")
    assert refused(gate) == rule
    measures.confirm(
        filed.staff.second, lift, next(row.digest for row in measures.listed(filed.staff.second) if row.id == lift)
    )
    gates.require(gate, case())


def test_a_city_orders_with_a_dated_delegation_that_was_filed(province, refused, case, today, issuer):
    from healthcard.services.actor import of_console
    from healthcard.services.admission import gates
    from healthcard.services.authority import grants
    from healthcard.storage.models import GrantKind, Organisation

    city = Organisation.objects.create(code="990100", name="测试市", kind="city", parent=province, division="990100")
    city.refresh_from_db()
    assert refused("order", place=city) == "making_delegated"
    grant = grants.give(of_console(province), GrantKind.MAKING, city.pk, document="省1号", valid_from=today)
    assert refused("order", place=city) == "making_delegated"
    grants.file(of_console(province), grant, today)
    gates.require("order", case(place=city))
    gates.require("order", case())


def test_a_province_orders_with_its_own_authorisation_alone(province, refused):
    assert refused("order") == "issue_authorised"


def test_every_check_of_a_gate_has_words_and_every_word_a_gate():
    assert {check for checks in GATES.values() for check in checks} == CHECKS.keys()
