"""Replacement (第十二条第六项): the old card and all its business data, the new one, and never both in use."""

from __future__ import annotations

from datetime import date

import pytest
from desk import facts, request
from renewal import Desk, alert, visit, wish, write

from healthcard.card.host.rack import TearMoment
from healthcard.domain.lifecycle import TransitionRefused

ALERT = alert(3, b"\x2b\x01\x01")
VISITS = (visit("ED01", b"out one"), visit("ED02", b"out two"), visit("EE01", bytes(range(200))))
BACK = ("identity", "card")


@pytest.fixture
def desk(clerk, console, judge, shop, blank):
    office = Desk(clerk=clerk, console=console, judge=judge, shop=shop, blank=blank)
    yield office
    office.close()


def state(application):
    from healthcard.storage.models import Application

    return Application.objects.values_list("state", flat=True).get(pk=application)


def told(person):
    from healthcard.storage.models import Message

    return list(Message.objects.filter(resident=person).order_by("pk").values_list("kind", flat=True))


def refused(rule, act, *args, **rest):
    with pytest.raises(TransitionRefused) as error:
        act(*args, **rest)
    assert error.value.rule == rule
    return error.value


def test_a_damaged_card_is_replaced_with_all_its_business_data_byte_for_byte(issued, adult, desk):
    from healthcard.perso.upkeep import business
    from healthcard.services.desk import applications

    old, chip = issued
    write(desk.console, old, chip, desk.shop, ALERT, *VISITS)
    before = desk.data(old, chip)
    application, new, blank = desk.waiting(adult, "damaged")
    assert (facts(old).life, facts(old).loss, facts(new).life) == ("issued", "none", "made")
    assert desk.read(application, chip).sources[0].items == before.count
    receipt = desk.move(application, blank).receipt
    after = desk.data(new, blank)
    assert list(business.differences(before, after)) == []
    assert (receipt.complete, receipt.items) == (True, before.count)
    assert {row.path: row.count for row in receipt.sources[0].moved}["DF03/ED"] == 2
    done = desk.hand_over(application, blank, presented=BACK)
    assert [each.card for each in done.receipts] == [old]
    assert (facts(old).life, facts(old).end_reason, facts(old).place) == ("ended", "replaced", "recovered")
    assert (facts(new).life, facts(new).place) == ("issued", "holder")
    assert applications.shown(desk.clerk, application).row.state == "completed"
    assert {"replacement.moved", "replacement.done", "card.handed_over", "chip.received"} <= set(told(adult))


def test_the_receipt_counts_and_hashes_what_moved_and_nothing_sealed_stays(issued, adult, desk):
    from healthcard.perso.digest import sm3
    from healthcard.storage.models import Transfer

    old, chip = issued
    write(desk.console, old, chip, desk.shop, *VISITS)
    application, new, blank = desk.waiting(adult, "damaged")
    desk.read(application, chip)
    assert Transfer.objects.get().sealed is not None
    source = desk.move(application, blank).receipt.sources[0]
    row = Transfer.objects.get(old_card=old, new_card=new)
    entries = desk.data(new, blank).entries
    assert source.digest == sm3(*sorted(each.digest for each in entries)).hex()
    assert (row.items, bytes(row.digest), row.sealed) == (row.written_items, bytes(row.written_digest), None)
    assert sum(each.count for each in source.moved) == source.items == len(entries)
    assert source.left == ()


def test_a_lost_card_is_frozen_in_the_act_that_takes_the_wish(issued, adult, desk, judge):
    from healthcard.services.desk import applications, replacement

    old, _ = issued
    asked = replacement.ask(desk.clerk, wish(adult, "lost"))
    assert asked.frozen_at == asked.application.accepted_at
    assert (facts(old).loss, facts(old).place) == ("written", "lost")
    assert told(adult)[-1] == "replacement.frozen"
    applications.withdraw(desk.clerk, asked.application.id)
    assert facts(old).loss == "written"


def test_a_card_that_was_reported_lost_before_stays_frozen_by_its_report(issued, adult, desk):
    from healthcard.services.desk import loss, replacement

    old, _ = issued
    ticket = loss.report(desk.clerk, request("loss", adult))
    asked = replacement.ask(desk.clerk, wish(adult, "lost"))
    assert (asked.frozen_at, facts(old).loss) == (None, "written")
    assert ticket.number != asked.application.number
    assert told(adult).count("loss.accepted") == 1
    assert "replacement.frozen" not in told(adult)


