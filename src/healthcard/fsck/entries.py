"""The audit read once: its chains hashed again (I-33), the columns of each entry compared with its body (I-36).

The events that entries name are put into `audit_told`, scratch of this session, for I-32. Chains do not know each
other, so a second process may read half of them.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg.rows import TupleRow

Connection = psycopg.Connection[TupleRow]
START = bytes(32)  # what the first entry of a chain follows
AT_ONCE = 20_000  # entries fetched together

CHAINS = "I-33", "The chains of the audit are whole: no entry changed, inserted, exchanged or cut off"
BODIES = "I-36", "Every entry of the audit says who, where and what, and its columns say what its body says"
_TOLD = "CREATE TEMP TABLE audit_told (operation uuid, at timestamptz, card_id bigint, version int, event text)"
_COPY = "COPY audit_told FROM STDIN (FORMAT binary)"
_HEAD, _TAIL = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_EVENT = struct.Struct(">hi16siqiqiii")  # how many columns, then each after its length; the text follows
_EPOCH, _MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_ENTRIES = """
    SELECT chain, seq, body, previous, hash, operation::text, action, account, credential, organisation, resident, card,
        application, at
    FROM audit_entry WHERE chain = %s ORDER BY seq"""
_CHAINS = "SELECT DISTINCT chain FROM audit_entry ORDER BY chain"
_HEADS = "SELECT chain, seq, hash FROM audit_chain"


@dataclass(slots=True)
class Reading:
    """Where the audit is broken: places by invariant, and the last entry met of each chain."""

    chains: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    _ends: dict[object, tuple[int, bytes]] = field(default_factory=dict)

    def over(self, connection: Connection, chains: Iterable[int]) -> Reading:
        """Read these chains, and keep what they tell in `audit_told`."""
        for block in self.read(connection, chains):
            keep(connection, [block])
        return self

    def read(self, connection: Connection, chains: Iterable[int]) -> Iterator[bytes]:
        """Judge every entry of these chains; the events they name, as rows of `audit_told` in blocks."""
        for chain in chains:
            with connection.cursor(name="entries", binary=True) as cursor:
                cursor.execute(_ENTRIES, [chain])
                while rows := cursor.fetchmany(AT_ONCE):
                    yield b"".join(event for row in rows for event in self.take(row))

    def join(self, other: Reading) -> None:
        """Take over what was found in other chains."""
        self.chains += other.chains
        self.bodies += other.bodies
        self._ends |= other._ends

    def take(self, row: TupleRow) -> Iterator[bytes]:
        """Judge one entry, the next of its chain; the events it names, as rows of `audit_told`."""
        chain, seq, body, previous, hashed, *columns, at = row
        last, end = self._ends.get(chain, (0, START))
        if seq != last + 1 or previous != end or hashlib.new("sm3", previous + body).digest() != hashed:
            self.chains.append(f"chain {chain} entry {seq}")
        self._ends[chain] = (seq, hashed)
        try:
            said = json.loads(body)
            if [*columns, chain, seq] != _columns(said) or datetime.fromisoformat(said["at"]) != at:
                self.bodies.append(f"chain {chain} entry {seq}")
            for card, version, event in said["facts"].get("events", ()):
                yield _told(columns[0], at, card, version, event.encode())
        except (ValueError, KeyError, TypeError, AttributeError, struct.error):
            self.bodies.append(f"chain {chain} entry {seq} cannot be read")

    def closed(self, connection: Connection) -> Reading:
        """Compare the ends met with the heads of the chains, when all are read: a cut tail shows here."""
        connection.execute("ANALYZE audit_told")
        found = connection.cursor(binary=True).execute(_HEADS)
        heads = {chain: (seq, hashed) for chain, seq, hashed in found}
        for chain in sorted({*heads, *self._ends}, key=str):
            if heads.get(chain) != self._ends.get(chain, (0, START)):
                self.chains.append(f"head of chain {chain}")
        return self


def chains(connection: Connection) -> list[int]:
    """Every chain that has entries."""
    return [chain for (chain,) in connection.execute(_CHAINS)]


def prepare(connection: Connection) -> None:
    """Make `audit_told`."""
    connection.execute(_TOLD)


def keep(connection: Connection, blocks: Iterable[bytes]) -> None:
    """Put events into `audit_told`: rows in the database's binary form, in any pieces."""
    with connection.cursor().copy(_COPY) as copy:
        copy.write(_HEAD)
        for block in blocks:
            copy.write(block)
        copy.write(_TAIL)


def _told(operation: str, at: datetime, card: int, version: int, event: bytes) -> bytes:
    moment, number = (at - _EPOCH) // _MICROSECOND, bytes.fromhex(operation.replace("-", ""))
    return _EVENT.pack(5, 16, number, 8, moment, 8, card, 4, version, len(event)) + event


def _columns(said: dict[str, dict[str, object]]) -> list[object]:
    """What the columns have to be: those of the query between `hash` and `at`, then chain and number."""
    who, whom = said["who"], said["whom"]
    actors = [who["account"], who["credential"], who["organisation"]]
    subjects = [whom["resident"], whom["card"], whom["application"]]
    return [said["operation"], said["action"], *actors, *subjects, said["chain"], said["seq"]]
