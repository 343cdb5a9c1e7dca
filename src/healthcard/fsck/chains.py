"""The chains of the audit, hashed again entry by entry (I-33)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import psycopg
from psycopg.rows import TupleRow

Connection = psycopg.Connection[TupleRow]
START = bytes(32)  # what the first entry of a chain follows
AT_ONCE = 20_000  # entries fetched together

ID, TITLE = "I-33", "The chains of the audit are whole: no entry changed, inserted, exchanged or cut off"
_ENTRIES = "SELECT chain, seq, body, previous, hash FROM audit_entry ORDER BY chain, seq"
_HEADS = "SELECT chain, seq, hash FROM audit_chain"


def broken(connection: Connection) -> Iterator[str]:
    """Where chains break; a chain is told once for each entry that does not follow the one before it."""
    ends: dict[object, tuple[int, bytes]] = {}
    with connection.cursor(name="entries") as cursor:
        cursor.itersize = AT_ONCE
        for chain, seq, body, previous, hashed in cursor.execute(_ENTRIES, binary=True):
            last, end = ends.get(chain, (0, START))
            again = hashlib.new("sm3", bytes(previous) + bytes(body)).digest()
            if seq != last + 1 or bytes(previous) != end or again != bytes(hashed):
                yield f"chain {chain} entry {seq}"
            ends[chain] = (int(seq), bytes(hashed))
    yield from _wrong_heads(connection, ends)


def _wrong_heads(connection: Connection, ends: dict[object, tuple[int, bytes]]) -> Iterator[str]:
    heads = {chain: (seq, hashed) for chain, seq, hashed in connection.execute(_HEADS)}
    for chain in sorted({*heads, *ends}, key=str):
        if heads.get(chain) != ends.get(chain, (0, START)):
            yield f"head of chain {chain}"
