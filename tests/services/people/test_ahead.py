"""Work made in advance comes in order, one piece ahead, with its errors in their turn."""

from __future__ import annotations

import pytest


def test_items_come_in_order_and_one_is_made_ahead():
    from healthcard.services.people.ahead import ahead

    made: list[int] = []

    def source():
        for number in range(1, 5):
            made.append(number)
            yield number

    coming = ahead(source())
    assert next(coming) == 1
    assert list(coming) == [2, 3, 4]
    assert made == [1, 2, 3, 4]


def test_whoever_stops_early_has_had_one_item_too_many_made_and_no_more():
    from healthcard.services.people.ahead import ahead

    made: list[int] = []
    coming = ahead(made.append(number) or number for number in range(1, 10))
    next(coming)
    coming.close()
    assert made == [1, 2]


def test_an_error_comes_after_the_items_before_it():
    from healthcard.services.people.ahead import ahead

    def source():
        yield "good"
        raise ValueError("the file ends here")

    coming = ahead(source())
    assert next(coming) == "good"
    with pytest.raises(ValueError, match="ends here"):
        next(coming)
