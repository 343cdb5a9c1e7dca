"""What was written on a card's chip after its making: each piece of work, what was to be done, what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.services.workshop import entries
from healthcard.services.workshop.entries import Entry
from healthcard.storage.models import Card, UpkeepJob


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipWork:
    """One piece of work on a chip; `plan` is its digest in hexadecimal, '' before anything was written."""

    id: int
    kind: str
    state: str
    application: int | None
    plan: str
    operator: str
    planned_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    reason: str
    entries: tuple[Entry, ...]


def of_card(actor: Actor, card_id: int) -> tuple[ChipWork, ...]:
    """All work on the chip of a card, the newest first, each with its entries in the plan's order; raises NotFound."""
    actor.require(Permission.JOURNAL_VIEW)
    if not Card.objects.filter(pk=card_id).exists():
        raise NotFound("There is no such card.")
    return tuple(map(_work, UpkeepJob.objects.select_related("operator").filter(card=card_id).order_by("-id")))


def _work(job: UpkeepJob) -> ChipWork:
    return ChipWork(
        id=job.pk,
        kind=job.kind,
        state=job.state,
        application=job.application_id,
        plan="" if job.plan_digest is None else bytes(job.plan_digest).hex().upper(),
        operator="" if job.operator is None else job.operator.full_name,
        planned_at=job.planned_at,
        opened_at=job.opened_at,
        closed_at=job.closed_at,
        reason=job.reason,
        entries=entries.of_job(job),
    )
