"""Cards that end (第十三条): by the holder's wish, death, emigration and return; nothing that ended comes back."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date

import pytest

from healthcard.domain.lifecycle import TransitionRefused

FACE = "document_and_face"
REASONS = {"holder": ("1", None), "death": ("2", "20261101"), "emigration": ("3", "20261102")}
PAPERS = {
    "holder": ("identity",),
    "death": ("relative_identity", "kinship_proof", "death_certificate"),
    "emigration": ("identity", "emigration_proof"),
}


@pytest.fixture
def made(adult, issuer, shop, blank, console, today):
    """A finished card at the desk, and its chip."""
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.workshop import cards, making

    with ExitStack() as stack:
        card = cards.plan(console, adult, today=today)
        chip = stack.enter_context(blank("jia", cards.shown(console, card).issue_serial))
        making.personalise(console, card, chip, shop)
        with act(console, Permission.DESK_ACT, "test.life") as now:
            now.event(card, "arrived", place_org=console.organisation)
        yield card, chip


@pytest.fixture
def issued(made, console):
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act

    with act(console, Permission.DESK_ACT, "test.life") as now:
        now.event(made[0], "handed_over", place_org=None)
    return made


def request(kind, person, *, reason="holder", with_card=False, **rest):
    from healthcard.services.desk.applications import Delegate, Request

    code, day = REASONS[reason]
    fields = {"phone": "15412345678", "irrevocable": True}
    if kind == "termination":
        fields |= {"reason": code} | ({"reason_date": day} if day else {})
    given = {"presented": (*PAPERS[reason], *(("card",) if with_card else ())), "identity": FACE}
    if reason == "death":
        relative = Delegate(
            name="家属", document_kind="01", document_number="62990119900101001X", phone="15412345678", relation="10"
        )
        given |= {"by": "relative", "delegate": relative}
    return Request(kind=kind, resident=person, fields=fields, **{**given, **rest})


def judge(reviewer, application, approved=True):
    from healthcard.services.desk import applications, reviewing

    digest = applications.shown(reviewer, application).digest
    return reviewing.review(reviewer, application, approved=approved, opinion="属实", digest=digest)


def facts(card):
    from healthcard.storage.models import Card

    return Card.objects.get(pk=card)


def told(person):
    from healthcard.storage.models import Message

    return set(Message.objects.filter(resident=person).values_list("kind", flat=True))


def test_a_termination_waits_for_another_person_and_then_ends_the_card_with_its_application(
    issued, adult, clerk, reviewer
):
    from healthcard.services.desk import termination

    asked = termination.ask(clerk, request("termination", adult))
    assert (facts(issued[0]).life, asked.receipt) == ("issued", None)
    assert judge(reviewer, asked.application.id) == "completed"
    card = facts(issued[0])
    assert (card.life, card.end_reason, card.place, card.chip_end) == ("ended", "holder", "holder", "listed")
    assert {"card.terminated", "card.listed"} <= told(adult)


def test_a_rejected_termination_leaves_the_card_as_it_was(issued, adult, clerk, reviewer):
    from healthcard.services.desk import termination

    asked = termination.ask(clerk, request("termination", adult, with_card=True))
    assert judge(reviewer, asked.application.id, approved=False) == "rejected"
    assert (facts(issued[0]).life, facts(issued[0]).place) == ("issued", "holder")


def test_a_card_handed_in_is_registered_with_the_desk_that_took_it(issued, adult, clerk, reviewer):
    from healthcard.services.desk import termination
    from healthcard.storage.models import Recovery

    asked = termination.ask(clerk, request("termination", adult, with_card=True))
    judge(reviewer, asked.application.id)
    row = Recovery.objects.get(card=issued[0])
    assert (row.organisation_id, row.received_by_id) == (clerk.organisation, clerk.account)
    assert (facts(issued[0]).place, facts(issued[0]).chip_end) == ("recovered", "none")
    assert "chip.received" in told(adult)


def test_a_returned_card_ends_at_once_with_a_receipt_and_is_then_locked_on_its_chip(issued, adult, clerk, shop):
    from healthcard.perso.upkeep.results import Finished
    from healthcard.services.desk import applications, recovery, termination

    card, chip = issued
    asked = termination.ask(clerk, request("return", adult, with_card=True))
    assert asked.receipt.card == card
    assert applications.shown(clerk, asked.application.id).row.state == "completed"
    assert (facts(card).end_reason, facts(card).place) == ("returned", "recovered")
    assert isinstance(recovery.lock_chip(clerk, card, chip, shop.keys), Finished)
    assert facts(card).chip_end == "locked"


@pytest.fixture
def elsewhere(province):
    """A clerk of another city of the same province."""
    from healthcard.services import actor
    from healthcard.storage.models import Account, Organisation

    city = Organisation.objects.create(code="990200", name="他市", kind="city", parent=province, division="990200")
    row = Account.objects.create(username="other", full_name="other", organisation=city, role="clerk", password="!")
    return actor.of_account(row.pk)


def test_any_desk_takes_a_returned_card_and_a_termination_goes_home(issued, adult, elsewhere):
    from healthcard.services import scope
    from healthcard.services.desk import termination
    from healthcard.storage.models import Recovery

    asked = termination.ask(elsewhere, request("termination", adult))
    assert asked.application.forwarded
    returned = termination.ask(elsewhere, request("return", adult, with_card=True))
    assert returned.receipt is not None
    scope.limit(scope.EVERYBODY)
    assert Recovery.objects.get(card=issued[0]).organisation_id == elsewhere.organisation
    assert (facts(issued[0]).place, facts(issued[0]).place_org_id) == ("recovered", elsewhere.organisation)


@pytest.mark.parametrize(
    ("reason", "column", "day"),
    [
        ("death", "died_on", date(2026, 11, 1)),
        ("emigration", "left_on", date(2026, 11, 2)),
    ],
)
def test_a_death_or_departure_goes_on_the_record_in_the_act_that_ends_the_card(
    issued, adult, clerk, reviewer, reason, column, day
):
    from healthcard.services.desk import termination
    from healthcard.storage.models import Resident

    asked = termination.ask(clerk, request("termination", adult, reason=reason))
    judge(reviewer, asked.application.id)
    assert facts(issued[0]).end_reason == reason
    assert getattr(Resident.objects.get(pk=adult), column) == day
    assert ("dormant.family" in told(adult)) == (reason == "death")


def test_a_dead_persons_card_that_waits_at_the_desk_is_given_up(made, adult, clerk, reviewer):
    from healthcard.services.desk import termination

    asked = termination.ask(clerk, request("termination", adult, reason="death"))
    judge(reviewer, asked.application.id)
    card = facts(made[0])
    assert (card.life, card.end_reason, card.place) == ("ended", "death", "recovered")


@pytest.fixture
def temporary(issued, adult, clerk, console, today):
    """A temporary card that is out while a new card is asked for; the formal one rests."""
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.workshop import cards
    from healthcard.storage.models import Application, Card, CardKind, Resident

    given = {"resident_id": adult, "sealed": b"-", "desk_id": clerk.organisation}
    main = Application.objects.create(number="1", kind="replacement", reason="damaged", card_id=issued[0], **given)
    mine = Application.objects.create(number="2", kind="temporary", parent=main, **given)
    with act(console, Permission.DESK_ACT, "test.life") as now:
        holder = Resident.objects.get(pk=adult)
        kind = CardKind.TEMPORARY
        card = cards.order(now, holder, today=today, last_day=date(2027, 1, 1), kind=kind, application=mine.pk).pk
        chip = {
            "product": "jia",
            "layout": "full",
            "application_plan": "p",
            "chip8": b"TEMP0001",
            "answer_to_reset": b"a",
        }
        Card.objects.filter(pk=card).update(**chip)
        now.event(card, "made")
        now.event(card, "arrived", place_org=console.organisation)
        now.event(issued[0], "suspended")
        now.event(card, "handed_over", place_org=None)
    return card


def test_a_temporary_card_that_is_out_ends_with_the_formal_one(temporary, issued, adult, clerk):
    from healthcard.services.desk import termination
    from healthcard.storage.models import Application

    termination.ask(clerk, request("return", adult, with_card=True))
    assert facts(issued[0]).life == "ended"
    card = facts(temporary)
    assert (card.life, card.end_reason, card.place, card.chip_end) == ("ended", "returned", "holder", "listed")
    assert set(Application.objects.filter(number__in=["1", "2"]).values_list("state", flat=True)) == {"lapsed"}
    assert "temporary.ended" in told(adult)


def test_a_person_without_a_card_has_none_to_end(adult, issuer, clerk):
    from healthcard.services.desk import termination
    from healthcard.services.errors import Invalid

    for kind in termination.KINDS:
        with pytest.raises(TransitionRefused) as refused:
            termination.ask(clerk, request(kind, adult, with_card=True))
        assert refused.value.rule == "card_to_end"
    with pytest.raises(Invalid):
        termination.ask(clerk, request("unlock", adult))


def test_whatever_else_was_asked_for_lapses_with_the_cards(issued, adult, clerk):
    from healthcard.services.desk import applications, loss, termination
    from healthcard.services.desk.applications import Request

    fields = {"phone": "15412345678", "loss_reason": "遗失"}
    report = Request(kind="loss", resident=adult, fields=fields, presented=("identity",), identity=FACE)
    ticket = loss.report(clerk, report)
    termination.ask(clerk, request("return", adult, with_card=True))
    assert applications.shown(clerk, ticket.application).row.state == "lapsed"


def test_a_terminated_card_comes_back_by_no_service(issued, adult, clerk, console):
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.desk import issue, loss, termination, unlock
    from healthcard.services.desk.applications import Request

    card, _ = issued
    termination.ask(clerk, request("return", adult, with_card=True))
    given = {"resident": adult, "presented": ("identity", "card"), "identity": FACE}
    wish = Request(kind="unlock", card=card, fields={"phone": "15412345678", "lock_reason": "忘记"}, **given)
    report = Request(kind="loss", fields={"phone": "15412345678", "loss_reason": "遗失"}, **given)
    release = Request(kind="unloss", card=card, fields={"phone": "15412345678", "unloss_reason": "找到"}, **given)
    for refused in (
        lambda: unlock.ask(clerk, wish),
        lambda: loss.report(clerk, report),
        lambda: loss.ask_release(clerk, release),
        lambda: issue.arrive(clerk, card),
        lambda: termination.ask(clerk, request("return", adult, with_card=True)),
    ):
        with pytest.raises(TransitionRefused):
            refused()
    for event in ("handed_over", "unlossed", "resumed", "unlocked", "app_unlocked", "terminated"):
        with pytest.raises(TransitionRefused), act(console, Permission.DESK_ACT, "test.back") as now:
            now.event(card, event)
    assert facts(card).life == "ended"
