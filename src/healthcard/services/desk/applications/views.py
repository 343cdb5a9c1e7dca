"""Applications as screens show them: personal numbers covered, what is due first at the top."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q

from healthcard.domain.entries import Entry
from healthcard.domain.identity import mask_name
from healthcard.domain.permissions import Permission
from healthcard.services.acting import clock
from healthcard.services.actor import Actor
from healthcard.services.desk.applications import content
from healthcard.services.desk.applications.acceptance import OPEN
from healthcard.services.desk.applications.covering import masked
from healthcard.services.desk.applications.filling import filled
from healthcard.services.desk.applications.reach import reached
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.people import residents
from healthcard.storage.models import Application, Card

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One application in a list; `overdue` by the day it is due."""

    id: int
    number: str
    kind: str
    state: str
    resident: int
    holder_masked: str
    card: int | None
    reason: str
    by: str
    desk: int
    accepted_at: datetime
    due_on: date | None
    overdue: bool
    fee_fen: int
    receipt: str
    waiver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One application whole: its form's fields masked, and the `digest` (hex) a reviewer hands back."""

    row: Row
    fields: dict[str, Entry]
    presented: tuple[str, ...]
    identity: str
    delegate_masked: str
    verification: str
    opinion: str
    outcome: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list; `after` is what to ask for next ('' = the end)."""

    applications: tuple[Row, ...]
    after: str


def shown(actor: Actor, application_id: int) -> Shown:
    """One application, masked; raises NotFound."""
    actor.require(Permission.APPLICATION_VIEW)
    found = Application.objects.select_related("resident").filter(pk=application_id).first()
    if found is None:
        raise NotFound("There is no such application.")
    _, today = clock()
    whole = content.opened(found)
    return Shown(
        row=row_of(found, today),
        fields=masked(found.kind, dict(whole.fields)),
        presented=tuple(found.presented),
        identity=whole.identity,
        delegate_masked=mask_name(whole.delegate.name) if whole.delegate else "",
        verification=found.verification,
        opinion=found.opinion,
        outcome=found.outcome,
        digest=content.digest(found).hex(),
    )


def listed(actor: Actor, *, after: str = "", limit: int = PAGE, kind: str = "", state: str = "") -> Page:
    """Open applications, overdue ones first; `after` is where the page before ended. Raises Invalid."""
    actor.require(Permission.APPLICATION_VIEW)
    rows = Application.objects.filter(state__in=OPEN, due_on__isnull=False).select_related("resident")
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(state=state) if state else rows
    if after:
        day, pk = _place(after)
        rows = rows.filter(Q(due_on__gt=day) | Q(due_on=day, pk__gt=pk))
    found = list(rows.order_by(F("due_on"), "pk")[: limit + 1])
    _, today = clock()
    last = found[limit - 1] if len(found) > limit else None
    end = "" if last is None else f"{last.due_on:%Y-%m-%d}.{last.pk}"
    return Page(applications=tuple(row_of(row, today) for row in found[:limit]), after=end)


def of_resident(actor: Actor, resident_id: int) -> tuple[Row, ...]:
    """Everything somebody ever applied for, the newest first."""
    actor.require(Permission.APPLICATION_VIEW)
    _, today = clock()
    rows = Application.objects.filter(resident=resident_id).select_related("resident").order_by("-pk")
    return tuple(row_of(row, today) for row in rows)


def prefill(actor: Actor, kind: str, resident_id: int, card_id: int | None = None) -> dict[str, Entry]:
    """What the record fills into the form of `kind` for this person and card, masked. Raises NotFound."""
    with transaction.atomic():  # whoever is served here is seen inside a transaction alone
        actor.require(Permission.APPLICATION_ACCEPT)
        with reached(actor, kind, resident_id):
            return _known(kind, resident_id, card_id)


def _known(kind: str, resident_id: int, card_id: int | None) -> dict[str, Entry]:
    card = Card.objects.filter(pk=card_id, resident=resident_id).first() if card_id else None
    return masked(kind, dict(filled(kind, residents.opened(resident_id), card)))


def _place(after: str) -> tuple[date, int]:
    day, _, pk = after.partition(".")
    try:
        return date.fromisoformat(day), int(pk)
    except ValueError as error:
        raise Invalid("after", "不是列表给出的位置", "no place a list gave") from error


def row_of(row: Application, today: date) -> Row:
    """A line of a list; the application with its person."""
    return Row(
        id=row.pk,
        number=row.number,
        kind=row.kind,
        state=row.state,
        resident=row.resident_id,
        holder_masked=row.resident.name_masked,
        card=row.card_id,
        reason=row.reason,
        by=row.by,
        desk=row.desk_id,
        accepted_at=row.accepted_at,
        due_on=row.due_on,
        overdue=row.state in OPEN and row.due_on is not None and row.due_on < today,
        fee_fen=row.fee_fen,
        receipt=row.receipt,
        waiver=row.fee_waiver,
    )
