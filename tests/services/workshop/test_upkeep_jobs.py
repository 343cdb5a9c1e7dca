"""Work on the chips of issued cards by real processes: chip first, then the record, whatever happens in between."""

from __future__ import annotations

import pytest

from healthcard.card.host.rack import TearMoment
from healthcard.perso.upkeep import locks
from healthcard.perso.upkeep.pin import UnlockPin
from healthcard.perso.upkeep.results import Finished, Held, Refused, RefusedChip


class Pad:
    def new_pin(self):
        return "482913"


@pytest.fixture
def made(shop, order, blank, console):
    """A finished card in the rack: its id and its chip."""
    from contextlib import ExitStack

    from healthcard.perso.results import Finished as Made
    from healthcard.services.workshop import making

    with ExitStack() as stack:

        def make(product="jia", n=0):
            card, serial = order(n)
            chip = stack.enter_context(blank(product, serial, n + 1))
            assert isinstance(making.personalise(console, card, chip, shop), Made)
            return card, chip

        yield make


def _job(card):
    from healthcard.storage.models import UpkeepJob

    return UpkeepJob.objects.filter(card=card).latest("id")


def _block_pin(chip):
    chip.reset()
    for step in ("00A40000023F00", "00A4000002DDF1", *["0020000003FFFFFF".replace("FFFFFF", "000000")] * 3):
        chip.transmit(bytes.fromhex(step))


def test_the_record_changes_only_after_the_chip_and_in_the_same_act(made, console, shop):
    from healthcard.services.workshop import upkeep
    from healthcard.storage.models import AuditEntry

    card, chip = made()
    _block_pin(chip)
    seen = []
    result = upkeep.run(
        console, card, "unlock", [UnlockPin(pad=Pad())], chip, shop.keys, means=lambda now: seen.append(now.operation)
    )
    assert result == Finished(written=1)
    assert (_job(card).state, _job(card).kind, upkeep.open_job(card)) == ("finished", "unlock", None)
    assert AuditEntry.objects.get(action="chip.finished").operation == seen[0]


def test_a_job_whose_meaning_is_refused_stays_open_and_is_settled_without_a_write(made, console, shop):
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import upkeep

    card, chip = made()

    def refuse(now):
        raise Conflict("现在不行", "not now")

    lock = locks.termination()
    with pytest.raises(Conflict, match="not now"):
        upkeep.run(console, card, "lock", lock, chip, shop.keys, means=refuse)
    assert upkeep.open_job(card).begun
    with pytest.raises(Conflict, match="settle that first"):
        upkeep.run(console, card, "lock", lock, chip, shop.keys)
    assert upkeep.settle(console, card, lock, chip, shop.keys) == Finished(written=0, resumed=True)


@pytest.mark.parametrize("moment", list(TearMoment))
@pytest.mark.parametrize("product", ["jia", "yi", "bing"])
def test_a_card_pulled_while_it_is_locked_is_settled_by_presenting_it_again(made, console, shop, product, moment):
    from healthcard.services.workshop import upkeep

    card, chip = made(product)
    chip.arm(20, moment)
    lock = locks.termination()
    assert isinstance(upkeep.run(console, card, "lock", lock, chip, shop.keys), Held)
    assert isinstance(upkeep.settle(console, card, lock, chip, shop.keys), Finished)
    assert _job(card).state == "finished"


def test_another_card_is_refused_and_an_abandoned_job_lets_a_new_one_begin(made, console, shop):
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import upkeep

    card, chip = made("jia", 0)
    _, other = made("jia", 1)
    lock = locks.termination()
    assert isinstance(upkeep.run(console, card, "lock", lock, other, shop.keys), RefusedChip)
    assert _job(card).state == "refused"
    chip.arm(20, TearMoment.BEFORE)
    assert isinstance(upkeep.run(console, card, "lock", lock, chip, shop.keys), Held)
    assert isinstance(upkeep.settle(console, card, lock, other, shop.keys), RefusedChip)
    with pytest.raises(Conflict, match="record changed"):
        upkeep.settle(console, card, [locks.EndCard()], chip, shop.keys)
    upkeep.abandon(console, card, "the supervisor says so")
    assert isinstance(upkeep.run(console, card, "lock", [locks.EndCard()], chip, shop.keys), Finished)
    with pytest.raises(Conflict, match="cannot prove itself"):
        upkeep.prove(console, card, chip, shop.keys)
    unlock = [locks.UnlockApplication(directory="DF02")]
    assert isinstance(upkeep.run(console, card, "unlock", unlock, chip, shop.keys), Refused)


