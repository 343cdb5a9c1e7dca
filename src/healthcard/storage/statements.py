"""Questions asked with every call, in words of their own: planned once in each connection and bound by the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import LiteralString

import psycopg
from django.db import connection
from psycopg.rows import TupleRow

Parameters = Sequence[object] | Mapping[str, object]


def fetch(statement: LiteralString, parameters: Parameters) -> list[TupleRow]:
    """The rows of `statement` (placeholders as psycopg has them), over Django's connection and in its transaction."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    driver = connection.connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("the database is PostgreSQL through psycopg")
    with connection.wrap_database_errors, psycopg.Cursor(driver) as cursor:
        return cursor.execute(statement, parameters, prepare=True).fetchall()
