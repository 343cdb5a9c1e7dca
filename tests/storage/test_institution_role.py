"""The role of the process for institutions: it asks about cards and keeps what institutions tell, and nothing else."""

from __future__ import annotations

import pytest

TOLD = "INSERT INTO card_event (card_id, version, person_version, event, changes, operation, organisation_id) "


@pytest.fixture
def role(installation):
    """A connection as that role, as the installation itself makes it; nothing of it stays."""
    import psycopg

    from healthcard.site import databases

    entry = databases.institution(installation.configuration)
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {name: entry[key] for name, key in names.items() if key in entry}
    with psycopg.connect(**given) as connection:
        connection.execute("SELECT set_config('healthcard.scope', '/', true)")
        yield connection
        connection.rollback()


def test_it_is_a_role_of_its_own_that_stands_under_every_fence(role):
    from healthcard.storage.roles import INSTITUTION

    (row,) = role.execute(
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles"
        " WHERE rolname = current_user"
    )
    assert row == (INSTITUTION, False)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO card (issue_serial) VALUES ('1')",
        "UPDATE card SET loss = 'none'",
        "UPDATE card SET product = 'jia'",
        "DELETE FROM card",
        TOLD + "VALUES (1, 1, 1, 'unlossed', '{}', gen_random_uuid(), 1)",
        "UPDATE card_change SET usable = true",
        "INSERT INTO card_change (card_id) VALUES (1)",
        "INSERT INTO application (number) VALUES ('1')",
        "UPDATE application SET state = 'completed'",
        "INSERT INTO resident (name_masked) VALUES ('x')",
        "UPDATE resident SET home_id = 1",
        "UPDATE verification SET usable = true",
        "UPDATE challenge SET at = now()",
        "UPDATE credential SET revoked_at = NULL",
        "INSERT INTO credential (name) VALUES ('x')",
        "UPDATE account SET role = 'admin'",
        "UPDATE organisation SET path = '/'",
        "UPDATE audit_entry SET action = ''",
        "UPDATE lifecycle_rule SET article = ''",
        "UPDATE registration SET business = ''",
        "UPDATE transfer_notice SET items = 0",
        "UPDATE webhook SET sealed_secret = ''",
        "CREATE TEMP TABLE t (n int)",
    ],
)
def test_it_changes_no_card_and_nothing_that_is_not_its_own(role, statement):
    import psycopg

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        role.execute(statement)


@pytest.mark.parametrize(
    "columns",
    [
        "sealed FROM resident",
        "name_masked FROM resident",
        "digest FROM resident_key",
        "password FROM account",
        "second_factor FROM account",
        "body FROM audit_entry",
        "sealed FROM application",
        "changes FROM card_event",
        "facts FROM message",
        "usable FROM verification",
        "sealed FROM transfer",
        "session_data FROM django_session",
    ],
)
def test_it_sees_nothing_of_people_or_of_what_others_do(role, columns):
    import psycopg

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        role.execute(f"SELECT {columns}")


def test_it_has_no_right_that_its_file_does_not_name(role):
    rows = role.execute(
        "SELECT DISTINCT table_name FROM information_schema.role_table_grants WHERE grantee = current_user"
        " AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES')"
    )
    assert {name for (name,) in rows} == {"audit_chain"}


_WEBHOOK = """INSERT INTO webhook (credential_id, organisation_id, url, sealed_secret, after_xid, after_id, failures)
    VALUES (1, %s, 'https://his.invalid', '', 0, 0, 0)"""


def test_rows_of_an_institution_are_not_there_for_another_one(installation, superuser):
    import psycopg

    from healthcard.storage.roles import INSTITUTION

    with psycopg.connect(dbname="healthcard", **superuser) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        for organisation in (1, 2, 2):
            connection.execute(_WEBHOOK, [organisation])
        connection.execute(f"SET LOCAL ROLE {INSTITUTION}")
        seen = []
        for own in ("", "1", "2"):
            connection.execute("SELECT set_config('healthcard.institution', %s, true)", [own])
            seen += connection.execute("SELECT count(*) FROM webhook").fetchone()
        assert seen == [0, 1, 2]
        connection.rollback()


@pytest.mark.parametrize("table", ["registration", "misuse", "webhook"])
def test_the_fence_around_an_institution_narrows_every_other_one(role, table):
    (policy,) = role.execute(
        "SELECT permissive, qual FROM pg_policies WHERE tablename = %s AND policyname = 'own'", [table]
    )
    assert policy[0] == "RESTRICTIVE"
    assert "healthcard.institution" in policy[1]
