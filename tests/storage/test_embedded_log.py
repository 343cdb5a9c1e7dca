"""What our own database server refuses, it tells whoever asked, and not its log."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connections

from doubles.canaries import CANARIES, NAME, NUMBER, PHONE, seen
from healthcard.site import databases

TEXTS = ("character varying", "text", "jsonb", "bytea")
ROLES = ("application", "institution")
REFUSED = (
    f"SELECT '{NUMBER} {NAME}'::bigint",
    f"SELECT '{NAME}' FROM nobody",
    f'SELECT {PHONE} / 0 AS "{NAME}"',
    f"SELEKT '{NAME}' -- {NUMBER}",
    f"DO $$ BEGIN RAISE EXCEPTION '{NAME} {NUMBER}' USING DETAIL = '{PHONE}'; END $$",
    f"DO $$ BEGIN RAISE WARNING '{NAME} {NUMBER}' USING DETAIL = '{PHONE}'; END $$",
    f"DELETE FROM card WHERE issue_serial = '{NUMBER}'",
    f"UPDATE card SET product = '{NAME * 9}'",
    f"SET LOCAL statement_timeout = 1; SELECT pg_sleep(1), '{NAME} {NUMBER}'",
    f"SET LOCAL datestyle = '{NAME}'",
)


@pytest.fixture(params=ROLES)
def asking(installation, request):
    """Runs a statement as a role of ours, and tells what came of it; nothing of it stays."""
    entry = getattr(databases, request.param)(installation.configuration)
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    with psycopg.connect(**{name: entry[key] for name, key in names.items()}) as connection:

        def ask(statement, values=None):
            try:
                connection.execute(statement, values)
            except psycopg.Error as error:
                return str(error)
            finally:
                connection.rollback()
            return ""

        yield ask


@pytest.fixture
def log(installation):
    """What the server's log has had to say since."""
    path = installation.server.folder / "server.log"
    before = path.stat().st_size
    yield lambda: path.read_bytes()[before:]
    connections["default"].close()


def test_what_is_refused_does_not_get_into_the_log(asking, log):
    told = [asking(statement) for statement in REFUSED]
    told.append(asking("SELECT %s::int", [NUMBER]))
    assert sum(bool(seen(text.encode())) for text in told) >= 5, "whoever asks is told: there is something to hide"
    assert not seen(log())


def test_rows_that_no_table_takes_do_not_get_into_the_log(asking, log, superuser):
    """Every table: each of its columns of text in turn, and all of them together."""
    with psycopg.connect(dbname="healthcard", **superuser) as connection:
        columns = connection.execute(
            "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type = ANY(%s) GROUP BY 1 ORDER BY 1",
            [list(TEXTS)],
        ).fetchall()
    told = []
    for table, names in columns:
        for some in (*([name] for name in names), names):
            row = ", ".join(f"'{NUMBER}{PHONE}'" for _ in some)
            told.append(asking(f"INSERT INTO {table} ({', '.join(some)}) VALUES ({row})"))
            told.append(asking(f"UPDATE {table} SET {some[0]} = '{CANARIES['name']}'"))
    assert len(told) > 200
    assert any("Failing row contains" in text and seen(text.encode()) for text in told)
    assert not seen(log())
