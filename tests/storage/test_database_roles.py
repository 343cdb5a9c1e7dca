"""What the roles of the database may do, and that setting up gives them no more."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from tables_bench import sql


@pytest.mark.parametrize("table", ["card", "issue_serial", "perso_job", "resident", "roster_import", "account"])
def test_the_application_removes_nothing(refused, table):
    refused(sql(f"DELETE FROM {table}"), "permission denied")


@pytest.mark.parametrize(
    "table", ["perso_intent", "perso_outcome", "issuer_identity", "card", "perso_job", "key_binding"]
)
def test_not_even_the_tables_owner_removes_what_happened(installation, superuser, table):
    import psycopg

    with psycopg.connect(dbname="healthcard", **superuser) as connection:
        connection.execute("SET ROLE healthcard_owner")
        with pytest.raises(psycopg.errors.RestrictViolation, match="never changed or removed"):
            connection.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("statement", ["CREATE TABLE t (n int)", "CREATE TEMP TABLE t (n int)", "CREATE ROLE r"])
def test_the_application_makes_no_tables_and_no_roles(refused, statement):
    refused(sql(statement), "permission denied")


def test_the_application_role_is_neither_superuser_nor_owner(db):
    from healthcard.storage import schema

    schema.check_role()


def test_a_mighty_role_is_refused(installation, superuser):
    from django.db import connections

    from healthcard.storage import schema
    from healthcard.storage.roles import UnsafeRole

    plain = connections["default"]
    mighty = plain.copy()
    mighty.settings_dict = {**plain.settings_dict, "USER": superuser["user"], "PASSWORD": superuser["password"]}
    connections["default"] = mighty
    try:
        with pytest.raises(UnsafeRole, match="postgres"):
            schema.check_role()
    finally:
        mighty.close()
        connections["default"] = plain


def test_a_member_of_the_owners_role_is_refused(installation, superuser):
    import psycopg

    from healthcard.storage import schema
    from healthcard.storage.roles import APPLICATION, OWNER, UnsafeRole

    with psycopg.connect(dbname="postgres", autocommit=True, **superuser) as connection:
        connection.execute(f"GRANT {OWNER} TO {APPLICATION}")
        try:
            with pytest.raises(UnsafeRole, match="belongs to a role"):
                schema.check_role()
        finally:
            connection.execute(f"REVOKE {OWNER} FROM {APPLICATION}")
    schema.check_role()


def test_every_table_has_its_line_in_the_grants(db):
    from django.db import connection

    text = files("healthcard.storage").joinpath("grants.sql").read_text("utf-8")
    lists = re.findall(r"GRANT [A-Z, ]+ ON (?!ALL|FUNCTION)([^;]+?) TO", text, re.DOTALL)
    granted = set(re.findall(r"\w+", " ".join(lists)))
    assert set(connection.introspection.table_names()) == granted


def test_setting_up_again_changes_nothing(installation):
    from healthcard.storage import schema

    installation.set_up_database()
    assert schema.is_current()


def test_the_models_and_the_migrations_agree(installation):
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
