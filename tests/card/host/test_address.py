"""The city factor."""

from __future__ import annotations

import pytest
from host_doubles import CHIP, FULL, OK, WillingCard

from healthcard.card.host.address import city_factor
from healthcard.card.host.ports import CardAddress
from healthcard.card.host.session import CardSession
from healthcard.card.wire.errors import MalformedAnswer
from healthcard.card.wire.tlv import Tlv


def test_the_city_factor_is_the_province_and_six_zeros() -> None:
    assert city_factor("210000") == bytes.fromhex("3231303030303030")  # card.md 5.3


@pytest.mark.parametrize("digits", ["", "2", "A1", "２１"])
def test_a_card_without_a_city_code_has_no_address(digits: str) -> None:
    with pytest.raises(MalformedAnswer, match="item 57"):
        city_factor(digits)


def test_a_session_learns_whose_keys_a_card_has_from_the_card() -> None:
    def lie(n: int, answer: bytes) -> bytes:
        return Tlv(0x39, bytes.fromhex("130185")).encode() + OK if card.commands[-1][1] == 0xB2 else answer

    card = WillingCard(lie)
    session = CardSession(card, FULL)
    session.reset()
    assert session.learn_address(CHIP) == CardAddress(chip=CHIP, city=b"13000000", version=1)
    assert card.sent[-1] == "00B2390005"
