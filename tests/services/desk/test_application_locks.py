"""A card's applications locked under supervision: ordered by one person, carried out by another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from desk import facts, request

from healthcard.domain.lifecycle import TransitionRefused

WHY = "疑似转借，待核实"


@pytest.fixture
def ordered(supervisor):
    """Order a card to be locked or released; the order's id."""
    from healthcard.services.desk import locks

    return lambda card, wish="lock": locks.order(supervisor, card, wish, WHY)


@pytest.fixture
def on_chip(clerk, shop):
    """Carry an order out on the chip, as the clerk."""
    from healthcard.services.desk import locks

    return lambda order, chip, by=clerk: locks.carry_out_on_chip(by, order, chip, shop.keys)


@pytest.fixture
def looked(console, shop):
    """What the applications on a chip say of themselves."""
    from healthcard.services.workshop import upkeep

    return lambda chip: set(upkeep.look(console, chip, shop.keys).locks.values())


def status(card):
    from healthcard.services.workshop import card_history

    def asked(actor):
        told = card_history.state(actor, card)
        return told.usable, told.reason

    return asked


def told(card):
    from healthcard.storage.models import Card, Message

    holder = Card.objects.values_list("resident", flat=True).get(pk=card)
    return list(Message.objects.filter(resident=holder).order_by("pk").values_list("kind", "facts"))


def refused(rule, act, *args):
    with pytest.raises(TransitionRefused) as found:
        act(*args)
    assert found.value.rule == rule


def test_a_lock_is_carried_out_on_the_chip_and_then_in_the_record_and_released_alike(
    issued, clerk, console, ordered, on_chip, looked
):
    card, chip = issued
    order = ordered(card)
    assert (facts(card).app_lock, looked(chip)) == ("none", {"none"})
    assert type(on_chip(order, chip)).__name__ == "Finished"
    assert (facts(card).app_lock, looked(chip)) == ("temporary", {"temporary"})
    assert status(card)(console) == (False, "locked")
    assert told(card)[-1] == ("card.applications_locked", {"reason": WHY})
    on_chip(ordered(card, "release"), chip)
    assert (facts(card).app_lock, looked(chip)) == ("none", {"none"})
    assert status(card)(console) == (True, "usable")
    assert told(card)[-1][0] == "card.applications_unlocked"


def test_who_ordered_a_lock_does_not_carry_it_out(issued, supervisor, ordered, on_chip, looked):
    from healthcard.services.desk import locks

    card, chip = issued
    order = ordered(card)
    refused("two_people", locks.carry_out, supervisor, order)
    refused("two_people", on_chip, order, chip, supervisor)
    assert (facts(card).app_lock, looked(chip)) == ("none", {"none"})


def test_a_clerk_orders_no_lock_and_nobody_one_of_his_own_card(issued, clerk, supervisor):
    from healthcard.domain.permissions import NotAllowed
    from healthcard.services.desk import locks
    from healthcard.storage.models import Account, Card, Resident

    card, _ = issued
    with pytest.raises(NotAllowed):
        locks.order(clerk, card, "lock", WHY)
    holder = Resident.objects.get(pk=Card.objects.get(pk=card).resident_id)
    Account.objects.filter(pk=supervisor.account).update(person_digest=bytes(holder.identity_digest))
    refused("not_own_card", locks.order, supervisor, card, "lock", WHY)


def test_a_card_that_is_not_there_is_locked_in_the_record_at_once_and_its_chip_when_it_is_seen(
    issued, clerk, console, ordered, on_chip, looked
):
    from django.db import connection

    from healthcard.services.desk import lock_orders, locks

    card, chip = issued
    order = ordered(card)
    assert [row.id for row in lock_orders.listed(clerk, state="open")] == [order]
    locks.carry_out(clerk, order)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is checked when the act ends
    assert (status(card)(console), looked(chip)) == ((False, "locked"), {"none"})
    (row,) = lock_orders.listed(clerk, state="to_follow")
    assert (row.id, row.chip_at, row.carried_out_at is None) == (order, None, False)
    version = facts(card).version
    on_chip(order, chip)
    assert (looked(chip), facts(card).version) == ({"temporary"}, version)
    assert not lock_orders.listed(clerk, state="to_follow")
    assert not lock_orders.listed(clerk, state="open")


def test_a_card_locked_on_its_chip_is_released_with_its_chip_alone(issued, clerk, ordered, on_chip, looked):
    from healthcard.services.desk import locks

    card, chip = issued
    on_chip(ordered(card), chip)
    order = ordered(card, "release")
    refused("card_in_reader", locks.carry_out, clerk, order)
    on_chip(order, chip)
    assert (facts(card).app_lock, looked(chip)) == ("none", {"none"})


def test_a_lock_that_never_reached_the_chip_is_released_without_it(issued, clerk, ordered):
    from healthcard.services.desk import lock_orders, locks

    card, _ = issued
    locks.carry_out(clerk, ordered(card))
    locks.carry_out(clerk, ordered(card, "release"))
    assert facts(card).app_lock == "none"
    assert not lock_orders.listed(clerk, state="to_follow")


