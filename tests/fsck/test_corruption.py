"""Of random corruptions of single columns, past every guard, the checker finds at least 99 of 100."""

from __future__ import annotations

import psycopg
from corruptions import corruptions
from test_planted import _without_constraints

from healthcard.fsck import asked

TRIED, SEED = 150, 20260105


def found(connection, statement: str) -> bool | None:
    """Whether the checker stumbles over it; None when the database itself could not hold the value."""
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        _without_constraints(connection)
        try:
            connection.execute(statement)
        except psycopg.Error:
            return None
        try:
            return any(each.violations for each in list(asked(connection)))
        except psycopg.Error:
            return True  # it cannot even be read


def test_corruptions_of_single_columns_are_found(checked):
    results = {}
    for table, column, statement in list(corruptions(checked, TRIED, SEED)):
        results[statement] = (table, column, found(checked, statement))
    tried = [each for each in results.values() if each[2] is not None]
    missed = [each[:2] for each in tried if not each[2]]
    print(f"CORRUPTION tried={len(tried)} found={len(tried) - len(missed)} missed={missed}")
    assert len(tried) > TRIED * 0.8
    assert len(missed) <= len(tried) * 0.01, missed
