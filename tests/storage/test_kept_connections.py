"""A connection kept between requests is looked at before it is used again, without a question to the server."""

from __future__ import annotations

import psycopg
import pytest


@pytest.fixture
def kept(installation, superuser):
    """Django's connection as a web worker keeps it, and how to end it from outside."""
    from django.db import connection

    connection.close()
    connection.ensure_connection()

    def end():
        number = connection.connection.info.backend_pid
        with psycopg.connect(dbname="postgres", **superuser) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [number])

    yield connection, end
    connection.close()


def begin_request(connection):
    connection.health_check_enabled = connection.health_check_done = False
    connection.close_if_unusable_or_obsolete()
    connection.health_check_enabled = True


def test_a_connection_that_stands_is_used_again(kept):
    from healthcard.storage import statements

    connection, _ = kept
    before = connection.connection.info.backend_pid
    begin_request(connection)
    assert statements.fetch("SELECT pg_backend_pid()", []) == [(before,)]


def test_a_connection_that_the_server_ended_is_replaced_before_it_is_used(kept):
    from healthcard.storage import statements

    connection, end = kept
    before = connection.connection.info.backend_pid
    end()
    begin_request(connection)
    ((after,),) = statements.fetch("SELECT pg_backend_pid()", [])
    assert after != before


def test_a_question_is_planned_once_in_its_connection(kept):
    from healthcard.storage import statements

    for number in range(3):
        assert statements.fetch("SELECT %s::int + 1", [number]) == [(number + 1,)]
    planned = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1::int%%'"
    assert statements.fetch(planned, []) == [(1,)]
