"""Every piece of writing on a card's chip, command by command: its making, and what was done to it since.

A journal holds words, digests and status words. Neither keys nor PINs nor cipher texts are in it, so none can be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from healthcard.domain.permissions import Permission
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.services.workshop import entries
from healthcard.services.workshop.entries import Entry
from healthcard.storage.models import Card, PersoJob, UpkeepJob

MAKING = "making"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One job: `kind` is `making`, or what was done to the finished card; `reason` how its end was concluded."""

    id: int
    kind: str
    state: str
    product: str
    operator: str
    planned_at: datetime
    closed_at: datetime | None
    reason: str
    commands: tuple[Entry, ...]
    keys: tuple[Entry, ...]

    @property
    def found(self) -> int:
        """Commands whose answer was lost, or never came: the card was asked afterwards and had what they write."""
        return sum(each.how == "found" for each in self.commands)

    @property
    def again(self) -> int:
        """Commands that have more than one outcome on record."""
        return sum(each.tries > 1 for each in self.commands)

    @property
    def unknown(self) -> int:
        """Commands of which nobody knows yet what became."""
        return sum(each.sw is None and not each.standby for each in self.commands)


def of_card(actor: Actor, card_id: int) -> tuple[Work, ...]:
    """All work on the chip of a card, the newest first; that an auditor looked is in the audit. Raises NotFound."""
    actor.require(Permission.JOURNAL_VIEW)
    if actor.may(Permission.AUDIT_VIEW):
        with act(actor, Permission.JOURNAL_VIEW, "journal.read", card=card_id):
            return _of_card(card_id)
    return _of_card(card_id)


def _of_card(card_id: int) -> tuple[Work, ...]:
    card = Card.objects.filter(pk=card_id).first()
    if card is None:
        raise NotFound("There is no such card.")
    made = PersoJob.objects.select_related("operator").filter(card=card).order_by("-id")
    done = UpkeepJob.objects.select_related("operator", "card").filter(card=card).order_by("-id")
    since = (_work(job, job.kind, card.product) for job in done)
    return (*since, *(_work(job, MAKING, job.product) for job in made))


def _work(job: PersoJob | UpkeepJob, kind: str, product: str) -> Work:
    return Work(
        id=job.pk,
        kind=kind,
        state=job.state,
        product=product,
        operator="" if job.operator is None else job.operator.full_name,
        planned_at=job.planned_at,
        closed_at=job.closed_at,
        reason=job.reason,
        commands=entries.of_job(job),
        keys=entries.keys_of_job(job),
    )
