"""Random corruptions of single columns of the state tables, by an owner whom no guard stops."""

from __future__ import annotations

import random
from collections.abc import Iterator

STATE = (
    "card",
    "card_event",
    "person_version",
    "card_change",
    "application",
    "transfer",
    "recovery",
    "lock_order",
    "day_close",
    "perso_job",
    "audit_entry",
)
OTHER = {
    "boolean": "NOT {c}",
    "bigint": "coalesce({c}, 0) + 1",
    "integer": "coalesce({c}, 0) + 1",
    "smallint": "coalesce({c}, 0) + 1",
    "date": "coalesce({c}, current_date) + 1",
    "timestamp with time zone": "coalesce({c}, now()) + interval '1 hour'",
    "bytea": "coalesce({c}, '') || '\\x01'",
    "uuid": "gen_random_uuid()",
    "jsonb": '\'{{"place": "transit"}}\'',
}


def corruptions(connection, count: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """`count` statements, each changing one column of one row: (table, column, statement)."""
    columns = connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = ANY(%s) AND column_name <> 'id' ORDER BY 1, 2",
        [list(STATE)],
    ).fetchall()
    chance = random.Random(seed)
    for _ in range(count):
        table, column, kind = chance.choice(columns)
        other = OTHER.get(kind, "coalesce({c}, '') || 'x'").format(c=column)
        (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        row = f"(SELECT ctid FROM {table} ORDER BY ctid OFFSET {chance.randrange(rows)} LIMIT 1)"
        yield table, column, f"UPDATE {table} SET {column} = {other} WHERE ctid = {row}"
