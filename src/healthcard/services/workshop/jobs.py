"""What a card's journal tells: each personalisation, what was going to be written, what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from healthcard.card.wire import status
from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.storage.models import PersoJob


@dataclass(frozen=True, slots=True)
class Entry:
    """One intent and its last outcome; `sw` is None while nobody knows what became of it.

    `standby` intents are there to mend a card and need no outcome.
    """

    index: int
    act: str
    path: str
    sw: int | None
    how: str
    standby: bool

    @property
    def word(self) -> str:
        """The status word as readers print it, '' while unknown."""
        return "" if self.sw is None else f"{self.sw:04X}"

    @property
    def went_well(self) -> bool:
        """Whether the chip said yes, or was found to have it."""
        return self.sw == status.OK

    @property
    def meaning(self) -> str:
        """The status word in words."""
        return "" if self.sw is None else status.meaning(self.sw)


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
        entries=_entries(job.pk),
    )


_ENTRIES = """
    SELECT i.index, i.act, i.path, o.sw, coalesce(o.how, ''), i.standby
    FROM perso_intent i LEFT JOIN LATERAL (
        SELECT sw, how FROM perso_outcome WHERE job_id = i.job_id AND index = i.index ORDER BY id DESC LIMIT 1
    ) o ON true
    WHERE i.job_id = %s ORDER BY i.index"""


def _entries(job: int) -> tuple[Entry, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [job])
        return tuple(Entry(*row) for row in cursor.fetchall())