def test_what_the_record_corrected_is_on_the_new_card_and_the_rest_of_the_old_one_as_it_stands(issued, adult, desk):
    from dataclasses import replace

    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.people import record_changes, residents

    old, chip = issued
    write(desk.console, old, chip, desk.shop, alert(3, b"\x2b\x01\x01"), visit("ED01", b"seen"))
    other = "3" if residents.opened(adult).abo != "3" else "4"
    with act(desk.console, Permission.RESIDENT_CORRECT, "test.correct", resident=adult) as now:
        record_changes.change(now, adult, lambda person: replace(person, abo=other), reason="更正")
    application, new, blank = desk.waiting(adult, "changed")
    desk.read(application, chip)
    was = {each.number: each.data for each in desk.data(old, chip).of("DF02/EF05")}
    made = {each.number: each.data for each in desk.data(new, blank).of("DF02/EF05")}
    (source,) = desk.move(application, blank).receipt.sources
    there = {each.number: each.data for each in desk.data(new, blank).of("DF02/EF05")}
    assert (was[1] != made[1], there) == (True, was | {1: made[1]})
    assert there[3] == b"\x2b\x01\x01"
    assert [(row.path, row.count, row.reason, row.items) for row in source.left] == [
        ("DF02/EF05", 1, "corrected", (41,))
    ]
    assert "replacement.not_transferable" not in told(adult)
    desk.hand_over(application, blank, presented=("identity", "card"))
    assert facts(new).life == "issued"


def test_a_waiting_card_that_ends_again_after_a_restore_keeps_nothing_that_was_read_for_it(
    issued, adult, desk, monkeypatch
):
    from types import SimpleNamespace

    from healthcard.services.trail import restoring
    from healthcard.storage.models import Transfer

    old, chip = issued
    application, new, _ = desk.waiting(adult, "damaged")
    desk.read(application, chip)
    row = facts(new)
    serial = row.issuer_code + row.issue_serial
    monkeypatch.setattr(restoring.anchoring, "book", lambda keys: SimpleNamespace(ended={serial}))
    monkeypatch.setattr(restoring, "_behind", lambda book: True)
    assert restoring.reapply() == (row.issue_serial,)
    assert (facts(new).end_reason, facts(old).life) == ("restored", "issued")
    assert list(Transfer.objects.filter(new_card=new).values_list("sealed", flat=True)) == [None]


@pytest.mark.parametrize(
    ("reason", "fee", "free_days", "charged"),
    [
        ("damaged", "", 365, 1500),
        ("damaged", "quality", 365, 0),
        ("damaged", "quality", 0, 700),
        ("other", "upgrade", 0, 3),
    ],
)
def test_a_card_at_fault_itself_is_replaced_free_for_a_while(
    issued, province, adult, desk, today, reason, fee, free_days, charged
):
    from healthcard.services.desk import replacement
    from healthcard.storage.models import ParameterSet

    values = {"fee.damaged": 1500, "fee.quality": 700, "fee.quality_free_days": free_days, "fee.upgrade": 3}
    given = {"values": values, "valid_from": date(2026, 1, 1), "approved_at": "2026-01-01T00:00Z"}
    ParameterSet.objects.create(issuer=province, version=1, **given)
    assert replacement.ask(desk.clerk, wish(adult, reason, fee=fee)).application.fee_fen == charged


def test_a_fee_is_chosen_only_where_it_is_one(issued, adult, desk):
    from healthcard.services.desk import replacement
    from healthcard.services.errors import Invalid

    for reason, fee in (("lost", "quality"), ("changed", "quality"), ("damaged", "upgrade"), ("damaged", "nothing")):
        with pytest.raises(Invalid, match="not one of such"):
            replacement.ask(desk.clerk, wish(adult, reason, fee=fee))


