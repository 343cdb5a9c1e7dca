"""Chips of ended cards: received, locked or listed, and destroyed by two people."""

from __future__ import annotations

import pytest

from healthcard.domain.lifecycle import TransitionRefused


@pytest.fixture
def ended(shop, order, blank, console):
    """A card that was issued and ended while its holder still has it: its id and its chip."""
    from contextlib import ExitStack

    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.workshop import making

    with ExitStack() as stack:

        def make(*, end=True):
            card, serial = order()
            chip = stack.enter_context(blank("jia", serial))
            making.personalise(console, card, chip, shop)
            with act(console, Permission.DESK_ACT, "test.life") as now:
                now.event(card, "arrived", place_org=console.organisation)
                now.event(card, "handed_over")
                if end:
                    now.event(card, "terminated", end_reason="holder", place="holder")
            return card, chip

        yield make


def _card(card):
    from healthcard.storage.models import Card

    return Card.objects.get(pk=card)


def _told(card):
    from healthcard.storage.models import Message

    return set(Message.objects.filter(resident=_card(card).resident_id).values_list("kind", flat=True))


def test_a_returned_chip_is_received_once_with_one_receipt(ended, console):
    from healthcard.services.desk import recovery

    card, _ = ended()
    first = recovery.receive(console, card)
    assert recovery.receive(console, card) == first
    assert (_card(card).place, _card(card).place_org_id) == ("recovered", console.organisation)


def test_a_card_in_use_is_neither_received_nor_locked_for_ever(ended, console, shop):
    from healthcard.services.desk import recovery

    card, chip = ended(end=False)
    with pytest.raises(TransitionRefused):
        recovery.receive(console, card)
    with pytest.raises(TransitionRefused):
        recovery.lock_chip(console, card, chip, shop.keys)


def test_an_ended_card_is_locked_on_its_chip_and_then_in_the_record(ended, console, shop):
    from healthcard.card.host.rack import TearMoment
    from healthcard.perso.upkeep.results import Finished, Held
    from healthcard.services.desk import recovery

    card, chip = ended()
    chip.arm(20, TearMoment.AFTER)
    assert isinstance(recovery.lock_chip(console, card, chip, shop.keys), Held)
    assert _card(card).chip_end == "none"
    assert isinstance(recovery.lock_chip(console, card, chip, shop.keys), Finished)
    assert (_card(card).chip_end, _card(card).app_lock) == ("locked", "permanent")
    assert "card.locked" in _told(card)
    with pytest.raises(TransitionRefused):
        recovery.lock_chip(console, card, chip, shop.keys)


def test_a_chip_no_reader_reads_is_listed_with_a_reason(ended, console):
    from healthcard.services.desk import recovery
    from healthcard.services.errors import Invalid

    card, _ = ended()
    recovery.receive(console, card)
    for why in (" ", "holder 990101198001010014"):  # it goes into the audit, unsealed
        with pytest.raises(Invalid):
            recovery.list_unreadable(console, card, why)
    recovery.list_unreadable(console, card, "broken in two")
    assert _card(card).chip_end == "listed"
    assert "card.listed" in _told(card)


def test_a_lock_that_broke_off_ends_with_its_chip(ended, as_role, console, shop):
    from healthcard.card.host.rack import TearMoment
    from healthcard.perso.upkeep.results import Held
    from healthcard.services.desk import recovery
    from healthcard.services.workshop import upkeep
    from healthcard.storage.models import UpkeepJob

    card, chip = ended()
    recovery.receive(console, card)
    chip.arm(20, TearMoment.AFTER)
    assert isinstance(recovery.lock_chip(console, card, chip, shop.keys), Held)
    recovery.propose_destruction(as_role("clerk"), [card])
    recovery.destroy(as_role("supervisor"), [card])
    assert upkeep.open_job(card) is None
    job = UpkeepJob.objects.get(card=card)
    assert (job.state, job.reason) == ("abandoned", "the chip was destroyed")


def test_two_people_destroy_a_chip_and_one_alone_does_not(ended, as_role, console):
    from healthcard.services.desk import recovery
    from healthcard.services.errors import Conflict, NotFound
    from healthcard.storage.models import Recovery

    card, _ = ended()
    one, other = as_role("clerk"), as_role("supervisor")
    with pytest.raises(NotFound):
        recovery.propose_destruction(one, [card])
    recovery.receive(console, card)
    with pytest.raises(TransitionRefused):
        recovery.destroy(other, [card])
    with pytest.raises(Conflict, match="two people"):
        recovery.destroy(console, [card])
    recovery.propose_destruction(one, [card])
    with pytest.raises(TransitionRefused):
        recovery.destroy(one, [card])
    certificate = recovery.destroy(other, [card])
    row = Recovery.objects.get(card=card)
    assert bytes(row.certificate) == certificate.digest
    assert (row.witness_id, row.second_witness_id) == (one.account, other.account)
    assert (_card(card).place, _card(card).chip_end) == ("destroyed", "destroyed")
    with pytest.raises(Conflict, match="destroyed already"):
        recovery.destroy(other, [card])
