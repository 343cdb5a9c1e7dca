"""Cards that were begun and not finished: whose chip it is, what can be done about them, and by one desk at a time."""

from __future__ import annotations

import pytest

from healthcard.card.host.rack import TearMoment
from healthcard.perso.results import Finished, Held, RefusedChip


def test_a_chip_that_is_another_cards_is_not_taken_for_a_blank_one(shop, order, blank, console):
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import making

    (card, serial), (other, _) = order(0), order(1)
    with blank("jia", serial) as chip:
        chip.arm(60, TearMoment.BEFORE)
        making.personalise(console, card, chip, shop)
        with pytest.raises(Conflict, match=f"that of card {serial}"):
            making.personalise(console, other, chip, shop)


def _moved(card):
    """The record of the card's holder as another desk might change it meanwhile."""
    from dataclasses import replace

    from healthcard.services.people import resident_record, residents
    from healthcard.services.sealing import sealer
    from healthcard.storage.models import Card, Resident

    row = Resident.objects.get(pk=Card.objects.get(pk=card).resident_id)
    person = replace(residents.opened(row.pk), registered_address="示范省示范市")
    digest = bytes(row.identity_digest)
    Resident.objects.filter(pk=row.pk).update(sealed=sealer().seal(resident_record.to_bytes(person), digest))


def test_a_card_whose_record_changed_meanwhile_is_held_and_can_be_scrapped(shop, order, blank, console, people, today):
    from healthcard.services.workshop import cards, jobs, making

    card, serial = order()
    with blank("jia", serial) as chip:
        chip.arm(60, TearMoment.HALF)
        making.personalise(console, card, chip, shop)
        _moved(card)
        held = making.settle(console, card, chip, shop)
        assert isinstance(held, Held)
        assert "changed since this card was begun" in held.reason
        assert "scrap it" in held.reason
    making.scrap(console, card, "the holder moved")
    assert (cards.shown(console, card).life, jobs.of_card(console, card)[0].state) == ("scrapped", "scrapped")
    assert "the holder moved" in cards.shown(console, card).ended_because
    assert console.name in jobs.of_card(console, card)[0].reason
    assert cards.plan(console, people[0], today=today) != card


def test_a_card_that_cannot_be_planned_any_more_is_held(shop, order, blank, console, monkeypatch):
    from healthcard.perso import image
    from healthcard.perso.errors import BadImage
    from healthcard.services.workshop import making

    def broken(*_):
        raise BadImage("Item 11 does not fit.")

    card, serial = order()
    with blank("jia", serial) as chip:
        chip.arm(60, TearMoment.HALF)
        making.personalise(console, card, chip, shop)
        monkeypatch.setattr(image, "build", broken)
        held = making.settle(console, card, chip, shop)
    assert isinstance(held, Held)
    assert held.reason == f"Item 11 does not fit. {making.SCRAP}"


def test_only_an_interrupted_card_is_scrapped_and_only_with_a_reason(order, console, as_role):
    from healthcard.domain.permissions import NotAllowed
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import making

    card, _ = order()
    with pytest.raises(Conflict, match="nothing to scrap"):
        making.scrap(console, card, "no longer wanted")
    with pytest.raises(Conflict, match="Say why"):
        making.scrap(console, card, " ")
    with pytest.raises(NotAllowed):
        making.scrap(as_role("clerk"), card, "no longer wanted")


def _elsewhere(act):
    """What `act` returns or raises in a thread with a database connection of its own."""
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    def run():
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def _held_elsewhere(subject):
    from healthcard.services.errors import Conflict
    from healthcard.services.exclusion import alone_with

    def ask():
        try:
            with alone_with(subject, "card"):
                return False
        except Conflict:
            return True

    return _elsewhere(ask)


def test_nobody_else_can_work_with_a_card_or_its_chip_until_it_is_done(shop, order, blank, console):
    from healthcard.services.workshop import making
    from healthcard.storage.models import Card

    class Asking:
        """A reader in which a second desk asks for card and chip at some commands."""

        def __init__(self, chip):
            self.chip, self.count, self.asked = chip, 0, []
            self.reset = chip.reset

        def transmit(self, command):
            self.count += 1
            if self.count in {1, 30, 100}:
                self.asked.append(_held_elsewhere(f"card:{card}"))
            return self.chip.transmit(command)

    card, serial = order()
    with blank("jia", serial) as chip:
        torn = Asking(chip)
        chip.arm(110, TearMoment.HALF)
        assert isinstance(making.personalise(console, card, torn, shop), Held)
        again = Asking(chip)
        assert isinstance(making.settle(console, card, again, shop), Finished)
    assert torn.asked == again.asked == [True, True, True]
    chip8 = bytes(Card.objects.get(pk=card).chip8).hex()
    assert not _held_elsewhere(f"card:{card}")
    assert not _held_elsewhere(f"chip:jia:{chip8}")


@pytest.mark.parametrize("act", ["personalise", "settle", "scrap"])
def test_a_card_somebody_works_with_is_left_alone(shop, order, blank, console, act):
    from threading import Event, Thread

    from healthcard.services.errors import Conflict
    from healthcard.services.exclusion import alone_with
    from healthcard.services.workshop import making

    card, serial = order()
    held, done = Event(), Event()

    def hold():
        with alone_with(f"card:{card}", "card"):
            held.set()
            done.wait(60)

    other = Thread(target=_elsewhere, args=[hold])
    other.start()
    held.wait(60)
    try:
        with blank("jia", serial) as chip:
            arguments = ("why not",) if act == "scrap" else (chip, shop)
            with pytest.raises(Conflict, match="Somebody works with this card"):
                getattr(making, act)(console, card, *arguments)
    finally:
        done.set()
        other.join()


@pytest.fixture
def blocked(shop, order, blank, console):
    """A card that was begun, and its chip, blocked for ever meanwhile; and another card begun on another chip."""
    from healthcard.services.workshop import making

    (card, serial), (other, other_serial) = order(0), order(1)
    with blank("bing", other_serial, 2) as chip:
        chip.arm(60, TearMoment.BEFORE)
        making.personalise(console, other, chip, shop)
    with blank("bing", serial) as chip:
        chip.arm(60, TearMoment.BEFORE)
        making.personalise(console, card, chip, shop)
        yield card, other, _Blocked(chip)


class _Blocked:
    """What a chip is after CARD BLOCK: it answers its reset, and 6A81 to everything."""

    def __init__(self, chip):
        self._chip = chip

    def reset(self):
        return self._chip.reset()

    def transmit(self, command):
        return bytes.fromhex("6A81")


def test_a_cards_own_chip_that_is_blocked_for_ever_is_told_and_to_be_scrapped(blocked, shop, console, monkeypatch):
    from healthcard.perso import products
    from healthcard.services.workshop import cards, making

    card, other, chip = blocked
    filed = products.products()
    twin = {"twin": filed["bing"], **filed}  # as if another product answered a reset alike
    monkeypatch.setattr("healthcard.perso.products.products", lambda: twin)
    held = making.settle(console, card, chip, shop)
    assert isinstance(held, Held)
    assert held.reason == "This is the card's chip, and it is blocked for ever. " + making.SCRAP
    refused = making.settle(console, other, chip, shop)
    assert isinstance(refused, RefusedChip)
    assert "another one than the card was begun on" in refused.reason
    making.scrap(console, card, "the chip is blocked")
    assert cards.shown(console, card).life == "scrapped"
