"""A wrong transport key costs a chip one of fifteen tries for ever: nothing the services do takes the last ones."""

from __future__ import annotations

import pytest

from healthcard.card.wire.errors import CardGone
from healthcard.perso.results import Held, RefusedChip, Scrapped


class Deaf:
    """A reader that loses the chip's answer to a proof when it is told to."""

    def __init__(self, chip):
        self.chip, self.reset, self.loses = chip, chip.reset, False

    def transmit(self, command):
        answer = self.chip.transmit(command)
        if self.loses and command[1] == 0x82:
            raise CardGone("the answer was lost")
        return answer


@pytest.fixture
def foreign(supplied):
    """A chip of a lot whose transport key we do not have, and how to ask for the tries it has left."""
    import json

    from healthcard.card.os.chip import blank

    supplied("jia")
    chip = blank("jia", bytes(4), b"another lot's key"[:16])
    return chip, lambda: json.loads(chip.dump())["transport"]["left"]


def test_no_number_of_calls_takes_a_foreign_chip_below_the_floor(shop, order, console, foreign):
    from healthcard.perso.ledger import FLOOR
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import making

    chip, left = foreign
    orders = [order(n)[0] for n in range(3)]
    told = [left()]
    while left() > FLOOR:
        result = making.personalise(console, orders[len(told) % 3], chip, shop)
        told.append(left())
        assert isinstance(result, RefusedChip)
        assert f"{told[-1]} tries left" in result.reason
    assert told == list(range(15, FLOOR - 1, -1))
    for card in orders:
        with pytest.raises(Conflict, match=r"3 tries left.*set it aside.*another chip"):
            making.personalise(console, card, chip, shop)
    assert left() == FLOOR


@pytest.mark.parametrize("seed", [1, 2])
def test_no_mixture_of_tears_settling_and_scrapping_takes_a_foreign_chip_below_the_floor(
    shop, order, console, foreign, seed
):
    from random import Random

    from healthcard.perso.ledger import FLOOR
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import making

    chip, left = foreign
    reader, orders, random = Deaf(chip), [order(n)[0] for n in range(5)], Random(seed)
    for turn in range(40):
        reader.loses = turn % 3 == 2
        card = random.choice(orders)
        try:
            random.choice([making.personalise, making.settle])(console, card, reader, shop)
            if turn % 20 == 19 and random.random() < 0.5:
                making.scrap(console, card, "tried too often")
        except Conflict:
            pass
        assert left() >= FLOOR
    assert left() < 9, "the mixture was no test: it spent too few tries"


def test_tries_spent_for_one_card_are_not_forgotten_while_the_next_is_settled(shop, order, console, foreign):
    from healthcard.perso.ledger import FLOOR
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import making

    chip, left = foreign
    (first, _), (second, _) = order(0), order(1)
    while left() > 7:
        making.personalise(console, first, chip, shop)
    reader, results = Deaf(chip), []
    reader.loses = True
    for act in [making.personalise] + [making.settle] * 10:
        results.append(act(console, second, reader, shop))
        if isinstance(results[-1], Scrapped):
            break
    assert [type(one) for one in results] == [Held] * 4 + [Scrapped]
    assert left() == FLOOR
    with pytest.raises(Conflict, match="chip in the reader is that of card"):
        making.personalise(console, first, chip, shop)
