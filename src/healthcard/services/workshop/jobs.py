"""What a card's journal tells: each personalisation, what was going to be written, what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.workshop import entries
from healthcard.services.workshop.entries import Entry
from healthcard.storage.models import PersoJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One personalisation of a card; `plan` is the plan's digest in hexadecimal, '' before it was opened."""

    id: int
    state: str
    plan: str
    operator: str
    planned_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    reason: str
    entries: tuple[Entry, ...]

    @property
    def done(self) -> int:
        """Entries that went well."""
        return sum(entry.went_well and not entry.standby for entry in self.entries)

    @property
    def needed(self) -> int:
        """Entries that have to go well."""
        return sum(not entry.standby for entry in self.entries)


def of_card(actor: Actor, card_id: int) -> tuple[Job, ...]:
    """All jobs of a card, the newest first, each with its entries in the plan's order."""
    actor.require(Permission.JOURNAL_VIEW)
    jobs = PersoJob.objects.select_related("operator").filter(card=card_id).order_by("-id")
    return tuple(_job(job) for job in jobs)


def _job(job: PersoJob) -> Job:
    return Job(
        id=job.pk,
        state=job.state,
        plan="" if job.plan_digest is None else bytes(job.plan_digest).hex().upper(),
        operator="" if job.operator is None else job.operator.full_name,
        planned_at=job.planned_at,
        opened_at=job.opened_at,
        closed_at=job.closed_at,
        reason=job.reason,
        entries=entries.of_job(job),
    )
