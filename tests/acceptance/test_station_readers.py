"""The station's own PC/SC calls before real readers' software: pcscd with virtual readers."""

from __future__ import annotations

import card_maker
import pytest
from healthcard_station.cards import CardGone
from healthcard_station.limited import LimitedCard
from healthcard_station.pcsc import PcscReaders
from healthcard_station.steps import carried_out
from virtual_readers import Pcsc

from healthcard.card.os.vpcd import Slot

pytestmark = [pytest.mark.parts, pytest.mark.xdist_group("pcscd")]
SELECT = {"apdu": "00A40000023F00", "expect": []}


def test_a_card_is_found_driven_and_missed_when_it_is_pulled(pcsc: Pcsc) -> None:
    reader = pcsc.readers[0]
    readers = PcscReaders(reader.name)
    assert dict(readers.look()) == {reader.name: False}
    chip = card_maker.make("jia").chip
    slot = Slot(chip, reader.port)
    slot.insert()
    pcsc.wait_for_card(reader)
    assert dict(readers.look()) == {reader.name: True}
    card = LimitedCard(lambda: readers.open(reader.name), reader.name)
    (answer,) = carried_out({"kind": "reset"}, card, {})["responses"]
    assert answer.startswith("3B")
    (selected,) = carried_out({"kind": "run", "commands": [SELECT]}, card, {})["responses"]
    assert selected.endswith("9000") or selected.startswith("61")
    slot.pull()
    pcsc.wait_for_card(reader, present=False)
    gone = carried_out({"kind": "run", "commands": [SELECT]}, card, {})
    assert "taken out" in gone["gone"] or "lost the card" in gone["gone"] or "answer" in gone["gone"]
    card.close()


def test_a_reader_that_is_not_there_is_told_in_words(pcsc: Pcsc) -> None:
    assert dict(PcscReaders("no such reader").look()) == {}
    card = PcscReaders().open("no such reader")
    with pytest.raises(CardGone, match="unplugged"):
        card.reset()