def test_a_locked_card_that_is_lost_is_released_in_the_record_and_its_chip_when_it_turns_up(
    issued, adult, clerk, ordered, on_chip, looked
):
    from healthcard.services.desk import lock_orders, locks, loss

    card, chip = issued
    on_chip(ordered(card), chip)
    loss.report(clerk, request("loss", adult))
    order = ordered(card, "release")
    locks.carry_out(clerk, order)
    assert [row.id for row in lock_orders.listed(clerk, state="to_follow")] == [order]
    on_chip(order, chip)
    assert looked(chip) == {"none"}


def test_a_lock_that_broke_off_changes_no_record_and_goes_on_when_the_card_is_back(
    issued, supervisor, ordered, on_chip, looked
):
    from healthcard.card.host.rack import TearMoment
    from healthcard.services.desk import locks
    from healthcard.services.errors import Conflict

    card, chip = issued
    order = ordered(card)
    chip.arm(14, TearMoment.AFTER)
    assert type(on_chip(order, chip)).__name__ == "Held"
    assert facts(card).app_lock == "none"
    with pytest.raises(Conflict, match="undecided"):
        locks.withdraw(supervisor, order)
    assert type(on_chip(order, chip)).__name__ == "Finished"
    assert (facts(card).app_lock, looked(chip)) == ("temporary", {"temporary"})


def test_a_chip_left_half_locked_behind_its_record_is_released_by_a_later_order(
    issued, clerk, ordered, on_chip, looked
):
    from healthcard.card.host.rack import TearMoment
    from healthcard.services.desk import locks
    from healthcard.storage.models import UpkeepJob

    card, chip = issued
    order = ordered(card)
    locks.carry_out(clerk, order)
    chip.arm(14, TearMoment.AFTER)
    assert type(on_chip(order, chip)).__name__ == "Held"
    release = ordered(card, "release")
    refused("card_in_reader", locks.carry_out, clerk, release)
    on_chip(release, chip)
    assert (facts(card).app_lock, looked(chip)) == ("none", {"none"})
    assert list(UpkeepJob.objects.filter(card=card, kind__startswith="app").order_by("pk").values_list("state")) == [
        ("abandoned",),
        ("finished",),
    ]


def test_one_order_waits_at_a_time_and_is_decided_once(issued, clerk, supervisor, ordered):
    from healthcard.services.desk import locks
    from healthcard.services.errors import Invalid

    card, _ = issued
    order = ordered(card)
    refused("lock_decided", ordered, card)
    refused("lifecycle.app_unlocked", ordered, card, "release")
    locks.withdraw(supervisor, order)
    refused("not_decided", locks.withdraw, supervisor, order)
    refused("not_decided", locks.carry_out, clerk, order)
    for wish, why in (("lock", " "), ("lock", "给 990101198001011234"), ("destroy", WHY)):
        with pytest.raises(Invalid):
            locks.order(supervisor, card, wish, why)
    locks.carry_out(clerk, ordered(card))
    assert facts(card).app_lock == "temporary"


def test_a_lock_for_ever_is_the_end_of_a_card_and_ends_every_order(
    issued, adult, clerk, console, shop, ordered, looked
):
    from healthcard.services.desk import lock_orders, locks, recovery, termination

    card, chip = issued
    locks.carry_out(clerk, ordered(card))
    order = ordered(card, "release")
    fields = {"phone": "15412345678", "irrevocable": True}
    back = request("unlock", adult, card=card, presented=("identity", "card"))
    termination.ask(clerk, replace(back, kind="return", fields=fields))
    recovery.lock_chip(clerk, card, chip, shop.keys)
    assert (facts(card).app_lock, looked(chip)) == ("permanent", {"permanent"})
    refused("lifecycle.app_unlocked", locks.carry_out, clerk, order)
    assert not lock_orders.listed(clerk, state="open")


def test_no_new_card_takes_the_place_of_one_that_was_locked_meanwhile(issued, adult, clerk, judge, supervisor, ordered):
    from healthcard.services.desk import issue, locks, replacement

    card, _ = issued
    fields = {"phone": "15412345678", "reason": "2"}
    wish = replace(request("unlock", adult, waiver="首次减免"), kind="replacement", fields=fields)
    application = replacement.ask(clerk, wish).application.id
    judge(application)
    locks.carry_out(clerk, ordered(card))
    refused("not_supervised", issue.order, clerk, application)
    locks.carry_out(clerk, ordered(card, "release"))
    assert issue.order(clerk, application)


def test_the_database_locks_no_card_without_an_order_by_two(issued, console, supervisor, ordered):
    from django.db import DatabaseError, connection, transaction
    from django.db.models.functions import Now

    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.storage.models import LockOrder

    card, _ = issued

    def lock_alone():
        with transaction.atomic(), connection.cursor() as cursor:
            with act(console, Permission.CARD_SUPERVISE, "test.lock") as now:
                now.event(card, "app_locked")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError, match="nobody ordered this"):
        lock_alone()
    row = LockOrder.objects.filter(pk=ordered(card))
    alone = {"carried_out_at": Now(), "carried_out_by": supervisor.account}
    for changes, why in ((alone, "what he ordered"), ({"reason": "another"}, "decided once")):
        with pytest.raises(DatabaseError, match=why), transaction.atomic():
            row.update(**changes)
