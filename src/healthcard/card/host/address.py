"""The city factor of a card's keys (card.md 5.4)."""

from __future__ import annotations

from healthcard.card.wire.errors import MalformedAnswer

PROVINCE_DIGITS = 2


def city_factor(digits: str) -> bytes:
    """CITY8: the first two digits of the application city code (item 57) and six zeros, ASCII, 8 bytes."""
    province = digits[:PROVINCE_DIGITS]
    if len(province) != PROVINCE_DIGITS or not (province.isascii() and province.isdigit()):
        raise MalformedAnswer("the card has no application city code (item 57): its keys cannot be told")
    return province.encode("ascii") + b"000000"
