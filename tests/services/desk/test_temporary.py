"""Temporary cards (第十二条第七项): made at the desk while a new card is made, as good as one until their day."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from datetime import date, timedelta

import pytest
from desk import FACE, FIELDS, collection, facts, request
from django.utils import timezone

from healthcard.card.host.rack import TearMoment
from healthcard.domain.lifecycle import TransitionRefused

numbers = itertools.count(1000)
FIELDS["temporary"] = {"phone": "15412345678", "temporary_reason": "住院"}


def visitor(*presented):
    from healthcard.services.desk.temporary import Visitor

    return Visitor(identity=FACE, presented=presented)


def state(application):
    from healthcard.storage.models import Application

    return Application.objects.values_list("state", flat=True).get(pk=application)


def status(actor, card):
    from healthcard.services.institutions import status

    row = facts(card)
    found = status.of(actor, status.Key(row.issuer_code, row.issue_serial)).reason
    facts(card)  # sees everybody again
    return found


def close_at_once(application):
    """As if the transaction that closed it ended here."""
    from django.db import connection, transaction

    from healthcard.storage.models import Application

    with transaction.atomic(), connection.cursor() as cursor:
        Application.objects.filter(pk=application).update(state="withdrawn", closed_at=timezone.now())
        cursor.execute("SET CONSTRAINTS leaves_no_stand_in IMMEDIATE")
        cursor.execute("SET CONSTRAINTS leaves_no_stand_in DEFERRED")


def withdraw_all(clerk, person):
    """Every application for a temporary card that is still open."""
    from healthcard.services.desk import applications

    for row in applications.of_resident(clerk, person):
        if (row.kind, row.state) == ("temporary", "accepted"):
            applications.withdraw(clerk, row.id)


def told(person):
    from healthcard.storage.models import Message

    return list(Message.objects.filter(resident=person).order_by("-pk").values_list("kind", flat=True))


@pytest.fixture
def chips(blank):
    """Blank chips, as many as a test puts into its reader."""
    with ExitStack() as stack:

        def take(product="jia"):
            number = next(numbers)
            return stack.enter_context(blank(product, f"blank{number}", number))

        yield take


@pytest.fixture
def first(adult, issuer, clerk):
    """An open application for a first card."""
    from healthcard.services.desk import issue

    return issue.ask(clerk, request("first_issue", adult)).id


@pytest.fixture
def damaged(issued, adult, clerk):
    """An open application to replace the damaged card its holder has."""
    from healthcard.storage.models import Application

    given = {"resident_id": adult, "sealed": b"-", "desk_id": clerk.organisation}
    return Application.objects.create(number="1", kind="replacement", reason="damaged", card_id=issued[0], **given).pk


@pytest.fixture
def lend(adult, clerk, shop, chips):
    """Ask for a temporary card, make it and hand it over: its application, its id, its chip."""
    from healthcard.services.desk import temporary
    from healthcard.storage.models import Card

    def make():
        asked = temporary.ask(clerk, request("temporary", adult)).id
        chip = chips()
        temporary.make(clerk, asked, chip, shop)
        card = temporary.hand_over(clerk, asked, chip, shop.keys, collection())
        assert Card.objects.get(pk=card).kind == "temporary"
        return asked, card, chip

    return make


def test_a_desk_makes_a_temporary_card_and_hands_it_over_in_one_act(first, adult, clerk, lend):
    from healthcard.services.acting import clock
    from healthcard.services.desk import temporary

    asked, card, _ = lend()
    row = facts(card)
    assert (row.life, row.place, row.layout, state(asked)) == ("issued", "holder", "full", "completed")
    assert (row.valid_until - clock()[1]).days == 60
    assert status(clerk, card) == "usable"
    assert told(adult)[0] == "temporary.issued"
    assert temporary.out(adult).pk == card
    assert [each.pk for each in temporary.to_move(first)] == [card]


def test_what_it_holds_at_first_is_kept_and_is_what_its_chip_holds(first, clerk, console, lend, shop):
    from healthcard.perso.upkeep import business
    from healthcard.services.workshop import business_records, upkeep

    _, card, chip = lend()
    kept = business_records.remembered(facts(card))
    there = upkeep.business_data(console, card, chip, shop.keys)
    assert kept.count > 10
    assert list(business.differences(kept, there)) == []
    assert list(business.differences(there, kept)) == []


def test_its_chip_says_temporary_and_until_when(first, lend, shop):
    from healthcard.card.host.address import city_factor
    from healthcard.card.host.ports import CardAddress
    from healthcard.card.host.reading import read_card
    from healthcard.card.host.session import CardSession
    from healthcard.card.wire import layout

    _, card, chip = lend()
    row = facts(card)
    address = CardAddress(chip=bytes(row.chip8), city=city_factor(row.city), version=row.key_version)
    session = CardSession(chip, layout.load("full"), shop.keys, address)
    content = read_card(session, session.reset())
    assert (content.field(1).text, content.field(7).text) == ("2", f"{row.valid_until:%Y%m%d}")
    assert content.field(10).text == row.issue_serial


def test_the_old_card_rests_while_the_temporary_one_is_in_force(issued, damaged, adult, clerk, lend):
    _, card, _ = lend()
    assert (status(clerk, issued[0]), status(clerk, card)) == ("suspended", "usable")
    assert "card.suspended" in told(adult)


def test_one_that_comes_back_puts_the_old_card_in_force_again(issued, damaged, adult, clerk, lend):
    from healthcard.services.desk import temporary

    _, card, _ = lend()
    with pytest.raises(TransitionRefused) as refused:
        temporary.give_back(clerk, adult, visitor())
    assert refused.value.rule == "documents_presented"
    ended = temporary.give_back(clerk, adult, visitor("temporary_card"))
    assert (ended.card, ended.resumed) == (card, issued[0])
    row = facts(card)
    assert (row.life, row.end_reason, row.place, row.chip_end) == ("ended", "returned", "recovered", "none")
    assert (status(clerk, issued[0]), status(clerk, card)) == ("usable", "ended")
    assert {"temporary.ended", "chip.received", "card.resumed"} <= set(told(adult))


def test_a_rejected_report_lifts_the_freeze_of_a_card_that_rests_on_until_the_temporary_one_is_back(
    issued, damaged, adult, clerk, judge, lend
):
    from healthcard.services.desk import loss, temporary

    _, card, _ = lend()
    ticket = loss.report(clerk, request("loss", adult))
    assert (status(clerk, issued[0]), status(clerk, card)) == ("lost", "lost")
    assert judge(ticket.application, approved=False) == "rejected"
    assert (status(clerk, issued[0]), status(clerk, card)) == ("suspended", "usable")
    assert told(adult)[0] == "loss.rejected"
    assert temporary.give_back(clerk, adult, visitor("temporary_card")).resumed == issued[0]
    assert status(clerk, issued[0]) == "usable"


def test_the_chip_of_one_that_came_back_is_kept_until_its_data_were_moved(issued, damaged, adult, clerk, lend, shop):
    from healthcard.perso.upkeep.results import Finished
    from healthcard.services.desk import applications, recovery, temporary

    _, card, chip = lend()
    temporary.give_back(clerk, adult, visitor("temporary_card"))
    for keep in (
        lambda: recovery.propose_destruction(clerk, [card]),
        lambda: recovery.lock_chip(clerk, card, chip, shop.keys),
    ):
        with pytest.raises(TransitionRefused) as refused:
            keep()
        assert refused.value.rule == "data_to_move"
    applications.withdraw(clerk, damaged)
    assert isinstance(recovery.lock_chip(clerk, card, chip, shop.keys), Finished)
    recovery.propose_destruction(clerk, [card])


def test_one_that_is_lost_ends_for_ever_and_another_may_be_asked_for(first, adult, clerk, lend):
    from healthcard.services.desk import temporary

    _, card, _ = lend()
    with pytest.raises(TransitionRefused) as refused:
        temporary.ask(clerk, request("temporary", adult))
    assert refused.value.rule == "one_temporary"
    ended = temporary.report_lost(clerk, adult, visitor("identity"))
    assert (ended.resumed, ended.fee_fen) == (None, 0)
    row = facts(card)
    assert (row.life, row.end_reason, row.place, row.chip_end) == ("ended", "lost", "lost", "listed")
    _, other, _ = lend()
    assert [each.pk for each in temporary.to_move(first)] == [card, other]


def test_a_lost_old_card_stays_lost_when_the_temporary_one_comes_back(issued, damaged, adult, clerk, lend):
    from healthcard.services.desk import loss, temporary

    loss.report(clerk, request("loss", adult))
    lend()
    temporary.give_back(clerk, adult, visitor("temporary_card"))
    row = facts(issued[0])
    assert (row.loss, row.suspended, status(clerk, issued[0])) == ("written", False, "lost")
    assert "card.resumed" not in told(adult)


@pytest.fixture
def standing(first, adult, console, today):
    """A temporary card that is in force by its events alone, with a chip on paper; its last day as given."""
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.workshop import cards
    from healthcard.storage.models import Application, Card, CardKind, Resident

    chip = {"product": "jia", "layout": "full", "application_plan": "p", "answer_to_reset": b"a"}

    def make(last_day, parent=first):
        given = {"resident_id": adult, "sealed": b"-", "desk_id": console.organisation}
        mine = Application.objects.create(number=f"T{next(numbers)}", kind="temporary", parent_id=parent, **given)
        with act(console, Permission.DESK_ACT, "test.life", application=mine.pk) as now:
            holder, days = Resident.objects.get(pk=adult), {"today": date(2026, 2, 1), "last_day": last_day}
            card = cards.order(now, holder, kind=CardKind.TEMPORARY, application=mine.pk, **days).pk
            Card.objects.filter(pk=card).update(chip8=card.to_bytes(8, "big"), **chip)
            now.event(card, "made")
            now.event(card, "arrived", place_org=console.organisation)
            now.event(card, "handed_over", place_org=None)
        return card

    return make


@pytest.mark.parametrize("days", [0, 1])
def test_it_ends_by_itself_when_its_last_day_has_passed(standing, adult, clerk, days):
    from healthcard.services import scope
    from healthcard.services.acting import clock
    from healthcard.services.clock import rounds

    card = standing(clock()[1] - timedelta(days=days))
    assert status(clerk, card) == ("expired" if days else "usable")
    assert rounds.end_temporary_cards() == days
    row = facts(card)
    assert (row.life, row.end_reason) == (("ended", "expired") if days else ("issued", ""))
    assert ("temporary.ended" in told(adult)) == bool(days)
    scope.limit(scope.EVERYBODY)
    assert rounds.end_temporary_cards() == 0


def test_there_are_no_more_of_them_one_after_the_other_than_the_issuer_allows(standing, adult, clerk, decided):
    from healthcard.services import scope
    from healthcard.services.acting import clock
    from healthcard.services.clock import rounds
    from healthcard.services.desk import temporary

    decided({"temporary.extensions": 1})
    yesterday = clock()[1] - timedelta(days=1)
    for _ in range(2):
        temporary.ask(clerk, request("temporary", adult))
        scope.limit(scope.EVERYBODY)
        standing(yesterday)
        assert rounds.end_temporary_cards() == 1
        withdraw_all(clerk, adult)
    with pytest.raises(TransitionRefused) as refused:
        temporary.ask(clerk, request("temporary", adult))
    assert refused.value.rule == "temporary_extended"


@pytest.mark.parametrize("moment", list(TearMoment))
@pytest.mark.parametrize("product", ["jia", "yi", "bing"])
def test_a_making_that_was_interrupted_goes_on_when_it_is_asked_for_again(
    first, adult, clerk, shop, chips, product, moment
):
    from healthcard.perso.results import Finished, Held
    from healthcard.services.desk import temporary

    asked = temporary.ask(clerk, request("temporary", adult)).id
    chip = chips(product)
    chip.arm(30, moment)
    assert isinstance(temporary.make(clerk, asked, chip, shop), Held)
    assert isinstance(temporary.make(clerk, asked, chip, shop), Finished)
    card = temporary.hand_over(clerk, asked, chip, shop.keys, collection())
    assert (facts(card).life, facts(card).product) == ("issued", product)


def test_who_asks_for_no_new_card_gets_no_temporary_one(adult, issuer, clerk):
    from healthcard.services.desk import temporary

    with pytest.raises(TransitionRefused) as refused:
        temporary.ask(clerk, request("temporary", adult))
    assert refused.value.rule == "new_card_asked"


@pytest.mark.parametrize("role", ["reviewer", "auditor", "maker"])
def test_only_a_desk_makes_temporary_cards(first, adult, clerk, as_role, shop, role):
    from healthcard.domain.permissions import NotAllowed
    from healthcard.services.desk import temporary

    asked = temporary.ask(clerk, request("temporary", adult)).id
    with pytest.raises(NotAllowed):
        temporary.make(as_role(role), asked, None, shop)


def test_the_issuer_may_want_a_second_person_to_look_at_it_first(first, adult, clerk, judge, shop, chips, decided):
    from healthcard.services.desk import temporary

    decided({"review.temporary": "second_person", "codes.card_kind_temporary": "6", "temporary.days": 30})
    asked = temporary.ask(clerk, request("temporary", adult)).id
    chip = chips()
    with pytest.raises(TransitionRefused) as refused:
        temporary.make(clerk, asked, chip, shop)
    assert refused.value.rule == "application_approved"
    judge(asked)
    temporary.make(clerk, asked, chip, shop)
    temporary.hand_over(clerk, asked, chip, shop.keys, collection())


@pytest.fixture
def decided(issuer, province):
    """What the issuer decided from today on."""
    from healthcard.services.acting import clock
    from healthcard.storage.models import ParameterSet

    def decide(values):
        day = clock()[1]
        ParameterSet.objects.create(
            issuer=province, version=1, values=values, valid_from=day, approved_at=timezone.now()
        )

    return decide


def test_an_application_for_a_new_card_is_not_withdrawn_while_its_temporary_card_is_out(first, adult, clerk, lend):
    from healthcard.services.desk import applications, temporary

    lend()
    with pytest.raises(TransitionRefused) as refused:
        applications.withdraw(clerk, first)
    assert refused.value.rule == "temporary_returned"
    temporary.give_back(clerk, adult, visitor("temporary_card"))
    applications.withdraw(clerk, first)
    assert state(first) == "withdrawn"
    assert "temporary.not_moved" in told(adult), "what was written on it is on no other card"


def test_a_rejected_application_ends_its_temporary_card(first, adult, clerk, lend, judge):
    _, card, _ = lend()
    assert judge(first, approved=False) == "rejected"
    row = facts(card)
    assert (row.life, row.end_reason, row.place, row.chip_end) == ("ended", "withdrawn", "holder", "listed")
    assert {"temporary.ended", "card.listed", "application.rejected"} <= set(told(adult))


def test_a_temporary_card_that_nobody_had_ends_with_its_application(first, adult, clerk, shop, chips):
    from healthcard.services.desk import applications, temporary
    from healthcard.storage.models import Recovery

    asked = temporary.ask(clerk, request("temporary", adult)).id
    temporary.make(clerk, asked, chips(), shop)
    card = temporary._made(asked)
    applications.withdraw(clerk, first)
    assert (state(asked), facts(card).life, facts(card).end_reason) == ("lapsed", "ended", "withdrawn")
    assert Recovery.objects.filter(card=card).exists()


def test_the_database_keeps_one_temporary_card_and_only_while_a_new_one_is_asked_for(standing, first, adult, clerk):
    from django.db import DatabaseError

    from healthcard.services.desk import temporary
    from healthcard.services.errors import Conflict

    later = date(2099, 1, 1)
    card = standing(later)
    with pytest.raises(Conflict):
        standing(later)
    with pytest.raises(DatabaseError, match="still out"):
        close_at_once(first)
    temporary.report_lost(clerk, adult, visitor("identity"))
    close_at_once(first)
    with pytest.raises(Conflict, match="no application for a new card is open"):
        standing(later)
    assert facts(card).life == "ended"


def test_a_station_makes_one_and_hands_it_over_by_the_acts_of_the_line(first, adult, clerk, shop, chips):
    from contextlib import nullcontext

    from healthcard.services.desk import temporary
    from healthcard.services.line.acts import ACTS
    from healthcard.services.line.calls import Call

    asked = temporary.ask(clerk, request("temporary", adult)).id
    collected = {"identity": FACE, "presented": ["identity"], "text_version": "1", "signer": "持卡人"}
    arguments = {"application": asked, **collected}
    call = Call(actor=clerk, arguments=arguments, reader=chips(), pad=None, shop=lambda: nullcontext(shop))
    assert ACTS["make temporary"](call)["outcome"] == "finished"
    told = ACTS["hand over temporary"](call)
    assert (told["outcome"], facts(told["card"]).life) == ("finished", "issued")


def test_a_new_card_that_nobody_collects_takes_the_temporary_one_with_it(arrived, adult, clerk, lend):
    from healthcard.services.desk import issue

    application, formal, _ = arrived
    asked, card, _ = lend()
    issue.give_up(clerk, application, "undeliverable")
    assert (facts(formal).end_reason, facts(card).end_reason) == ("undeliverable", "withdrawn")
    assert (state(application), state(asked)) == ("lapsed", "completed")


def test_what_is_charged_for_a_lost_one_is_told(first, adult, clerk, lend, decided):
    from healthcard.services.desk import temporary

    decided({"fee.temporary_lost": 2000})
    lend()
    assert temporary.report_lost(clerk, adult, visitor("identity")).fee_fen == 2000


def test_a_card_that_differs_from_its_order_is_handed_to_nobody(first, adult, clerk, shop, chips):
    from healthcard.services.desk import temporary
    from healthcard.services.people import corrections

    asked = temporary.ask(clerk, request("temporary", adult)).id
    chip = chips()
    temporary.make(clerk, asked, chip, shop)
    corrections.set_photo(clerk, adult, b"\xff\xd8\xff" + bytes(40) + b"\xff\xd9")
    with pytest.raises(TransitionRefused) as refused:
        temporary.hand_over(clerk, asked, chip, shop.keys, collection())
    assert refused.value.rule == "card_equals_order"
    with pytest.raises(TransitionRefused) as refused:
        temporary.hand_over(clerk, asked, chips(), shop.keys, collection())
    assert refused.value.rule == "card_in_reader"
    assert state(asked) == "accepted"


def test_a_chip_that_was_lent_is_never_lent_again(first, adult, clerk, shop, lend):
    from healthcard.services.desk import temporary
    from healthcard.services.errors import Conflict

    _, _, chip = lend()
    temporary.give_back(clerk, adult, visitor("temporary_card"))
    again = temporary.ask(clerk, request("temporary", adult)).id
    with pytest.raises(Conflict, match="put a blank chip in"):
        temporary.make(clerk, again, chip, shop)
