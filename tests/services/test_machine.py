"""Whatever clerks try in whatever order, the record says what the law says: services on PostgreSQL against a model.

Half of the acts tried are such that the model allows them, the others any. The chips are on paper (paper.py).
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from machine import Machine, Seen, told
from office import Office
from paper import chips_on_paper

FEW = 6  # acts that this many lives may leave out; the long proof leaves out none
FIXED = settings(
    max_examples=30, stateful_step_count=50, derandomize=True, database=None, deadline=None, print_blob=False
)


@pytest.fixture
def seen(committed_db, helpers, superuser):
    import psycopg

    with chips_on_paper(), psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
        yield Seen(office=Office.found(), connection=connection)


def test_no_order_of_acts_leads_the_record_away_from_the_law(seen):
    run_state_machine_as_test(lambda: Machine(seen), settings=FIXED)
    print(told(seen))
    assert len(Machine.ACTS - set(seen.happened)) <= FEW, "some acts never happened"
    assert len(Machine.ACTS - Machine.NEVER_REFUSED - set(seen.refused)) <= FEW, "some acts were never refused"