def test_work_whose_card_was_not_there_stands_in_nobodys_way(made, console, shop, installation):
    from healthcard.services import ports
    from healthcard.services.workshop import upkeep

    card, chip = made()
    with ports.given().rack() as rack:
        name = next(slot.name for slot in rack.slots() if slot.in_use)
        rack.remove(name)
        held = upkeep.run(console, card, "lock", locks.termination(), chip, shop.keys)
        assert isinstance(held, Held)
        assert not upkeep.open_job(card).begun
        rack.insert(name)
    end = [locks.EndCard()]
    assert upkeep.carry_out(console, card, "end", end, chip, shop.keys) == Finished(written=1)


def test_a_desk_says_the_same_again_and_the_work_is_settled(made, console, shop):
    from healthcard.services.workshop import upkeep

    card, chip = made("yi")
    chip.arm(20, TearMoment.HALF)
    lock = locks.termination()
    assert isinstance(upkeep.carry_out(console, card, "lock", lock, chip, shop.keys), Held)
    assert upkeep.carry_out(console, card, "lock", lock, chip, shop.keys).resumed


def test_items_follow_the_record_and_business_data_are_read(made, console, shop):
    from healthcard.services.errors import Conflict
    from healthcard.services.people import residents
    from healthcard.services.workshop import upkeep
    from healthcard.storage.models import Card

    card, chip = made()
    upkeep.prove(console, card, chip, shop.keys)
    data = upkeep.business_data(console, card, chip, shop.keys)
    assert data.count >= 16
    assert residents.opened(Card.objects.get(pk=card).resident_id).name
    result = upkeep.run(console, card, "update", upkeep.changes(card, [16, 22]), chip, shop.keys)
    assert result == Finished(written=0)
    with pytest.raises(Conflict, match="takes a new one"):
        upkeep.changes(card, [11])


def test_a_card_that_was_never_made_has_no_chip_to_work_on(order, console, shop):
    from healthcard.services.errors import Conflict, NotFound
    from healthcard.services.workshop import upkeep

    card, _ = order()
    with pytest.raises(Conflict, match="no finished chip"):
        upkeep.run(console, card, "lock", locks.termination(), None, shop.keys)
    with pytest.raises(NotFound):
        upkeep.prove(console, 0, None, shop.keys)


@pytest.mark.parametrize("product", ["jia", "bing"])
def test_business_data_of_one_card_are_on_the_other_afterwards_counted_and_hashed(made, console, shop, product):
    from healthcard.card.wire import layout
    from healthcard.perso.upkeep import business, transfer
    from healthcard.services.workshop import upkeep
    from healthcard.storage.models import Card

    old, chip = made(product, 0)
    new, blank_one = made(product, 1)
    shape = layout.load(Card.objects.get(pk=old).layout)
    visit = business.Entry(path="DF03/ED01", number=1, data=bytes(range(200)))
    alert = business.Entry(path="DF02/EF05", number=3, data=b"\x2b\x01\x01")
    written, _ = transfer.transfer(business.BusinessData(layout=shape.name, entries=(visit, alert)), shape)
    assert isinstance(upkeep.run(console, old, "write", written, chip, shop.keys), Finished)
    data = upkeep.business_data(console, old, chip, shop.keys)
    goals, left = transfer.transfer(data, shape)
    assert left == ()
    result = upkeep.run(console, new, "transfer", goals, blank_one, shop.keys)
    assert isinstance(result, Finished)
    moved = upkeep.business_data(console, new, blank_one, shop.keys)
    held = {entry.path: entry.data for entry in moved.entries}
    assert held["DF03/ED01"][:200] == visit.data
    assert list(business.differences(data, moved)) == []
