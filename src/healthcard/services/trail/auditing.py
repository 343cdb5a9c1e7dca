"""Checking the audit: every entry read and hashed again, compared with its columns, its neighbours and the anchors.

Whoever owns the database can write there what he likes, with every trigger off. What he cannot do is sign: so an entry
that was ever anchored is either what it was then, or found.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg
from django.db import connection, transaction

from healthcard.keys.anchors import Anchor, Gap, Line
from healthcard.services.audit import chained
from healthcard.services.ports import key_service
from healthcard.services.trail import anchoring
from healthcard.services.trail.anchoring import Book

NONE = bytes(32)  # what stands before a chain's first entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Where the audit is not what it was: chain, number of the first bad entry, what is wrong."""

    chain: int
    seq: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row, as it is checked. The columns are told beside the body that was hashed."""

    chain: int
    seq: int
    columns: Mapping[str, object]
    body: bytes
    previous: bytes
    hash: bytes


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What was read and found; the audit is whole when there is no fault and every entry was read (`complete`)."""

    entries: int = 0
    anchors: int = 0
    complete: bool = True
    seconds: float = 0.0
    gaps: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return not self.faults


def verify() -> Verdict:
    """Read the whole audit, and the key service's anchors; writes nothing. Raises KeysError."""
    with key_service() as keys:
        book = anchoring.book(keys)
    begun = time.monotonic()
    verdict = Verdict(anchors=len(book.anchors), gaps=[_told(gap, line) for gap, line in book.gaps])
    with as_of_one_moment():
        heads = heads_now()
        kept = _kept()
        walk = Walk(book=book, verdict=verdict)
        for entry in entries():
            walk.see(entry)
        walk.end(heads)
    verdict.faults += _copies(kept, book)
    verdict.faults.sort(key=lambda fault: (fault.chain, fault.seq))
    verdict.seconds = time.monotonic() - begun
    return verdict


@contextmanager
def as_of_one_moment() -> Iterator[None]:
    """A transaction that sees one state of the audit; inside somebody else's it is his."""
    own = not connection.in_atomic_block
    with transaction.atomic():
        if own:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@dataclass(slots=True, kw_only=True)
class Walk:
    """All chains, one after the other; the first fault of each is told."""

    book: Book
    verdict: Verdict
    ends: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    bad: set[int] = field(default_factory=set)

    def see(self, entry: Entry) -> None:
        """The next entry in order of chain and number."""
        self.verdict.entries += 1
        last, previous = self.ends.get(entry.chain, (0, NONE))
        self.ends[entry.chain] = (entry.seq, entry.hash)
        if entry.chain not in self.bad and (found := self._objection(entry, last, previous)):
            self._fault(entry.chain, *found)

    def end(self, heads: Mapping[int, tuple[int, bytes]]) -> None:
        """After the last entry: heads, and anchors beyond them."""
        anchored = dict(sorted(self.book.anchors))
        for chain in sorted({*heads, *self.ends, *anchored}):
            if chain in self.bad:
                continue
            seq, value = self.ends.get(chain, (0, NONE))
            if anchored.get(chain, 0) > seq:
                what = f"the end is cut off, or the database is older than its anchors (up to {anchored[chain]})"
                self._fault(chain, seq + 1, what)
            elif heads.get(chain) != (seq, value):
                self._fault(chain, seq, "the head of the chain is not its last entry")

    def _objection(self, entry: Entry, last: int, previous: bytes) -> tuple[int, str] | None:
        if entry.seq != last + 1:
            return last + 1, "the entry is missing"
        if entry.previous != previous:
            return entry.seq, "it does not follow the entry before it"
        if chained(entry.previous, entry.body) != entry.hash:
            return entry.seq, "its body is not what was hashed"
        if differing := _differing(entry):
            return entry.seq, f"its column {differing} is not what its body says"
        anchor = self.book.anchors.get((entry.chain, entry.seq))
        if anchor is not None and anchor.head.hash != entry.hash:
            good = max((seq for chain, seq in self.book.anchors if chain == entry.chain and seq < entry.seq), default=0)
            return good + 1, f"between this entry and {entry.seq} the chain was written anew: its anchor is another"
        return None

    def _fault(self, chain: int, seq: int, what: str) -> None:
        self.bad.add(chain)
        self.verdict.faults.append(Fault(chain=chain, seq=seq, what=what))


