"""Questions asked with every call, in words of their own: planned once in each connection and bound by the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import LiteralString

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.rows import TupleRow

Parameters = Sequence[object] | Mapping[str, object]


def fetch(statement: LiteralString, parameters: Parameters) -> list[TupleRow]:
    """The rows of `statement` (placeholders as psycopg has them), over Django's connection and in its transaction."""
    link, driver = _link()
    with link.wrap_database_errors, psycopg.Cursor(driver) as cursor:
        return cursor.execute(statement, parameters, prepare=True).fetchall()


def run(statement: LiteralString, parameters: Parameters) -> None:
    """The same for a statement that gives no rows."""
    link, driver = _link()
    with link.wrap_database_errors, psycopg.Cursor(driver) as cursor:
        cursor.execute(statement, parameters, prepare=True)


def _link() -> tuple[BaseDatabaseWrapper, psycopg.Connection[TupleRow]]:
    link = connections[DEFAULT_DB_ALIAS]
    link.close_if_health_check_failed()
    link.ensure_connection()
    driver = link.connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("the database is PostgreSQL through psycopg")
    return link, driver
