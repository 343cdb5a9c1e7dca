"""The feed of cards that became usable or not, for hospitals whose networks take no calls from outside.

Numbers of rows are given out before transactions commit, so a reader that remembered the greatest number would miss
rows of slower transactions. The feed is ordered by transaction, and shows a transaction only when every older one has
ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from healthcard.domain.permissions import NotAllowed, Permission
from healthcard.services import scope
from healthcard.services.actor import Actor


class Position(NamedTuple):
    """A place in the feed: transaction and row."""

    xid: int
    id: int


BEGINNING = Position(0, 0)
LAST = 2**63 - 1  # behind every row of a transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One card became usable or not."""

    issuer_code: str
    issue_serial: str
    version: int
    usable: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Changes in order, and where to go on: always given, so that a reader at the end can ask again."""

    changes: tuple[Change, ...]
    position: Position
    more: bool


def since(actor: Actor, after: Position = BEGINNING, *, limit: int = 100) -> Feed:
    """At most `limit` changes behind a place of the feed; raises NotAllowed."""
    if not actor.may(Permission.STATUS_ASK):
        raise NotAllowed(actor.name, Permission.STATUS_ASK)
    return read(after, limit)


def read(after: Position, limit: int) -> Feed:
    """The same for whoever was judged before."""
    scope.limit(scope.EVERYBODY)
    with connection.cursor() as cursor:
        cursor.execute(_FEED, [after.xid, after.id, limit + 1])
        rows = cursor.fetchall()
    shown = rows[:limit]
    return Feed(
        changes=tuple(_change(row[2:]) for row in shown),
        position=Position(*shown[-1][:2]) if shown else after,
        more=len(rows) > limit,
    )


def end() -> Position:
    """The place behind everything the feed shows now: what it shows later comes after it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1")
        (xid,) = cursor.fetchone()
    return Position(xid, LAST)


_FEED = """
    SELECT change.xid, change.id, card.issuer_code, card.issue_serial, change.version, change.usable, change.reason,
        change.at
    FROM card_change AS change JOIN card ON card.id = change.card_id
    WHERE (change.xid, change.id) > (%s, %s) AND change.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ORDER BY change.xid, change.id LIMIT %s"""


def _change(row: tuple[str, str, int, bool, str, datetime]) -> Change:
    code, serial, version, usable, reason, at = row
    return Change(issuer_code=code, issue_serial=serial, version=version, usable=usable, reason=reason, at=at)
