"""Acts that a card allows at the same time, from two sessions at once: those that came out wrong once.

Every pair, ten times, and those of which one has to be refused: prove/together.
"""

from __future__ import annotations

import pytest
import scenes
from office import Office
from pairs import Desks, deadlocks, on_file


@pytest.fixture
def watched(committed_db, helpers, superuser):
    import psycopg

    with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
        yield connection


FOUND = (  # what came out in neither order once, and what ended in a deadlock
    ("reject", "ask to release", scenes.reported),
    ("ask to release", "return", scenes.reported),
    ("report", "return", scenes.issued),
    ("list the chip", "destroy", scenes.witnessed),
    ("lock the chip", "lock the chip", scenes.terminated),
    ("lock the chip", "destroy", scenes.witnessed),
)


def test_what_came_out_wrong_once_comes_out_right(watched):
    before, desks = deadlocks(watched), Desks(Office.found(20))
    for first, second, scene in FOUND:
        desks.pair(first, second, scene, 3)
    desks.close()
    assert desks.seen.wrong == []
    assert deadlocks(watched) == before


def test_what_is_on_file_tells_two_orders_apart(watched):
    office = Office.found(2)
    ends = []
    for acts in (("ask_first", "withdraw"), ("ask_first", "review")):
        person = office.waiting.pop()
        application = office.ask_first(person)
        getattr(office, acts[1])(application)
        ends.append(on_file(person))
    assert ends[0] != ends[1]
