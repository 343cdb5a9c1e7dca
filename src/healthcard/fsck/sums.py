"""The sums that rows of the state tables carry over their columns, taken again (the database keeps them)."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

Connection = psycopg.Connection[TupleRow]
ID, TITLE = "I-08 rows", "No column of a state table changed past the guards"
LEAST = 10  # tables that carry sums; fewer means somebody took them away
_COLUMNS = """
    SELECT relname, array_agg(attname::text ORDER BY attnum) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    GROUP BY relname HAVING bool_or(attname = 'row_sum') ORDER BY relname"""


def wrong(connection: Connection) -> Iterator[str]:
    """The rows whose sum is not that of their columns, by table and place."""
    tables = connection.execute(_COLUMNS).fetchall()
    if len(tables) < LEAST:
        yield f"only {len(tables)} tables carry sums"
    for table, columns in tables:
        for (place,) in connection.cursor().stream(_again(table, columns)):
            yield f"{table} {place}"


def _again(table: str, columns: list[str]) -> sql.Composed:
    parts = [sql.SQL("0::bigint") if name == "row_sum" else sql.Identifier(name) for name in columns]
    statement = sql.SQL("SELECT ctid::text FROM {} WHERE row_sum <> hash_record_extended(ROW({}), 0)")
    return statement.format(sql.Identifier(table), sql.SQL(", ").join(parts))