def test_a_card_whose_applications_are_locked_is_not_replaced_past_its_supervisor(issued, adult, desk):
    from healthcard.services.desk import locks

    card, _ = issued
    application = desk.asked(adult, "damaged")
    desk.judge(application)
    new, blank = desk.made(application)
    desk.declare(application, card)
    locks.carry_out(desk.clerk, locks.order(desk.console, card, "lock", "疑似转借"))
    refused("not_supervised", desk.hand_over, application, blank, presented=("identity", "card"))
    assert (facts(card).life, facts(new).life) == ("issued", "made")
    desk.give_up(application, "withdrawn")
    refused("not_supervised", desk.asked, adult, "damaged")


def test_the_fee_of_a_replacement_is_paid_before_its_card_is_handed_over(issued, adult, desk):
    from healthcard.services.desk import applications
    from healthcard.storage.models import Application

    old, _ = issued
    application = desk.asked(adult, "lost", waiver="")
    Application.objects.filter(pk=application).update(fee_fen=2000)
    desk.judge(application)
    new, blank = desk.made(application)
    desk.declare(application, old)
    refused("fee_paid", desk.hand_over, application, blank)
    assert (facts(old).life, facts(new).life) == ("issued", "made")
    applications.pay(desk.clerk, application, "SJ-1")
    desk.hand_over(application, blank)
    assert (facts(old).life, facts(new).life) == ("ended", "issued")


def test_a_rejected_wish_for_a_lost_card_leaves_it_frozen(issued, adult, desk):
    old, _ = issued
    application = desk.asked(adult, "lost")
    assert desk.judge(application, approved=False) == "rejected"
    assert facts(old).loss == "written"


def test_what_was_reported_lost_by_word_is_frozen_for_good_by_the_wish(issued, adult, desk):
    from healthcard.services.desk import loss

    old, _ = issued
    loss.report_oral(desk.clerk, adult, channel="phone", identity="questions")
    refused("not_under_loss", desk.asked, adult, "damaged")
    desk.asked(adult, "lost")
    assert (facts(old).loss, facts(old).loss_until) == ("written", None)


def test_a_lost_card_is_replaced_and_its_holder_told_what_its_chip_alone_held(issued, adult, desk):
    old, _ = issued
    application, new, blank = desk.waiting(adult, "lost")
    refused("list_closed", desk.hand_over, application, blank)
    receipt = desk.declare(application, old, "丢失")
    assert receipt.complete
    assert {(row.path, row.count, row.reason) for row in receipt.sources[0].left} >= {("DF03/ED", None, "lost")}
    assert told(adult)[-1] == "replacement.not_transferable"
    assert desk.hand_over(application, blank).receipts == ()
    assert (facts(old).end_reason, facts(old).place, facts(old).chip_end) == ("replaced", "lost", "listed")
    assert facts(new).life == "issued"


def test_a_lost_card_that_is_found_comes_back_at_the_hand_over(issued, adult, desk):
    old, chip = issued
    write(desk.console, old, chip, desk.shop, *VISITS)
    application, new, blank = desk.waiting(adult, "lost")
    desk.read(application, chip)
    desk.move(application, blank)
    assert [each.card for each in desk.hand_over(application, blank, presented=BACK).receipts] == [old]
    assert (facts(old).place, facts(new).life) == ("recovered", "issued")


def test_once_the_new_card_is_being_made_the_loss_is_not_lifted(issued, adult, desk):
    from healthcard.services.desk import applications, issue, loss

    old, _ = issued
    application = desk.asked(adult, "lost")
    desk.judge(application)
    ask = request("unloss", adult, card=old, presented=("identity", "card"))
    refused("ticket_or_documents", loss.ask_release, desk.clerk, ask, ticket="another")
    number = applications.shown(desk.clerk, application).row.number
    taken = loss.ask_release(desk.clerk, ask, ticket=number)
    applications.withdraw(desk.clerk, taken.id)
    issue.order(desk.clerk, application)
    refused("no_replacement", loss.ask_release, desk.clerk, ask, ticket=number)


def test_there_is_one_open_wish_and_a_card_to_replace(issued, people, adult, desk):
    desk.asked(adult, "damaged")
    refused("none_open", desk.asked, adult, "changed")
    other = next(each for each in people if each != adult)
    refused("card_to_replace", desk.asked, other, "damaged")


