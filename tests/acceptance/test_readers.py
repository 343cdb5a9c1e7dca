"""Our own PC/SC transport before real readers' software: pcscd with virtual readers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import card_maker
import pytest
from card_maker import SAM_PIN, MasterKeys
from virtual_readers import Pcsc, Reader

from healthcard.card.host.content import FileStatus
from healthcard.card.host.errors import NoReader
from healthcard.card.host.pcsc import PcscTransport, list_readers
from healthcard.card.host.reading import read_card
from healthcard.card.host.sam import SamKeys
from healthcard.card.host.session import CardSession
from healthcard.card.os.image import AnyChip
from healthcard.card.os.vpcd import Slot
from healthcard.card.wire.errors import CardGone, CardTimeout
from healthcard.perso.products import recognise

pytestmark = [pytest.mark.parts, pytest.mark.xdist_group("pcscd")]


@contextmanager
def inserted(pcsc: Pcsc, number: int, chip: AnyChip) -> Iterator[tuple[Reader, Slot]]:
    reader = pcsc.readers[number]
    slot = Slot(chip, reader.port)
    slot.insert()
    try:
        pcsc.wait_for_card(reader)
        yield reader, slot
    finally:
        slot.pull()
        pcsc.wait_for_card(reader, present=False)


def test_the_readers_of_this_machine_are_listed(pcsc: Pcsc) -> None:
    assert {reader.name for reader in pcsc.readers} <= set(list_readers())


@pytest.mark.parametrize("product", ["jia", "yi", "bing"])
def test_a_whole_card_is_read_through_a_reader_as_in_process(pcsc: Pcsc, product: str) -> None:
    card = card_maker.make(product)
    session = CardSession(card.chip, card.layout, MasterKeys())
    session.reset()
    session.learn_address(card.chip8)
    direct = read_card(session)
    with inserted(pcsc, 0, card.chip) as (reader, _), PcscTransport(reader.name, transaction=True) as transport:
        recognised = recognise(transport)
        assert (recognised.product.name, recognised.chip8) == (product, card.chip8)
        session = CardSession(transport, card.layout, MasterKeys())
        session.reset()
        session.learn_address(recognised.chip8)
        through = read_card(session)
    assert through == direct
    assert {file.status for file in through.files} == {FileStatus.OK}


def test_a_card_is_read_with_a_sam_in_another_reader(pcsc: Pcsc) -> None:
    card = card_maker.make("bing")
    sam = card_maker.make_sam(card.layout)
    with (
        inserted(pcsc, 0, card.chip) as (first, _),
        inserted(pcsc, 2, sam) as (second, _),
        PcscTransport(first.name) as user,
        PcscTransport(second.name) as terminal,
    ):
        keys = SamKeys(terminal, card.layout)
        keys.open(SAM_PIN)
        session = CardSession(user, card.layout, keys)
        session.reset()
        session.learn_address(card.chip8)
        session.open("DDF1/EF06")
        assert session.read_tlv("DDF1/EF06", 1).encode() == card_maker.records(card.layout.file("DDF1/EF06"))[0]


def test_what_is_wrong_with_a_reader_is_said_in_words(pcsc: Pcsc) -> None:
    with PcscTransport("no such reader") as transport, pytest.raises(NoReader, match="no reader of this name"):
        transport.reset()
    with PcscTransport(pcsc.readers[3].name) as transport, pytest.raises(CardGone, match="insert one"):
        transport.reset()


def test_a_pulled_card_is_gone_and_comes_back_after_insertion(pcsc: Pcsc) -> None:
    card = card_maker.make("jia")
    with inserted(pcsc, 1, card.chip) as (reader, slot), PcscTransport(reader.name) as transport:
        transport.reset()
        slot.pull()
        with pytest.raises(CardGone):
            transport.transmit(bytes.fromhex("0084000008"))
        pcsc.wait_for_card(reader, present=False)
        slot.insert()
        pcsc.wait_for_card(reader)
        assert card.chip8 in transport.reset()
        assert transport.transmit(bytes.fromhex("0084000008"))[-2:] == b"\x90\x00"


def test_a_hung_card_hangs_nobody_and_not_the_next_reader(pcsc: Pcsc) -> None:
    class Hung:
        product = "jia"

        def __init__(self, chip: AnyChip) -> None:
            self.chip, self.wait = chip, threading.Event()

        def reset(self) -> bytes:
            return self.chip.reset()

        def power_off(self) -> None:
            self.chip.power_off()

        def transmit(self, command: bytes) -> bytes:
            self.wait.wait(20)
            return self.chip.transmit(command)

    hung = Hung(card_maker.make("jia").chip)
    other = card_maker.make("yi")
    with inserted(pcsc, 0, hung) as (reader, _), inserted(pcsc, 2, other.chip) as (second, _):  # type: ignore[arg-type]  # a double
        transport = PcscTransport(reader.name, seconds=0.5)
        transport.reset()
        begun = time.monotonic()
        with pytest.raises(CardTimeout, match=r"did not answer within 0\.5 s"):
            transport.transmit(bytes.fromhex("0084000008"))
        with pytest.raises(CardTimeout, match="hangs in an earlier command"):
            transport.transmit(bytes.fromhex("0084000008"))
        transport.close()
        assert time.monotonic() - begun < 2
        with PcscTransport(second.name) as working:
            assert other.chip8 in working.reset()
        hung.wait.set()


def test_many_transports_one_after_the_other_leave_no_context_behind(pcsc: Pcsc) -> None:
    """pyscard's contexts are few: a station opens thousands of cards a day."""
    with inserted(pcsc, 0, card_maker.make("jia").chip) as (reader, _):
        for _ in range(150):
            with PcscTransport(reader.name) as transport:
                transport.reset()
