"""Checking the newest entries of the audit, as many as fit into a request; older ones are for `auditing.verify`.

The last line that the key service signed names the heads of all chains. What is read of a chain is hashed up to that
head, so it is what was signed, and a chain that was cut or written anew does not reach it.
"""

from __future__ import annotations

import time

from django.db import connection

from healthcard.keys import anchors
from healthcard.keys.anchors import Anchor, Head, Line
from healthcard.services.ports import key_service
from healthcard.services.trail.anchoring import Book
from healthcard.services.trail.auditing import NONE, Verdict, Walk, as_of_one_moment, entries, heads_now

MOST = 1_000  # entries of each chain; more only where its last anchor lies further back


def verify(most: int = MOST) -> Verdict:
    """Read the newest entries; `complete` where these were all. Writes nothing. Raises KeysError."""
    with key_service() as keys:
        line = anchors.newest(keys.newest_anchors(), keys.audit_key())
    begun = time.monotonic()
    signed = {head.chain: head for head in line.heads} if line else {}
    with as_of_one_moment():
        heads = heads_now()
        since = {chain: _since(seq, signed.get(chain), most) for chain, (seq, _) in heads.items()}
        verdict = Verdict(anchors=len(signed), complete=not any(since.values()))
        ends = {chain: (seq, _hash(chain, seq)) for chain, seq in since.items() if seq}
        walk = Walk(book=_book(line), verdict=verdict, ends=ends)
        for chain, seq in sorted(since.items()):
            for entry in entries(chain, seq):
                walk.see(entry)
        walk.end(heads)
    verdict.seconds = time.monotonic() - begun
    return verdict


def _since(seq: int, signed: Head | None, most: int) -> int:
    """After which entry to begin: before the signed head, for it proves what is read before it."""
    newest = seq if signed is None else min(seq, signed.seq)
    return max(0, min(seq - most, newest - 1))


def _hash(chain: int, seq: int) -> bytes:
    """What the entry after this one has to follow; it is told by the row itself, for it is not checked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT hash FROM audit_entry WHERE chain = %s AND seq = %s", [chain, seq])
        row = cursor.fetchone()
    return NONE if row is None else bytes(row[0])


def _book(line: Line | None) -> Book:
    """The heads of one line, as if it were all there is."""
    heads = {head.chain: head for head in line.heads} if line else {}
    at = line.at if line else ""
    kept = {(head.chain, head.seq): Anchor(head=head, at=at, signature=b"") for head in heads.values() if head.seq}
    return Book(anchors=kept, lost={}, heads=heads, gaps=(), ended=frozenset())
