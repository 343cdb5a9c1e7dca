"""The holder's PIN: outcomes are values, digits never leave the command."""

from __future__ import annotations

import pytest
from host_doubles import ADDRESS, FULL, FakeKeys, WillingCard

from healthcard.card.host.pin import PinBlocked, PinNotSet, PinOk, PinOutcome, PinWrong, bcd
from healthcard.card.host.session import CardSession
from healthcard.card.wire.errors import BadCommand, MalformedAnswer, Refused

PIN_COMMANDS = {0x20, 0x5E, 0x24}


def session(word: str = "9000") -> tuple[CardSession, WillingCard]:
    def lie(n: int, answer: bytes) -> bytes:
        return bytes.fromhex(word) if card.commands[-1][1] in PIN_COMMANDS else answer

    card = WillingCard(lie)
    opened = CardSession(card, FULL, FakeKeys(), ADDRESS)
    opened.reset()
    return opened, card


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("9000", PinOk()),
        ("63C2", PinWrong(2)),
        ("63C1", PinWrong(1)),
        ("63C0", PinBlocked()),
        ("6983", PinBlocked()),
        ("6985", PinNotSet()),
        ("6A88", PinNotSet()),
    ],
)
def test_what_a_card_says_of_a_pin_is_an_outcome(word: str, outcome: PinOutcome) -> None:
    opened, _ = session(word)
    assert opened.verify_pin("123456") == outcome


def test_any_other_word_is_a_refusal() -> None:
    opened, _ = session("6F00")
    with pytest.raises(Refused):
        opened.verify_pin("123456")
    opened, _ = session("FF9000")
    with pytest.raises(MalformedAnswer):
        opened.verify_pin("123456")


def test_the_pin_travels_as_bcd() -> None:
    opened, card = session()
    opened.verify_pin("123456")
    opened.change_pin("123456", "1234")
    assert card.sent[-2:] == ["0020000003123456", "805E010006123456FF1234"]


def test_resetting_a_pin_needs_the_maintenance_key() -> None:
    keys = FakeKeys()
    card = WillingCard()
    opened = CardSession(card, FULL, keys, ADDRESS)
    opened.reset()
    assert opened.reload_pin("654321") == PinOk()
    assert opened.unblock_pin() == PinOk()
    orders = [command for command in card.commands if command[1] in PIN_COMMANDS]
    assert orders[0][:8] == bytes.fromhex("805E000007654321")
    assert orders[1][:5] == bytes.fromhex("8424000004")
    assert {name for _, name, _, _ in keys.asked} == {"STK_DDF1"}


def test_a_new_pin_given_when_unlocking_is_enciphered() -> None:
    opened, card = session()
    opened.unblock_pin("654321")
    assert card.commands[-1][:5] == bytes.fromhex("8424000114")
    assert b"\x65\x43\x21" not in card.commands[-1]


@pytest.mark.parametrize("digits", ["", "123", "1234567", "12345a", "１２３４", "12 34"])
def test_what_is_no_pin_is_refused_without_quoting_it(digits: str) -> None:
    with pytest.raises(BadCommand) as refused:
        bcd(digits)
    assert not digits or digits not in str(refused.value)
