"""Measures against a filing: two people, the very content, seen by whom they concern; the graph behind them."""

from __future__ import annotations

import pytest

from healthcard.domain.lifecycle import TransitionRefused


@pytest.fixture
def ordered(filed):
    """An order of the province's; its id and digest."""
    from healthcard.services.admission import measures

    def order(act="block_issue", dossier=None):
        number = measures.order(filed.staff.selector, dossier or filed.filings["jia"], act, "芯片召回")
        return number, next(row.digest for row in measures.listed(filed.staff.second) if row.id == number)

    return order


def rule(act, *given):
    with pytest.raises(TransitionRefused) as refusal:
        act(*given)
    return refusal.value.rule


def state(filed, number):
    from healthcard.services.admission import measures

    return next(row.state for row in measures.listed(filed.staff.second) if row.id == number)


def test_one_person_does_not_confirm_what_he_ordered(filed, ordered):
    from healthcard.services.admission import measures

    number, digest = ordered()
    assert rule(measures.confirm, filed.staff.selector, number, digest) == "two_people"
    assert state(filed, number) == "ordered"


def test_another_content_is_not_confirmed(filed, ordered):
    from healthcard.services.admission import measures

    number, _ = ordered()
    assert rule(measures.confirm, filed.staff.second, number, "00" * 32) == "same_content"


def test_the_database_lets_nobody_change_an_order_or_confirm_his_own(filed, ordered):
    from django.db import DatabaseError, transaction
    from django.db.models.functions import Now

    from healthcard.storage.models import SupplyOrder

    number, _ = ordered()
    row = SupplyOrder.objects.filter(pk=number)
    for change in ({"reason": "别的"}, {"confirmed_at": Now(), "confirmed_by": filed.staff.selector.account}):
        with pytest.raises(DatabaseError, match=r"written and decided once|does not confirm"), transaction.atomic():
            row.update(**change)


def test_an_order_is_taken_back_or_decided_once(filed, ordered):
    from healthcard.services.admission import measures

    number, digest = ordered()
    measures.retract(filed.staff.selector, number)
    assert state(filed, number) == "retracted"
    assert rule(measures.confirm, filed.staff.second, number, digest) == "not_decided"


def test_a_filing_is_withdrawn_by_the_centre_and_counts_no_more(filed, centre, member, province, today):
    from healthcard.services.admission import looking, measures
    from healthcard.services.admission.validity import in_force

    cos, other = filed.filings["jia"], member("supervisor", province.parent)
    assert rule(measures.order, filed.staff.selector, cos, "withdraw", "不合格") == "centre_decides"
    number = measures.order(centre.head, cos, "withdraw", "不合格")
    measures.confirm(other, number, measures.listed(other)[0].digest)
    assert not in_force(cos, today)
    assert looking.shown(centre.head, cos).row.standing == "withdrawn"
    assert looking.shown(centre.head, cos).events[-1].act == "withdraw"


def test_a_suspended_certificate_counts_again_when_it_is_resumed(filed, centre, member, province, today):
    from healthcard.services.admission import measures
    from healthcard.services.admission.validity import in_force

    chip, other = filed.admissions["chip"], member("supervisor", province.parent)
    for act, counts in (("suspend", False), ("resume", True)):
        number = measures.order(centre.head, chip, act, "复查")
        measures.confirm(other, number, measures.listed(other)[0].digest)
        assert in_force(chip, today) is counts


def test_another_province_sees_no_measure_of_this_one(filed, ordered, province, member):
    from healthcard.services.admission import measures
    from healthcard.storage.models import Organisation

    ordered()
    other = Organisation.objects.create(
        code="980000", name="外省", kind="province", parent=province.parent, division="980000", issuer_code="8" * 22
    )
    assert measures.listed(member("supervisor", other)) == ()


def test_the_graph_goes_from_a_chip_to_every_card_and_place(filed, in_use, issuer, centre):
    from healthcard.services.admission import graph
    from healthcard.storage.models import Dossier

    card = in_use()
    chip = Dossier.objects.get(pk=filed.filings["jia"]).basis_id
    found = graph.drawn(centre.head, chip)
    assert {node.id for node in found.nodes} == {chip, filed.filings["jia"]}
    assert [(heap.product, heap.life, heap.place, heap.cards) for heap in found.heaps] == [
        ("jia", "issued", "holder", 1)
    ]
    assert list(graph.cards(centre.head, chip)) == [(card.pk, card.issue_serial)]
    whole = graph.drawn(centre.head, filed.admissions["chip"])
    assert {node.id for node in whole.nodes} == {filed.admissions["chip"], chip, filed.filings["jia"]}
    assert whole.cards == 1
    assert graph.drawn(centre.head, filed.admissions["laboratory"]).cards == 0


def test_an_issuer_number_is_given_out_once_and_never_again(province):
    from django.db import IntegrityError, transaction

    from healthcard.storage.models import IssuerNumber, Organisation

    assert IssuerNumber.objects.get(organisation=province).code == province.issuer_code
    with pytest.raises(Exception, match="given out once"), transaction.atomic():
        Organisation.objects.filter(pk=province.pk).update(issuer_code=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.create(
            code="970000", name="他省", kind="province", parent=province.parent, division="970000", issuer_code="9" * 22
        )
