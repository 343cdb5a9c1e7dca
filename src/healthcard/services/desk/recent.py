"""What somebody did himself lately, out of the audit: to go back to what he had in his hands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.storage import statements

MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """One act of one's own; the person masked, '' where he is not in one's part of the tree any more."""

    at: datetime
    action: str
    resident: int | None
    holder_masked: str
    card: int | None
    issue_serial: str
    application: int | None
    number: str


def acts(actor: Actor) -> tuple[Recent, ...]:
    """The actor's own last acts, the newest first; raises NotFound for who has no account."""
    actor.require(Permission.DESK_ACT)
    if actor.account is None:
        raise NotFound("Acts of one's own are those of an account.")
    rows = statements.fetch(_ACTS, [actor.account, MOST])
    names = ("at", "action", "resident", "holder_masked", "card", "issue_serial", "application", "number")
    return tuple(Recent(**dict(zip(names, row, strict=True))) for row in rows)


_ACTS = """
    SELECT entry.at, entry.action, resident.id, coalesce(name_masked, ''), card.id, coalesce(issue_serial, ''),
        application.id, coalesce(number, '')
    FROM (SELECT * FROM audit_entry WHERE account = %s ORDER BY at DESC LIMIT %s) AS entry
        LEFT JOIN resident ON resident.id = entry.resident LEFT JOIN card ON card.id = entry.card
        LEFT JOIN application ON application.id = entry.application
    ORDER BY entry.at DESC"""
