"""One run over a database: every invariant asked in one snapshot, with what was found.

Three connections share the snapshot and the work: one replays the events and asks what rests on them, one takes the
sums again and reads the audit, of which a process of its own reads every second chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from healthcard.fsck import entries, sums
from healthcard.fsck.invariants import INVARIANTS, REPLAY, Invariant

Connection = psycopg.Connection[TupleRow]
Progress = Callable[[str], object]
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


def check(conninfo: str, *, on_progress: Progress = lambda _: None) -> Iterator[Found]:
    """Ask everything of the database at `conninfo` (psycopg's form); raises psycopg.Error where it cannot be read."""
    with _snapshot(conninfo) as connection, ThreadPoolExecutor(1) as pool:
        ((shared,),) = connection.execute("SELECT pg_export_snapshot()").fetchall()
        beside = pool.submit(_beside, conninfo, shared, on_progress)
        yield from _record(connection, on_progress)
        yield from beside.result()


def _beside(conninfo: str, shared: str, on_progress: Progress) -> list[Found]:
    with (
        _snapshot(conninfo, shared) as connection,
        TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, get_context("spawn")) as pool,
    ):
        every, spool = entries.chains(connection), Path(folder) / "told"
        other = pool.submit(_read_apart, conninfo, shared, every[1::2], spool)
        return list(_audit(connection, on_progress, partial(_read_with, connection, every[::2], other, spool)))


def _read_apart(conninfo: str, shared: str, chains: list[int], spool: Path) -> entries.Reading:
    """In another process: read these chains and put what they tell into the file `spool`."""
    reading = entries.Reading()
    with _snapshot(conninfo, shared) as connection, spool.open("wb") as file:
        file.writelines(reading.read(connection, chains))
    return reading


def _read_with(
    connection: Connection, chains: list[int], other: Future[entries.Reading], spool: Path
) -> entries.Reading:
    """Read these chains, and join what the other process has read."""
    reading = entries.Reading().over(connection, chains)
    reading.join(other.result())
    with spool.open("rb") as file:
        entries.keep(connection, iter(partial(file.read, 2**20), b""))
    return reading


def asked(connection: Connection, *, on_progress: Progress = lambda _: None) -> Iterator[Found]:
    """The same over one connection inside a transaction, which the caller rolls back."""
    yield from _record(connection, on_progress)
    yield from _audit(connection, on_progress, lambda: entries.Reading().over(connection, entries.chains(connection)))


def _record(connection: Connection, on_progress: Progress) -> Iterator[Found]:
    """What rests on the events."""
    ask = _Asker(connection, on_progress)
    on_progress("replaying the events")
    connection.execute(_plain(REPLAY))
    for each in INVARIANTS:
        if not each.of_audit:
            yield ask.invariant(each)


def _audit(connection: Connection, on_progress: Progress, read: Callable[[], entries.Reading]) -> Iterator[Found]:
    """What rests on the audit, and on nothing but a row itself; `read` reads the chains."""
    ask = _Asker(connection, on_progress)
    yield ask.found(sums.ID, sums.TITLE, lambda: sums.wrong(connection))
    entries.prepare(connection)
    on_progress("reading the audit")
    reading = read()
    yield ask.found(*entries.CHAINS, lambda: reading.closed(connection).chains)
    yield ask.found(*entries.BODIES, lambda: reading.bodies)
    for each in INVARIANTS:
        if each.of_audit:
            yield ask.invariant(each)


class _Asker:
    """Asks one thing after the other over one connection."""

    def __init__(self, connection: Connection, on_progress: Progress) -> None:
        self._connection, self._on_progress = connection, on_progress
        ((self._cards,),) = connection.execute("SELECT count(*) FROM card").fetchall()

    def invariant(self, each: Invariant) -> Found:
        """An invariant that is a question in SQL."""
        rows = self._connection.cursor()
        return self.found(each.id, each.title, lambda: (str(row[0]) for row in rows.stream(_plain(each.sql))))

    def found(self, number: str, title: str, places: Callable[[], Iterable[str]]) -> Found:
        """What is found at `places`, and how long that took."""
        self._on_progress(f"{number} {title}")
        started, rest = perf_counter(), iter(places())
        where = tuple(islice(rest, NAMED))
        count = len(where) + sum(1 for _ in rest)
        seconds = perf_counter() - started
        return Found(id=number, title=title, cards=self._cards, violations=count, where=where, seconds=seconds)


def _plain(text: str) -> sql.SQL:
    """A file of this package as a statement."""
    return sql.SQL(text)


@contextmanager
def _snapshot(conninfo: str, shared: str = "") -> Iterator[Connection]:
    """One moment of the database, that of `shared` if given; what the session scribbles is thrown away."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_SETTINGS)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction(force_rollback=True):
            if shared:
                connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(shared))
            yield connection
