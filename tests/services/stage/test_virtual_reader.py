"""The demo's virtual reader: what is put in is what the station's program finds there."""

from __future__ import annotations

import pytest
from healthcard_station.cards import CardGone

SELECT_MASTER = bytes.fromhex("00A40000023F00")


@pytest.fixture
def reader(installation, helpers):
    """The reader as the virtual station knows it; empty before and after."""
    from healthcard.services.stage.virtual_slot import VirtualSlot, keep
    from healthcard.site.virtual_station import VirtualReaders

    keep(installation.state.run, VirtualSlot())
    yield VirtualReaders(installation.state.run, installation.state.rack_socket)
    keep(installation.state.run, VirtualSlot())


@pytest.fixture
def lying(db, order, blank):
    """A blank chip in its slot, in nobody's hands."""
    from healthcard.services import ports
    from healthcard.services.workshop import chips

    _, serial = order()
    with blank("jia", serial):
        pass
    yield chips.slot(serial)
    with ports.given().rack() as rack:
        rack.insert(chips.slot(serial))


def test_a_card_that_was_put_in_answers_until_it_is_taken_out(clerk, reader, lying):
    from healthcard.services.stage import virtual_reader

    assert set(reader.look().values()) == {False}
    with pytest.raises(CardGone, match="no card"):
        reader.open("virtual")
    virtual_reader.put_in(clerk, lying)
    assert set(reader.look().values()) == {True}
    card = reader.open("virtual")
    assert card.reset()
    assert card.transmit(SELECT_MASTER)[-2:] == b"\x90\x00"
    virtual_reader.take_out(clerk)
    with pytest.raises(CardGone):
        card.transmit(SELECT_MASTER)
    card.close()
    virtual_reader.put_in(clerk, lying)
    again = reader.open("virtual")
    assert again.reset(), "a card that was pulled can be put back"
    again.close()


def test_a_card_is_pulled_after_as_many_commands_as_were_asked_for(clerk, reader, lying):
    from healthcard.services.stage import virtual_reader

    virtual_reader.put_in(clerk, lying, pull_after=2)
    card = reader.open("virtual")
    card.reset()
    assert card.transmit(SELECT_MASTER)[-2:] == b"\x90\x00"
    with pytest.raises(CardGone):
        card.transmit(SELECT_MASTER)
    assert set(reader.look().values()) == {False}
    card.close()


def test_no_card_that_is_not_there_and_no_pin_that_is_none_is_taken(clerk, reader, lying):
    from healthcard.services.errors import Invalid, NotFound
    from healthcard.services.stage import virtual_reader

    with pytest.raises(NotFound):
        virtual_reader.put_in(clerk, "card-of-nobody")
    with pytest.raises(Invalid):
        virtual_reader.type_pin(clerk, "12345a")
    virtual_reader.type_pin(clerk, "246810")
    slot, choices = virtual_reader.shown(clerk)
    assert (slot.pin, lying in [each.slot for each in choices]) == ("246810", True)


def test_a_blank_chip_is_put_in_for_a_planned_card(maker, reader, db, order, installation):
    from healthcard.services.errors import Invalid
    from healthcard.services.stage import virtual_reader

    _, serial = order()
    with pytest.raises(Invalid):
        virtual_reader.new_blank(maker, "ding", serial)
    slot = virtual_reader.new_blank(maker, "jia", serial)
    card = reader.open("virtual")
    assert card.reset()
    card.close()
    (installation.state.chips / f"{slot}.img").unlink()
