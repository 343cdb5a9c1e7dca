"""A clean record, however it came about, has no violations, and the checker may only read."""

from __future__ import annotations

import psycopg
import pytest

from healthcard.fsck import INVARIANTS, asked, check


def test_a_clean_record_has_no_violations(checked, installation):
    found = list(check(installation.checker_address()))
    assert len(found) == len(INVARIANTS) + 3
    assert {each.id: each.where for each in found if each.violations} == {}
    assert found[0].cards == 70


def test_an_empty_record_has_none_either(installation):
    assert sum(each.violations for each in check(installation.checker_address())) == 0


@pytest.mark.parametrize("statement", ["DELETE FROM card", "UPDATE card SET loss = 'none'", "CREATE TABLE t (n int)"])
def test_the_checkers_role_changes_nothing(installation, statement):
    with (
        psycopg.connect(installation.checker_address()) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_a_migration_may_renew_the_sums_of_tables_that_hold_rows(checked):
    with checked.transaction(force_rollback=True):
        checked.execute("UPDATE card SET place_org_id = place_org_id")  # rows of this very transaction
        checked.execute("SELECT renew_sums(ARRAY['card', 'transfer', 'application', 'perso_job'])")
        assert {each.id: each.where for each in asked(checked) if each.violations} == {}
