"""Cards and SAMs for the tests of the card room: one personalised chip of each product is made once and copied."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import card_maker
import pytest
from card_maker import Card

from healthcard.card.os import chip as user_card
from healthcard.card.os import sam as sam_card
from healthcard.card.os.sam import Sam
from healthcard.card.wire.layout import load

PRODUCTS = ("jia", "yi", "bing")


@pytest.fixture(params=PRODUCTS)
def product(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def card(product: str) -> Card:
    """A personalised card of each product, in power."""
    return fresh(product)


@pytest.fixture
def sam() -> Sam:
    """A SAM with all keys, in power, its PIN not yet shown."""
    chip = sam_card.restore(_sam_dump())
    chip.reset()
    return chip


def fresh(product: str) -> Card:
    """An own copy of the personalised card of this product."""
    made, dump = _made(product)
    chip = user_card.restore(dump)
    chip.reset()
    return replace(made, chip=chip)


@cache
def _made(product: str) -> tuple[Card, bytes]:
    made = card_maker.make(product)
    return made, made.chip.dump()


@cache
def _sam_dump() -> bytes:
    return card_maker.make_sam(load("full")).dump()