def test_changed_data_are_named_row_by_row(issued, adult, desk):
    from dataclasses import replace

    from healthcard.domain.forms import FormRefused
    from healthcard.services.desk import applications, replacement

    bare = wish(adult, "changed")
    with pytest.raises(FormRefused) as error:
        replacement.ask(desk.clerk, replace(bare, fields={"phone": "15412345678", "reason": "3"}))
    assert [each.field for each in error.value.problems] == ["changes"]
    asked = desk.asked(adult, "changed")
    fields = applications.shown(desk.clerk, asked).fields
    assert [row["item"] for row in fields["changes"]] == ["联系电话"]
    assert fields["old_card"].endswith(facts(issued[0]).issue_serial)


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"presented": ("identity",)}, "old_card_returned"),
        ({"presented": BACK, "signer": ""}, "duties_signed"),
        ({"presented": BACK, "identity": ""}, "identity_checked"),
        ({"presented": ("card",)}, "documents_presented"),
    ],
)
def test_a_new_card_is_not_handed_over_without_what_the_act_wants(issued, adult, desk, wrong, rule):
    old, chip = issued
    application, new, blank = desk.waiting(adult, "damaged")
    desk.read(application, chip)
    desk.move(application, blank)
    refused(rule, desk.hand_over, application, blank, **wrong)
    assert (facts(old).life, facts(new).life, state(application)) == ("issued", "made", "arrived")


def test_a_new_card_is_not_handed_over_before_all_data_are_on_it(issued, adult, desk):
    old, chip = issued
    application, _, blank = desk.waiting(adult, "damaged")
    refused("list_closed", desk.move, application, blank)
    desk.read(application, chip)
    missing = refused("list_closed", desk.hand_over, application, blank, presented=BACK)
    assert missing.facts["missing"] == [facts(old).issue_serial]
    assert facts(old).life == "issued"


def test_what_was_read_on_another_day_is_read_anew(issued, adult, desk):
    from datetime import timedelta

    from django.db.models import F

    from healthcard.storage.models import Transfer

    old, chip = issued
    application, new, blank = desk.waiting(adult, "damaged")
    desk.read(application, chip)
    desk.move(application, blank)
    Transfer.objects.update(opened_at=F("opened_at") - timedelta(days=1))
    write(desk.console, old, chip, desk.shop, *VISITS)
    refused("list_closed", desk.hand_over, application, blank, presented=BACK)
    desk.read(application, chip)
    desk.move(application, blank)
    assert {each.path for each in desk.data(new, blank).entries} >= {"DF03/ED01", "DF03/ED02", "DF03/EE01"}
    desk.hand_over(application, blank, presented=BACK)
    assert facts(old).life == "ended"


def test_another_chip_is_neither_read_nor_written_nor_handed_over(issued, adult, desk, blank):
    from healthcard.perso.upkeep.results import RefusedChip

    old, chip = issued
    application, new, fresh = desk.waiting(adult, "damaged")
    refused("card_in_reader", desk.read, application, fresh)
    desk.read(application, chip)
    assert isinstance(desk.move(application, chip).result, RefusedChip)
    desk.move(application, fresh)
    refused("card_in_reader", desk.hand_over, application, chip, presented=BACK)
    assert (facts(old).life, facts(new).life) == ("issued", "made")


@pytest.mark.parametrize("moment", list(TearMoment))
def test_a_move_that_broke_off_goes_on_when_the_card_is_back(issued, adult, desk, moment):
    from healthcard.perso.upkeep import business
    from healthcard.perso.upkeep.results import Held
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import upkeep

    old, chip = issued
    write(desk.console, old, chip, desk.shop, ALERT, *VISITS)
    application, new, blank = desk.waiting(adult, "damaged", product="yi")
    desk.read(application, chip)
    blank.arm(40, moment)
    held = desk.move(application, blank)
    assert isinstance(held.result, Held)
    assert (held.receipt, upkeep.open_job(new).application) == (None, application)
    with pytest.raises(Conflict, match="settle that first"):
        desk.read(application, chip)
    moved = desk.move(application, blank)
    assert (moved.result.resumed, moved.receipt.complete) == (True, True)
    assert list(business.differences(desk.data(old, chip), desk.data(new, blank))) == []
    desk.hand_over(application, blank, presented=BACK)
    assert facts(new).life == "issued"


