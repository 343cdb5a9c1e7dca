"""The card session with virtual chips of every product, keys served once by their holder and once by a SAM."""

from __future__ import annotations

import pytest
from card_maker import CITY8, CYCLIC, PHOTO, PIN, SAM_PIN, Card, MasterKeys, cyclic_record, make_sam, records, visit

from healthcard.card.host.errors import TriesSpared, WrongKey
from healthcard.card.host.pin import PinBlocked, PinOk, PinWrong
from healthcard.card.host.ports import CardAddress, CardKeys
from healthcard.card.host.sam import SamKeys
from healthcard.card.host.session import Access, CardSession
from healthcard.card.os.sam import Sam
from healthcard.card.wire.errors import CardGone, Refused
from healthcard.card.wire.layout import Structure


@pytest.fixture(params=["holder", "SAM"])
def keys(request: pytest.FixtureRequest, card: Card, sam: Sam) -> CardKeys:
    if request.param == "holder":
        return MasterKeys()
    keys = SamKeys(sam, card.layout)
    keys.open(SAM_PIN)
    return keys


@pytest.fixture
def session(card: Card, keys: CardKeys) -> CardSession:
    opened = CardSession(card.chip, card.layout, keys)
    opened.reset()
    opened.learn_address(card.chip8)
    return opened


def test_the_card_tells_whose_keys_it_has(session: CardSession, card: Card) -> None:
    assert session.learn_address(card.chip8) == CardAddress(chip=card.chip8, city=CITY8)


def test_every_record_can_be_read_and_what_may_change_can_be_rewritten(session: CardSession, card: Card) -> None:
    for file in card.layout.files:
        if file.structure is not Structure.VARIABLE:
            continue
        session.open(file.path)
        assert [session.read_tlv(file.path, n).encode() for n in range(1, len(file.items) + 1)] == records(file)
        if file.update == "never":
            continue
        session.open(file.path, Access.UPDATE)
        for number, record in enumerate(records(file, 2), start=1):
            session.update_record(file.path, number, record)
        assert [session.read_tlv(file.path, n).encode() for n in range(1, len(file.items) + 1)] == records(file, 2)


def test_visits_are_written_marked_and_erased(session: CardSession, card: Card) -> None:
    for index, path in (("DF03/EF05", "DF03/EE02"), ("DF03/EF06", "DF03/ED02")):
        data = visit(card.layout.file(path)) * 5
        session.open(path, Access.UPDATE)
        session.update_binary(path, 0, data)
        session.mark_valid(index, 2)
        session.open(path)
        assert session.read_binary(path, 0, len(data)) == data
        assert session.read_record(index, 2) == b"\x00"
        session.open(index, Access.ERASE)
        session.erase_record(index, 2)
        assert session.read_record(index, 2) == b"\xff"


def test_the_newest_of_a_cyclic_file_comes_first(session: CardSession, card: Card) -> None:
    for file in card.layout.files:
        if file.structure is Structure.CYCLIC:
            session.open(file.path)
            session.open(file.path, Access.UPDATE)
            session.append_record(file.path, cyclic_record(file, 9))
            assert session.read_record(file.path, 1) == cyclic_record(file, 9)
            assert session.read_record(file.path, 2) == cyclic_record(file, CYCLIC)


def test_a_photo_is_rewritten_with_its_key(session: CardSession, card: Card) -> None:
    if all(file.path != "DDF1/EF07" for file in card.layout.files):
        with pytest.raises(KeyError):
            session.open("DDF1/EF07", Access.UPDATE)
        return
    session.open("DDF1/EF07", Access.UPDATE)
    session.update_binary("DDF1/EF07", 0, PHOTO[::-1])
    session.open("DDF1/EF07")
    assert session.read_binary("DDF1/EF07", 0, len(PHOTO)) == PHOTO[::-1]


def test_the_chip_proves_its_presence_and_a_copy_does_not(session: CardSession, card: Card, keys: CardKeys) -> None:
    assert session.internal_authenticate()
    other = CardAddress(chip=bytes(8), city=CITY8)
    assert not CardSession(card.chip, card.layout, keys, other).internal_authenticate()


def test_an_application_is_locked_unlocked_and_locked_for_ever(session: CardSession) -> None:
    session.block_application("DF02")
    with pytest.raises(Refused, match="6283"):
        session.open("DF02/EF05")
    session.open("DF01/EF05")
    session.unblock_application("DF02")
    session.open("DF02/EF05")
    session.block_application("DF02")
    session.block_application("DF02", permanent=True)
    for act in (session.unblock_application, session.block_application, session.select):
        with pytest.raises(Refused, match="9303"):
            act("DF02")
    session.open("DF03/EF05")


def test_a_locked_card_answers_nothing_any_more(session: CardSession) -> None:
    session.block_card()
    session.reset()
    with pytest.raises(Refused, match="6A81"):
        session.select("DDF1/EF05")


def test_a_pin_is_shown_changed_blocked_and_given_back(session: CardSession) -> None:
    assert session.verify_pin(PIN) == PinOk()
    assert session.change_pin(PIN, "1357") == PinOk()
    assert [session.verify_pin(PIN) for _ in range(4)] == [PinWrong(2), PinWrong(1), PinBlocked(), PinBlocked()]
    assert session.verify_pin("1357") == PinBlocked()
    assert session.unblock_pin() == PinOk()
    assert session.verify_pin("1357") == PinOk()
    assert session.unblock_pin("97531") == PinOk()
    assert session.verify_pin("97531") == PinOk()
    assert session.reload_pin(PIN) == PinOk()
    assert session.verify_pin(PIN) == PinOk()


def test_keys_of_another_city_cost_each_key_one_try_and_no_more(card: Card) -> None:
    session = CardSession(card.chip, card.layout, MasterKeys(), CardAddress(chip=card.chip8, city=b"11000000"))
    session.reset()
    outcomes = []
    for file in card.layout.files:
        try:
            session.open(file.path)
            outcomes.append("open")
        except WrongKey as wrong:
            outcomes.append(str(wrong.tries))
        except TriesSpared:
            outcomes.append("spared")
    assert outcomes.count("14") == 4  # RK1 of each of the four directories
    assert outcomes.count("open") == 1  # the issuer's file is free
    assert set(outcomes) == {"open", "14", "spared"}


def test_a_card_lost_in_the_middle_is_found_again_after_power(session: CardSession, card: Card) -> None:
    session.open("DF01/EF05")
    card.chip.power_off()
    with pytest.raises(CardGone):
        session.read_tlv("DF01/EF05", 1)
    session.reset()
    session.open("DF01/EF05")
    assert session.read_tlv("DF01/EF05", 1).tag == 0x15


def test_a_sam_of_another_city_opens_two_level_keys_only(card: Card) -> None:
    """One-level keys lie in the SAM as its own city's; the others come down to any card."""
    keys = SamKeys(make_sam(card.layout, city8=b"11000000"), card.layout)
    keys.open(SAM_PIN)
    session = CardSession(card.chip, card.layout, keys)
    session.reset()
    session.learn_address(card.chip8)
    session.open("DF02/EF05", Access.UPDATE)
    with pytest.raises(WrongKey):
        session.open("DF01/EF05", Access.UPDATE)
