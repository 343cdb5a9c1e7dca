"""A synthetic record in a scratch installation, large enough to measure on: people, cards, events, audit and all.

It is made by the database itself and copied in past every guard; what the guards would have kept is written here again,
so the checker finds nothing wrong with it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from bench.population.entries import CHAINS, COLUMNS, HEAD, TAIL, Acts, Chain
from bench.population.histories import Life, Step, lives

Connection = psycopg.Connection[TupleRow]
Address = Mapping[str, object]  # of a superuser: nobody else is let past the guards
SPAN = timedelta(days=30)  # an act of everybody
LASTING = timedelta(days=330)  # from the beginning until now: all acts are over
INTENTS = 1  # writing commands of each personalisation in the journal
WRITERS = 2
AT_ONCE = 1_000  # rows sent together
_SETTINGS = (
    "SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'; SET synchronous_commit = off; SET TimeZone = 'UTC'"
)


def fill_home(home: Path, people: int) -> None:
    """Make an installation in the folder `home` and fill it, in a process of its own."""
    environment = {**os.environ, "HEALTHCARD_HOME": str(home)}
    subprocess.run([sys.executable, "-m", "bench.population", str(people)], env=environment, check=True)


def fill(address: Address, people: int) -> None:
    """Fill the empty database at `address` (psycopg's parameters) with `people` (hundreds) and their cards."""
    with psycopg.connect(**address, autocommit=True) as connection:  # type: ignore[arg-type] # parameters by name
        connection.execute(_SETTINGS)
        beginning = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) - LASTING
        with _past_guards(connection), _without_indexes(connection):
            _prepare(connection, people, beginning)
            _rows(connection, address, people, beginning)
        connection.execute("DROP SCHEMA bench CASCADE")
        _advance_sequences(connection)
        connection.execute("VACUUM ANALYZE")


@contextmanager
def _past_guards(connection: Connection) -> Iterator[None]:
    """No trigger works but the one that keeps row sums."""
    triggers = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'zz_sum'"
    tables = [name for (name,) in connection.execute(triggers)]
    connection.execute("SET session_replication_role = replica")
    for table in tables:
        connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER zz_sum")
    yield
    for table in tables:
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER zz_sum")
    connection.execute("SET session_replication_role = origin")


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Indexes that hold no constraint are made when the rows are there, which is faster."""
    named = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON oid = indrelid"
        " WHERE relnamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
    ).fetchall()
    for name, _ in named:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, definition in named:
        connection.execute(definition)


def _prepare(connection: Connection, people: int, beginning: datetime) -> None:
    """The tables rows.sql reads: how many, and what lives there are."""
    tick = SPAN / people
    connection.execute("CREATE SCHEMA bench")
    connection.execute("SET search_path = public, bench")
    connection.execute(
        "CREATE TABLE bench.size AS SELECT %s::bigint AS people, %s::int AS intents, %s::timestamptz AS beginning",
        [people, INTENTS, f"{beginning.isoformat()}Z"],
    )
    connection.execute(
        "CREATE FUNCTION bench.moment(act bigint, n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$"
        f" SELECT '{beginning.isoformat()}Z'::timestamptz"
        f" + (act * {people} + n) * interval '{tick // timedelta(microseconds=1)} microseconds' $$"
    )
    connection.execute("CREATE TABLE bench.life (kind text, lowest int, highest int, events int)")
    connection.execute(
        "CREATE TABLE bench.outcome (kind text, no int, made_in int, handed boolean, placed boolean, facts jsonb)"
    )
    connection.execute(
        "CREATE TABLE bench.step (kind text, act int, no int, version int, person_version int, event text,"
        " changes jsonb, told text)"
    )
    lowest = 0
    for kind, life in lives().items():
        row = (kind, lowest, lowest + life.share - 1, len(life.steps))
        connection.execute("INSERT INTO bench.life VALUES (%s, %s, %s, %s)", row)
        _write_life(connection, kind, life)
        lowest += life.share


def _write_life(connection: Connection, kind: str, life: Life) -> None:
    for step in life.steps:
        row = (kind, step.act, step.card, step.version, step.person_version, step.event)
        connection.execute(
            "INSERT INTO bench.step VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [*row, json.dumps(step.changes), step.told],
        )
    for card, facts in life.facts.items():
        made = next((step.act for step in life.steps if (step.card, step.event) == (card, "made")), None)
        handed = any((step.card, step.event) == (card, "handed_over") for step in life.steps)
        outcome = (kind, card, made, handed, "place_org" in facts, json.dumps(facts))
        connection.execute("INSERT INTO bench.outcome VALUES (%s, %s, %s, %s, %s, %s)", outcome)


def _rows(connection: Connection, address: Address, people: int, beginning: datetime) -> None:
    """Everything: the audit by two processes, whose hashes are ours to compute, the rest by the database meanwhile."""
    first, rest = files("bench.population").joinpath("rows.sql").read_text("utf-8").split("-- The rest\n")
    connection.execute(first.encode())
    shares = [(dict(address), range(first, CHAINS, WRITERS), people, beginning) for first in range(WRITERS)]
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn")) as pool:
        written = pool.map(_write_chains, *zip(*shares, strict=True))
        connection.execute(rest.encode())
        for ends in written:
            for number, (seq, end) in ends.items():
                connection.execute("UPDATE audit_chain SET seq = %s, hash = %s WHERE chain = %s", [seq, end, number])


def _write_chains(address: Address, numbers: range, people: int, beginning: datetime) -> dict[int, tuple[int, bytes]]:
    acts = _acts()
    ends = {}
    with psycopg.connect(**address) as connection:  # type: ignore[arg-type] # parameters by name
        connection.execute("SET session_replication_role = replica")
        for number in numbers:
            chain = Chain(number=number, beginning=beginning, tick=SPAN / people, people=people)
            own = "SELECT n, card, desk, kind FROM bench.person WHERE mod(n, %s) = %s ORDER BY n"
            mine = connection.execute(own, [CHAINS, number]).fetchall()
            with connection.cursor().copy(f"COPY audit_entry ({COLUMNS}) FROM STDIN (FORMAT binary)") as copy:
                copy.write(HEAD)
                rows = chain.rows(mine, acts)
                while together := b"".join(islice(rows, AT_ONCE)):
                    copy.write(together)
                copy.write(TAIL)
            ends[number] = (chain.seq, chain.end)
    return ends


def _acts() -> Acts:
    found: dict[str, dict[int, list[Step]]] = {kind: defaultdict(list) for kind in lives()}
    for kind, life in lives().items():
        for step in life.steps:
            found[kind][step.act].append(step)
    return found


def _advance_sequences(connection: Connection) -> None:
    """Rows that services write from here on have numbers of their own."""
    owned = connection.execute(
        "SELECT relname, attname, pg_get_serial_sequence(quote_ident(relname), attname) FROM pg_attribute"
        " JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND attidentity <> '' ORDER BY 1"
    ).fetchall()
    for table, column, sequence in owned:
        statement = "SELECT setval({}, coalesce(max({}), 0) + 1, false) FROM {}"
        names = (sql.Literal(sequence), sql.Identifier(column), sql.Identifier(table))
        connection.execute(sql.SQL(statement).format(*names))