def test_a_smaller_card_leaves_records_and_says_so(issued, adult, desk):
    old, chip = issued
    write(desk.console, old, chip, desk.shop, ALERT, *VISITS)
    application, new, blank = desk.waiting(adult, "damaged", product="bing")
    desk.read(application, chip)
    source = desk.move(application, blank).receipt.sources[0]
    left = {row.path: (row.count, row.reason) for row in source.left}
    assert left["DF03/ED"] == (2, "no_place")
    assert left["DF03/EE"] == (1, "no_place")
    assert 0 < source.items <= desk.data(new, blank).count
    assert desk.data(old, chip).count == source.items + sum(row.count for row in source.left)
    assert told(adult)[-1] == "replacement.not_transferable"
    desk.hand_over(application, blank, presented=BACK)


def test_a_chip_no_reader_reads_is_declared_and_one_that_was_read_is_not(issued, adult, desk):
    from healthcard.services.errors import Conflict, Invalid, NotFound

    old, chip = issued
    application, new, _ = desk.waiting(adult, "damaged")
    for wrong in (" ", "电话 15412345678"):
        with pytest.raises(Invalid):
            desk.declare(application, old, wrong)
    with pytest.raises(NotFound):
        desk.declare(application, new)
    assert desk.declare(application, old).sources[0].left[0].reason == "unreadable"
    desk.read(application, chip)
    with pytest.raises(Conflict, match="was read"):
        desk.declare(application, old)


def test_registrations_go_to_the_new_card_and_institutions_are_told(issued, adult, desk, province):
    from healthcard.services.desk import transfer
    from healthcard.storage.models import Access, Organisation, Registration, TransferNotice

    old, _ = issued
    place = Organisation.objects.create(
        code="H1", name="测试医院", kind="institution", parent=province, division="990100"
    )
    kept = {"organisation": place, "business": "门诊", "items": 3, "digest": b"d" * 32}
    Registration.objects.create(resident_id=adult, card_id=old, **kept)
    Access.objects.create(resident_id=adult, organisation=place, purpose="treatment", what="number")
    application, new, blank = desk.waiting(adult, "lost")
    desk.declare(application, old)
    desk.hand_over(application, blank)
    assert Registration.objects.get().card_id == new
    notice = TransferNotice.objects.get()
    assert (notice.transfer.old_card_id, notice.transfer.new_card_id, notice.items) == (old, new, 3)
    records = {each.kind: each for each in transfer.receipt(desk.clerk, application).records}
    assert {kind: (each.count, each.confirmed) for kind, each in records.items()} == {
        "registration": (1, 0),
        "application": (0, 0),
        "access": (1, 0),
    }


def test_a_defective_new_card_is_given_up_and_another_is_made_for_the_same_wish(issued, adult, desk):
    from healthcard.services.desk import issue

    old, chip = issued
    application, bad, _ = desk.waiting(adult, "damaged")
    desk.read(application, chip)
    issue.give_up(desk.clerk, application, "defective")
    assert (facts(bad).life, facts(bad).end_reason, state(application)) == ("ended", "defective", "approved")
    new, fresh = desk.made(application)
    refused("list_closed", desk.move, application, fresh)
    desk.read(application, chip)
    desk.move(application, fresh)
    desk.hand_over(application, fresh, presented=BACK)
    assert (facts(old).life, facts(new).life) == ("ended", "issued")


def test_the_returned_chip_is_locked_for_ever_afterwards(issued, adult, desk):
    from healthcard.services.desk import recovery

    old, chip = issued
    application, _, blank = desk.waiting(adult, "damaged")
    desk.read(application, chip)
    desk.move(application, blank)
    desk.hand_over(application, blank, presented=BACK)
    recovery.lock_chip(desk.clerk, old, chip, desk.shop.keys)
    assert (facts(old).chip_end, facts(old).app_lock) == ("locked", "permanent")


def test_a_replaced_card_is_replaced_no_second_time(issued, adult, desk):
    from healthcard.services.desk import issue
    from healthcard.services.errors import Conflict

    old, _ = issued
    application, new, blank = desk.waiting(adult, "lost")
    desk.declare(application, old)
    desk.hand_over(application, blank)
    with pytest.raises(Conflict):
        desk.hand_over(application, blank)
    with pytest.raises(TransitionRefused):
        issue.order(desk.clerk, application)
    assert facts(new).life == "issued"
