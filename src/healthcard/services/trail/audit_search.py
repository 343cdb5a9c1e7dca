"""Looking into the audit (I-36): entries about somebody, about a card, by an operator. Whoever looks is in it too.

What was sealed for a person stays sealed here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from healthcard.domain.permissions import Permission
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.errors import Invalid
from healthcard.services.trail import newest
from healthcard.services.trail.auditing import Verdict

PAGE = 50
_SUBJECTS = ("resident", "card", "application", "account", "credential", "operation")
_LANES = 16  # more than there are chains: an entry's place is one number, seq * LANES + chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose entries: at least one of the ids. `action` is what the act is called, or how that begins ("loss.")."""

    resident: int | None = None
    card: int | None = None
    application: int | None = None
    account: int | None = None
    credential: int | None = None
    operation: UUID | None = None
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One entry: who, from where, for whom, by which rule, what. `hash` is hexadecimal; `sealed`: a part not shown."""

    chain: int
    seq: int
    at: datetime
    action: str
    operation: UUID
    account: int | None
    credential: int | None
    organisation: int | None
    terminal: str
    address: str
    resident: int | None
    card: int | None
    application: int | None
    rule: str
    article: str
    facts: Mapping[str, object]
    sealed: bool
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Entries, the newest first; `after` is what to ask for next (None = the end)."""

    entries: tuple[AuditRow, ...]
    after: tuple[int, int] | None


def search(actor: Actor, wanted: Wanted, *, after: tuple[int, int] | None = None, limit: int = PAGE) -> AuditPage:
    """Entries of acts done in the actor's part of the tree, and one of his looking. Raises NotAllowed, Invalid."""
    if all(getattr(wanted, name) is None for name in _SUBJECTS):
        raise Invalid(
            "resident", "请指定人员、卡、申请、操作员或操作号", "Say whose entries, of which card or of whom."
        )
    with act(actor, Permission.AUDIT_VIEW, "audit.read") as now:
        asked = {name: value for name, value in asdict(wanted).items() if value not in (None, "")}
        now.note(asked={name: str(value) for name, value in asked.items()})
        rows = _rows(actor, wanted, after, limit + 1)
    more = len(rows) > limit
    found = tuple(_row(each) for each in rows[:limit])
    return AuditPage(entries=found, after=_place(found[-1]) if more else None)


def verify(actor: Actor) -> Verdict:
    """The newest entries read and compared with their anchors (`newest.verify`); that they were, is an entry too."""
    actor.require(Permission.AUDIT_VIEW)
    verdict = newest.verify()
    with act(actor, Permission.AUDIT_VIEW, "audit.verify") as now:
        found = {"entries": verdict.entries, "anchors": verdict.anchors, "faults": len(verdict.faults)}
        now.note(**found, complete=verdict.complete)
    return verdict


def _place(row: AuditRow) -> tuple[int, int]:
    """The place of an entry among all: microseconds of its time, and its number."""
    seconds, micros = int(row.at.timestamp()), row.at.microsecond
    return seconds * 1_000_000 + micros, row.seq * _LANES + row.chain


_MICROS = "(extract(epoch FROM e.at) * 1000000)::bigint"
_NUMBER = f"(e.seq * {_LANES} + e.chain)"
_SEARCH = f"""
    SELECT e.chain, e.seq, e.at, e.hash, e.body FROM audit_entry e
    WHERE e.organisation = ANY(ARRAY(SELECT id FROM organisation WHERE starts_with(path, %(path)s))) AND {{conditions}}
    ORDER BY e.at DESC, {_NUMBER} DESC LIMIT %(limit)s"""  # noqa: S608 - our own words
_CONDITIONS = {name: f"e.{name} = %({name})s" for name in _SUBJECTS} | {
    "action": "starts_with(e.action, %(action)s)",
    "since": "e.at >= %(since)s",
    "until": "e.at < %(until)s",
    "micros": f"({_MICROS}, {_NUMBER}) < (%(micros)s, %(number)s)",
}


def _rows(actor: Actor, wanted: Wanted, after: tuple[int, int] | None, limit: int) -> Sequence[tuple[object, ...]]:
    values = {name: value for name, value in asdict(wanted).items() if value not in (None, "")}
    place = {} if after is None else {"micros": after[0], "number": after[1]}
    conditions = " AND ".join(text for name, text in _CONDITIONS.items() if name in values | place)
    with connection.cursor() as cursor:
        cursor.execute(_SEARCH.format(conditions=conditions), {**values, **place, "path": actor.path, "limit": limit})
        rows: Sequence[tuple[object, ...]] = cursor.fetchall()
    return rows


def _row(row: Sequence[object]) -> AuditRow:
    chain, seq, at, digest, body = row
    if not (isinstance(chain, int) and isinstance(seq, int) and isinstance(at, datetime)):
        raise TypeError("the audit has columns of other types")
    told = json.loads(bytes(body))  # type: ignore[call-overload] # bytea
    who, whom = told["who"], told["whom"]
    return AuditRow(
        chain=chain,
        seq=seq,
        at=at,
        action=told["action"],
        operation=UUID(told["operation"]),
        **{name: who[name] for name in ("account", "credential", "organisation", "terminal", "address")},
        **{name: whom[name] for name in ("resident", "card", "application")},
        rule=told["rule"],
        article=told["article"],
        facts=told["facts"],
        sealed="sealed" in told,
        hash=bytes(digest).hex().upper(),  # type: ignore[call-overload] # bytea
    )
