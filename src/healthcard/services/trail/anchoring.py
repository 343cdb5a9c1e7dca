"""Anchors: the heads of the audit's chains, and the cards that ended, given to the key service to sign and keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from healthcard.keys import anchors
from healthcard.keys.anchors import Anchor, Gap, Head, Line
from healthcard.keys.client import KeyClient
from healthcard.services import scope
from healthcard.services.ports import key_service

PERIOD = 30.0  # seconds between two anchors: at most 60 shall lie between an act and its anchor (I-34)


_CAUGHT_UP: set[str] = set()  # not empty when this process knows that the copies are those of the key service


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """What one round gave to the key service: heads that were signed, cards that were listed as ended."""

    heads: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What the key service keeps: anchors in force by (chain, seq), those a restore has lost, ended cards."""

    anchors: Mapping[tuple[int, int], Anchor]
    lost: Mapping[tuple[int, int], Anchor]
    heads: Mapping[int, Head]
    gaps: tuple[tuple[Gap, Line], ...]
    ended: frozenset[str]


def anchor_now() -> Anchored:
    """Have the chains signed as they are now; raises AnchorRefused, an alarm, when one went back, and KeysError."""
    with key_service() as keys:
        return anchor(keys)


def anchor(keys: KeyClient) -> Anchored:
    """As `anchor_now`, with this connection."""
    with transaction.atomic():
        scope.limit(scope.EVERYBODY)
        heads, since = chain_heads(), _anchored()
        moved = [head for head in heads if since.get(head.chain, 0) != head.seq]
        ended = [] if not moved else _ended(moved, since)
    told = keys.anchor(heads, ended)  # the others too: one that went back is an alarm
    if not _CAUGHT_UP:
        keep(tuple(book(keys).anchors.values()))  # a crash may have come between a signature and its copy
    _CAUGHT_UP.clear()
    keep(told)
    _CAUGHT_UP.add("copies")
    return Anchored(heads=len(told), ended=len(ended))


def keep(told: Sequence[Anchor]) -> None:
    """The database's own copy of what was signed."""
    rows = [(one.head.chain, one.head.seq, one.head.hash, one.at, one.signature) for one in told]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO audit_anchor (chain, seq, hash, at, signature) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            rows,
        )


def book(keys: KeyClient) -> Book:
    """All the key service keeps, checked line by line; raises StoreDamaged when its file was altered."""
    in_force: dict[tuple[int, int], Anchor] = {}
    lost: dict[tuple[int, int], Anchor] = {}
    gaps: list[tuple[Gap, Line]] = []
    ended: set[str] = set()
    heads: dict[int, Head] = {}
    for line in anchors.read(keys.anchors(), keys.audit_key()):
        for gap in line.gaps:
            taken = [key for key in in_force if key[0] == gap.chain and key[1] > gap.since]
            lost.update({key: in_force.pop(key) for key in taken})
            gaps.append((gap, line))
        in_force.update({(one.head.chain, one.head.seq): one for one in line.anchors()})
        heads = {head.chain: head for head in line.heads}
        ended.update(line.ended)
    return Book(anchors=in_force, lost=lost, heads=heads, gaps=tuple(gaps), ended=frozenset(ended))


def chain_heads() -> list[Head]:
    """Where each chain of the audit stands in the database, by its number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT chain, seq, hash FROM audit_chain ORDER BY chain")
        return [Head(chain=chain, seq=seq, hash=bytes(value)) for chain, seq, value in cursor.fetchall()]


def _anchored() -> dict[int, int]:
    """How far each chain was anchored, by the database's own copy: behind the truth at most by a crash."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT chain, max(seq) FROM audit_anchor GROUP BY chain")
        return dict(cursor.fetchall())


def _ended(heads: Sequence[Head], since: Mapping[int, int]) -> list[str]:
    """Cards that ended in the entries between two anchors: found by their entries, which have no gaps."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for head in heads:
            cursor.execute(_ENDED, [head.chain, since.get(head.chain, 0), head.seq])
            found += [serial for (serial,) in cursor.fetchall()]
    return found


_ENDED = """
    SELECT DISTINCT card.issuer_code || card.issue_serial
    FROM audit_entry entry JOIN card_event happened USING (operation) JOIN card ON card.id = happened.card_id
    WHERE entry.chain = %s AND entry.seq > %s AND entry.seq <= %s AND happened.changes ->> 'life' = 'ended'"""
