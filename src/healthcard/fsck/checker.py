"""One run over a database: every invariant asked in one snapshot, with what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from time import perf_counter

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from healthcard.fsck import chains, sums
from healthcard.fsck.invariants import INVARIANTS, REPLAY

Connection = psycopg.Connection[TupleRow]
NAMED = 20  # violations of one invariant that are named; all are counted
_SETTINGS = "SET work_mem = '256MB'; SET temp_buffers = '256MB'; SET TimeZone = 'UTC'; SET jit = off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of one invariant: how many violations, where the first ones are, how many cards there were."""

    id: str
    title: str
    cards: int
    violations: int
    where: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        return f"FSCK {self.id} cards={self.cards} violations={self.violations}"


def check(conninfo: str, *, on_progress: Callable[[str], object] = lambda _: None) -> Iterator[Found]:
    """Ask everything of the database at `conninfo` (psycopg's form); raises psycopg.Error where it cannot be read."""
    with _snapshot(conninfo) as connection:
        yield from asked(connection, on_progress=on_progress)


def asked(connection: Connection, *, on_progress: Callable[[str], object] = lambda _: None) -> Iterator[Found]:
    """The same over a connection inside a transaction, which the caller rolls back."""
    on_progress("replaying the events")
    ((cards,),) = connection.execute("SELECT count(*) FROM card").fetchall()
    connection.execute(_plain(REPLAY))
    for each in INVARIANTS:
        on_progress(f"{each.id} {each.title}")
        rows = connection.cursor().stream(_plain(each.sql))
        yield _found(each.id, each.title, cards, (str(row[0]) for row in rows))
    on_progress(f"{sums.ID} {sums.TITLE}")
    yield _found(sums.ID, sums.TITLE, cards, sums.wrong(connection))
    on_progress(f"{chains.ID} {chains.TITLE}")
    yield _found(chains.ID, chains.TITLE, cards, chains.broken(connection))


def _plain(text: str) -> sql.SQL:
    """A file of this package as a statement."""
    return sql.SQL(text)


@contextmanager
def _snapshot(conninfo: str) -> Iterator[Connection]:
    """One moment of the database; what the session scribbles is thrown away."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_SETTINGS)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction(force_rollback=True):
            yield connection


def _found(number: str, title: str, cards: int, places: Iterable[str]) -> Found:
    started, rest = perf_counter(), iter(places)
    where = tuple(islice(rest, NAMED))
    count = len(where) + sum(1 for _ in rest)
    return Found(id=number, title=title, cards=cards, violations=count, where=where, seconds=perf_counter() - started)