def _differing(entry: Entry) -> str:
    """The first column that differs from the body, '' when none does."""
    try:
        body = json.loads(entry.body)
        who, whom = body["who"], body["whom"]
        told = {
            "chain": body["chain"],
            "seq": body["seq"],
            "operation": body["operation"],
            "at": body["at"],
            "action": body["action"],
            "account": who["account"],
            "credential": who["credential"],
            "organisation": who["organisation"],
            "resident": whom["resident"],
            "card": whom["card"],
            "application": whom["application"],
        }
    except (ValueError, KeyError, TypeError):
        return "body"
    if told == entry.columns:
        return ""
    return next((name for name, value in told.items() if entry.columns[name] != value), "chain")


_COLUMNS = (
    "chain",
    "seq",
    "operation",
    "at",
    "action",
    "account",
    "credential",
    "organisation",
    "resident",
    "card",
    "application",
)
_READ: LiteralString = """
    COPY (SELECT chain, seq, operation::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        action::text, account, credential, organisation, resident, card, application, body, previous, hash
        FROM audit_entry WHERE %(chain)s IS NULL OR chain = %(chain)s AND seq > %(since)s ORDER BY chain, seq)
    TO STDOUT (FORMAT BINARY)"""
_TYPES = ["int2", "int8", "text", "text", "text", *["int8"] * 6, "bytea", "bytea", "bytea"]


def entries(chain: int | None = None, since: int = 0) -> Iterator[Entry]:
    """Every entry, or those of a chain after number `since`; streamed, for the audit may be larger than memory."""
    driver = connection.connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("the database is PostgreSQL through psycopg")
    with psycopg.Cursor(driver) as cursor, cursor.copy(_READ, {"chain": chain, "since": since}) as copy:
        copy.set_types(_TYPES)
        for row in copy.rows():
            *columns, body, previous, value = row
            yield Entry(
                chain=columns[0],
                seq=columns[1],
                columns=dict(zip(_COLUMNS, columns, strict=True)),
                body=body,
                previous=previous,
                hash=value,
            )


def heads_now() -> dict[int, tuple[int, bytes]]:
    """The last entry of each chain as its head tells it: number and hash."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT chain, seq, hash FROM audit_chain")
        return {chain: (seq, bytes(value)) for chain, seq, value in cursor.fetchall()}


def _kept() -> dict[tuple[int, int], tuple[bytes, bytes]]:
    """The database's own copies of anchors: hash and signature."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT chain, seq, hash, signature FROM audit_anchor")
        return {(chain, seq): (bytes(value), bytes(signature)) for chain, seq, value, signature in cursor.fetchall()}


def _copies(kept: Mapping[tuple[int, int], tuple[bytes, bytes]], book: Book) -> Iterable[Fault]:
    """Copies that are not what was signed, and those that are gone; the newest may not have been written yet."""
    for (chain, seq), copy in sorted(kept.items()):
        signed = [(one.head.hash, one.signature) for one in _both(book, (chain, seq))]
        if copy not in signed:
            yield Fault(chain=chain, seq=seq, what="the copy of its anchor is not what the key service signed")
    for chain, seq in sorted(book.anchors.keys() - kept.keys()):
        if book.heads[chain].seq != seq:
            yield Fault(chain=chain, seq=seq, what="the copy of its anchor is gone")


def _both(book: Book, key: tuple[int, int]) -> Iterator[Anchor]:
    for table in (book.anchors, book.lost):
        if key in table:
            yield table[key]


def _told(gap: Gap, line: Line) -> str:
    return f"chain {gap.chain}: entries {gap.since + 1} to {gap.until} lost by a restore at {line.at} ({line.reason})"
