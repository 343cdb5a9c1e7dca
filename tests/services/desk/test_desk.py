"""First issue, loss, un-loss and unlock by real processes: record and chip move together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from desk import FACE, collection, facts, request

from healthcard.domain.lifecycle import TransitionRefused


class Pad:
    def new_pin(self):
        return "482913"


def test_a_first_card_is_issued_in_the_act_that_completes_its_application(issued, clerk, adult):
    from healthcard.services.desk import applications
    from healthcard.services.people import messages

    card, _ = issued
    assert (facts(card).life, facts(card).place) == ("issued", "holder")
    (row,) = applications.of_resident(clerk, adult)
    assert row.state == "completed"
    told = [each.kind for each in messages.of_resident(clerk, adult)]
    assert told == ["card.handed_over", "card.arrived", "card.making", "application.approved", "application.accepted"]


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"signer": ""}, "duties_signed"),
        ({"identity": ""}, "identity_checked"),
        ({"presented": ()}, "documents_presented"),
    ],
)
def test_a_card_is_not_handed_over_without_what_the_act_wants(arrived, clerk, shop, wrong, rule):
    from healthcard.services.desk import issue

    application, card, chip = arrived
    with pytest.raises(TransitionRefused) as refused:
        issue.hand_over(clerk, application, chip, shop.keys, collection(**wrong))
    assert refused.value.rule == rule
    assert facts(card).life == "made"


def test_what_was_signed_on_a_pad_is_kept_as_the_slip_that_was_signed(arrived, clerk, shop):
    from healthcard.documents import scan
    from healthcard.domain import synthetic
    from healthcard.services.desk import issue, papers, scans
    from healthcard.services.errors import Invalid

    application, card, chip = arrived
    now = {"text_version": papers.DUTIES_VERSION}
    written = synthetic.resident(1, 5).photo  # any picture: the pad's own is drawn by the station
    for wrong in ({**now, "signature": b"no picture"}, {"text_version": "2020-1", "signature": written}):
        with pytest.raises(Invalid, match=r"no picture of a signature|not the text of today"):
            issue.hand_over(clerk, application, chip, shop.keys, collection(**wrong))
    assert facts(card).life == "made"
    issue.hand_over(clerk, application, chip, shop.keys, collection(**now, signature=written))
    assert scans.attached(clerk, application) == (1,)
    (page,) = scan.pages(scans.picture(clerk, application, 1))
    assert [each.kind for each in page.stamps] == ["handover"]


@pytest.mark.parametrize("gone", ["died_on", "left_on"])
def test_a_card_made_for_somebody_who_died_or_left_meanwhile_is_handed_to_nobody(arrived, adult, clerk, shop, gone):
    from healthcard.services.desk import issue
    from healthcard.storage.models import Resident

    application, card, chip = arrived
    Resident.objects.filter(pk=adult).update(**{gone: "2026-11-01"})
    with pytest.raises(TransitionRefused) as refused:
        issue.hand_over(clerk, application, chip, shop.keys, collection())
    assert refused.value.rule == "holder_alive"
    issue.give_up(clerk, application, "death")
    assert facts(card).life == "ended"


def test_an_uncollected_card_is_kept_and_an_undeliverable_one_ends(arrived, clerk):
    from healthcard.services.desk import applications, issue
    from healthcard.storage.models import Message

    application, card, _ = arrived
    with pytest.raises(TransitionRefused, match="kept longer") as refused:
        issue.give_up(clerk, application, "uncollected")
    told = Message.objects.get(kind="card.arrived", card=card).facts["until"]
    assert refused.value.facts["until"].isoformat() == told  # in China it is tomorrow eight hours before UTC
    issue.give_up(clerk, application, "undeliverable")
    assert (facts(card).life, facts(card).end_reason) == ("ended", "undeliverable")
    assert applications.shown(clerk, application).row.state == "lapsed"


def test_somebody_with_a_card_gets_no_second_one(issued, clerk, adult):
    from healthcard.services.desk import issue

    with pytest.raises(TransitionRefused, match="one card"):
        issue.ask(clerk, request("first_issue", adult))


def test_one_person_does_not_review_what_he_took(adult, issuer, clerk, as_role):
    from healthcard.services.desk import applications, issue, reviewing

    boss = as_role("supervisor")
    application = issue.ask(boss, request("first_issue", adult)).id
    digest = applications.shown(boss, application).digest
    with pytest.raises(TransitionRefused) as refused:
        reviewing.review(boss, application, approved=True, opinion="属实", digest=digest)
    assert refused.value.rule == "another_person"
    with pytest.raises(TransitionRefused) as refused:
        issue.order(clerk, application)
    assert refused.value.rule == "application_approved"


def test_a_review_of_other_content_is_refused(adult, issuer, clerk, reviewer):
    from healthcard.services.desk import issue, reviewing

    application = issue.ask(clerk, request("first_issue", adult)).id
    with pytest.raises(TransitionRefused) as refused:
        reviewing.review(reviewer, application, approved=True, opinion="属实", digest="00" * 32)
    assert refused.value.rule == "same_content"


def test_nothing_is_presented_unless_it_is_said(adult, issuer, clerk):
    from healthcard.services.desk import issue

    with pytest.raises(TransitionRefused) as refused:
        issue.ask(clerk, request("first_issue", adult, presented=()))
    assert refused.value.facts["missing"] == ["持卡人有效身份证明"]


def test_a_loss_freezes_at_acceptance_and_a_rejected_one_lifts_the_freeze(issued, clerk, adult, judge):
    from healthcard.services.desk import applications, loss

    card, _ = issued
    ticket = loss.report(clerk, request("loss", adult))
    assert (facts(card).loss, ticket.cards) == ("written", (card,))
    with pytest.raises(TransitionRefused, match="withdrawn"):
        applications.withdraw(clerk, ticket.application)
    assert judge(ticket.application, approved=False) == "rejected"
    assert facts(card).loss == "none"


def test_a_confirmed_loss_wants_verification_first_and_is_lifted_with_the_card(issued, clerk, adult, judge, shop):
    from healthcard.services.desk import applications, loss

    card, chip = issued
    ticket = loss.report(clerk, request("loss", adult))
    with pytest.raises(TransitionRefused, match="verified first"):
        judge(ticket.application)
    applications.verify(clerk, ticket.application, "电话核实")
    assert judge(ticket.application) == "completed"
    ask = request("unloss", adult, card=card, presented=("identity", "card"))
    with pytest.raises(TransitionRefused, match="ticket"):
        loss.ask_release(clerk, ask, ticket="another")
    release = loss.ask_release(clerk, ask, ticket=ticket.number).id
    with pytest.raises(TransitionRefused, match="approved"):
        loss.release(clerk, release, chip, shop.keys, identity=FACE)
    applications.verify(clerk, release, "本人到场")
    judge(release)
    loss.release(clerk, release, chip, shop.keys, identity=FACE)
    assert (facts(card).loss, facts(card).place) == ("none", "holder")


def test_an_oral_loss_freezes_for_a_while_and_is_withdrawn(issued, clerk, adult):
    from healthcard.services.desk import loss

    card, _ = issued
    with pytest.raises(TransitionRefused) as refused:
        loss.report_oral(clerk, adult, channel="letter", identity="questions")
    assert refused.value.rule == "channel_allowed"
    ticket = loss.report_oral(clerk, adult, channel="phone", identity="questions")
    assert (facts(card).loss, (ticket.until - ticket.frozen_at).days) == ("oral", 10)
    assert loss.lapse_due(clerk) == 0
    loss.withdraw_oral(clerk, adult, identity="questions")
    assert facts(card).loss == "none"


def test_a_loss_of_nothing_is_refused(adult, issuer, clerk):
    from healthcard.services.desk import loss

    with pytest.raises(TransitionRefused) as refused:
        loss.report(clerk, request("loss", adult))
    assert refused.value.rule == "card_to_freeze"


def test_a_pin_is_unlocked_on_the_chip_and_then_in_the_record(issued, clerk, adult, shop):
    from healthcard.perso.upkeep.results import Finished
    from healthcard.services.desk import applications, unlock
    from healthcard.services.desk.applications import Delegate

    card, chip = issued
    chip.reset()
    for step in ("00A40000023F00", "00A4000002DDF1", *["0020000003000000"] * 3):
        chip.transmit(bytes.fromhex(step))
    ask = request("unlock", adult, card=card, presented=("identity", "card"))
    agent = Delegate(name="代办", document_kind="01", document_number="62990119900101001X", phone="15412345678")
    with pytest.raises(TransitionRefused) as refused:
        unlock.ask(clerk, replace(ask, by="agent", delegate=agent))
    assert refused.value.rule == "no_agent"
    application = unlock.ask(clerk, ask).id
    assert facts(card).pin_locked
    result = unlock.carry_out(clerk, application, chip, shop.keys, Pad(), identity=FACE)
    assert isinstance(result, Finished)
    assert not facts(card).pin_locked
    assert applications.shown(clerk, application).row.state == "completed"


def test_an_application_to_unlock_counts_how_often_and_refuses_a_frozen_card(issued, clerk, adult):
    from healthcard.services.desk import loss, unlock

    card, _ = issued
    loss.report(clerk, request("loss", adult))
    with pytest.raises(TransitionRefused) as refused:
        unlock.ask(clerk, request("unlock", adult, card=card, presented=("identity", "card")))
    assert refused.value.rule == "lifecycle.unlocked"
    assert not facts(card).pin_locked


def test_another_chip_in_the_reader_releases_nothing(issued, clerk, adult, judge, shop, blank):
    from healthcard.services.desk import applications, loss

    card, _ = issued
    loss.report(clerk, request("loss", adult))
    release = loss.ask_release(clerk, request("unloss", adult, card=card, presented=("identity", "card"))).id
    applications.verify(clerk, release, "本人到场")
    judge(release)
    with blank("jia", "another", 900) as stranger, pytest.raises(TransitionRefused) as refused:
        loss.release(clerk, release, stranger, shop.keys, identity=FACE)
    assert refused.value.rule == "card_in_reader"
    assert facts(card).loss == "written"


@pytest.mark.parametrize("state", ["accepted", "approved", "making"])
def test_a_loss_is_released_until_its_replacement_has_gone_to_making(issued, clerk, adult, state):
    from healthcard.services.desk import loss
    from healthcard.storage.models import Application

    card, _ = issued
    ticket = loss.report(clerk, request("loss", adult))
    wish = Application.objects.create(
        number="1",
        kind="replacement",
        reason="lost",
        resident_id=adult,
        card_id=card,
        sealed=b"-",
        desk_id=clerk.organisation,
    )
    for step in {"accepted": (), "approved": ("approved",), "making": ("approved", "making")}[state]:
        Application.objects.filter(pk=wish.pk).update(state=step)
    ask = request("unloss", adult, card=card, presented=("identity", "card"))
    if state == "making":
        with pytest.raises(TransitionRefused) as refused:
            loss.ask_release(clerk, ask, ticket=ticket.number)
        assert refused.value.rule == "no_replacement"
    else:
        assert loss.ask_release(clerk, ask, ticket=ticket.number).number


def test_a_list_shows_what_is_due_first_in_pages(people, issuer, clerk):
    from healthcard.services.desk import applications
    from healthcard.services.people import residents
    from healthcard.storage.models import Application

    grown = [each for each in people if residents.opened(each).birth_date.year < 2008][:3]
    taken = [applications.accept(clerk, request("first_issue", each)).id for each in grown]
    Application.objects.filter(pk=taken[-1]).update(due_on="2020-01-01")
    first = applications.listed(clerk, limit=2)
    second = applications.listed(clerk, limit=2, after=first.after)
    rows = (*first.applications, *second.applications)
    assert [row.id for row in rows] == [taken[-1], *taken[:-1]]
    assert [row.overdue for row in rows] == [True, *[False] * (len(taken) - 1)]
    assert second.after == ""


def test_a_form_shows_no_number_in_the_clear(adult, clerk):
    from healthcard.services.desk import applications
    from healthcard.services.people import residents

    shown = applications.prefill(clerk, "loss", adult)
    number = residents.opened(adult).document.number
    assert number not in str(shown)
    assert shown["name"] != residents.opened(adult).name


def test_a_fee_is_paid_or_waived_before_an_application_completes(issued, clerk, adult, judge):
    from healthcard.services.desk import applications, loss
    from healthcard.storage.models import Application

    ticket = loss.report(clerk, request("loss", adult))
    Application.objects.filter(pk=ticket.application).update(fee_fen=2000)
    applications.verify(clerk, ticket.application, "电话核实")
    with pytest.raises(TransitionRefused) as refused:
        judge(ticket.application)
    assert refused.value.rule == "fee_paid"
    applications.pay(clerk, ticket.application, "SJ-1")
    assert judge(ticket.application) == "completed"


@pytest.fixture
def elsewhere(province):
    """A clerk of a city of the same province at which nobody is at home."""
    from healthcard.services import actor
    from healthcard.storage.models import Account, Organisation

    city = Organisation.objects.create(code="990200", name="他市", kind="city", parent=province, division="990200")
    row = Account.objects.create(username="other", full_name="other", organisation=city, role="clerk", password="!")
    return actor.of_account(row.pk)


def test_another_city_of_the_province_freezes_a_card_and_issues_none(issued, elsewhere, adult):
    from healthcard.services.desk import issue, loss
    from healthcard.services.errors import NotFound

    card, _ = issued
    with pytest.raises(NotFound) as foreign:
        issue.ask(elsewhere, request("first_issue", adult))
    with pytest.raises(NotFound) as missing:
        issue.ask(elsewhere, request("first_issue", 0))
    assert str(foreign.value) == str(missing.value)
    loss.report(elsewhere, request("loss", adult))
    assert facts(card).loss == "written"


def test_a_release_asked_for_elsewhere_is_forwarded_home(issued, elsewhere, clerk, adult, judge, shop):
    from healthcard.services.desk import applications, loss
    from healthcard.services.errors import NotFound

    card, chip = issued
    loss.report(clerk, request("loss", adult))
    taken = loss.ask_release(elsewhere, request("unloss", adult, card=card, presented=("identity", "card")))
    assert taken.forwarded
    assert taken.number in {row.number for row in applications.of_resident(clerk, adult)}
    applications.verify(clerk, taken.id, "本人到场")
    judge(taken.id)
    with pytest.raises(NotFound, match="home organisation"):
        loss.release(elsewhere, taken.id, chip, shop.keys, identity=FACE)
    loss.release(clerk, taken.id, chip, shop.keys, identity=FACE)
    assert facts(card).loss == "none"


def test_nobody_acts_on_his_own_card(issued, adult, clerk):
    from healthcard.services.desk import loss
    from healthcard.storage.models import Account, Resident

    digest = Resident.objects.values_list("identity_digest", flat=True).get(pk=adult)
    Account.objects.filter(pk=clerk.account).update(person_digest=digest)
    with pytest.raises(TransitionRefused) as refused:
        loss.report(clerk, request("loss", adult))
    assert refused.value.rule == "not_own_card"


def test_the_database_lets_nobody_verify_what_he_asks_for_himself(adult, issuer, clerk):
    from django.db import DatabaseError

    from healthcard.services.desk import issue
    from healthcard.storage.models import Account, Application, Resident

    wish = Application.objects.filter(pk=issue.ask(clerk, request("first_issue", adult)).id)
    digest = Resident.objects.values_list("identity_digest", flat=True).get(pk=adult)
    Account.objects.filter(pk=clerk.account).update(person_digest=digest)
    with pytest.raises(DatabaseError, match="nobody acts on his own card"):
        wish.update(verified_by=clerk.account)


def test_an_opinion_holds_no_number_of_anybody(adult, issuer, clerk, reviewer):
    from healthcard.services.desk import applications, issue, reviewing
    from healthcard.services.errors import Invalid

    application = issue.ask(clerk, request("first_issue", adult)).id
    digest = applications.shown(reviewer, application).digest
    with pytest.raises(Invalid):
        reviewing.review(reviewer, application, approved=False, opinion="电话 15412345678", digest=digest)


def test_an_application_is_withdrawn_before_its_card_is_made(adult, issuer, clerk, judge):
    from healthcard.services.desk import applications, issue

    application = issue.ask(clerk, request("first_issue", adult)).id
    with pytest.raises(TransitionRefused) as refused:
        issue.ask(clerk, request("first_issue", adult))
    assert refused.value.rule == "none_open"
    applications.withdraw(clerk, application)
    assert applications.shown(clerk, application).row.state == "withdrawn"
    with pytest.raises(TransitionRefused) as refused:
        judge(application)
    assert refused.value.rule == "application.step"
