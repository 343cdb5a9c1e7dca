"""The upkeep engine's journal in the database: intents before the first write, outcomes as they come, one end.

The end of a job and what it means for the record are one act: whoever starts the job says what that is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from healthcard.domain.permissions import Permission
from healthcard.perso.journal import Intent, JobState, Outcome
from healthcard.perso.upkeep.tries import FIRST_KEY
from healthcard.services.acting import Act, act, alone_with_person
from healthcard.services.actor import Actor
from healthcard.services.errors import Conflict
from healthcard.services.workshop import progress
from healthcard.storage.models import Application, UpkeepIntent, UpkeepJob, UpkeepOutcome, UpkeepState

Meaning = Callable[[Act], None]  # what a finished job means for the record, said inside the act that closes it
ENDS = {
    JobState.FINISHED: UpkeepState.FINISHED,
    JobState.REFUSED: UpkeepState.REFUSED,
    JobState.SCRAPPED: UpkeepState.ABANDONED,
}
OPEN = (UpkeepState.PLANNED, UpkeepState.WRITING)


def nothing(now: Act) -> None:
    """What a job means that changes no record."""


class UpkeepJournal:
    """The journal of one job on one card. Every call is one transaction."""

    def __init__(self, actor: Actor, permission: Permission, job: int, means: Meaning = nothing) -> None:
        """`means` runs when the job finishes, in the same transaction: if it raises, the job stays open."""
        self._actor = actor
        self._permission = permission
        self._job = job
        self._means = means

    def open(self, plan_digest: bytes, intents: Sequence[Intent]) -> None:
        """Commit all intents; see `perso.journal.Journal.open`. Raises Conflict when job or application was closed."""
        progress.begin(sum(not each.standby for each in intents))
        with transaction.atomic():
            job = _locked(self._job)
            _refuse_closed(job)
            if job.plan_digest is not None:
                if bytes(job.plan_digest) != plan_digest:
                    raise ValueError("this job was opened with another plan: settle or abandon it first")
                return
            _refuse_decided(job)
            UpkeepIntent.objects.bulk_create(
                UpkeepIntent(
                    job=job, index=each.index, act=each.act, path=each.path, digest=each.digest, standby=each.standby
                )
                for each in intents
            )
            UpkeepJob.objects.filter(pk=job.pk).update(
                state=UpkeepState.WRITING, plan_digest=plan_digest, opened_at=Now()
            )

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Commit outcomes, each as a row of its own."""
        progress.come_out(each.index for each in outcomes)
        with transaction.atomic():
            UpkeepOutcome.objects.bulk_create(
                UpkeepOutcome(job_id=self._job, index=each.index, sw=each.sw, how=each.how) for each in outcomes
            )

    def known(self) -> dict[int, Outcome]:
        """The last outcome of every act of this job, and of every key in whichever job of this card."""
        card = UpkeepJob.objects.values_list("card", flat=True).get(pk=self._job)
        return _last(job__card=card, index__gte=FIRST_KEY) | _last(job=self._job, index__lt=FIRST_KEY)

    def close(self, state: JobState, reason: str) -> None:
        """The end of the job, with what it means; raises Conflict when it is closed already."""
        if state not in ENDS:
            raise ValueError(f"an upkeep job does not end as {state}")
        end(self._actor, self._permission, self._job, ENDS[state], reason, self._means)


def end(
    actor: Actor, permission: Permission, job_id: int, state: UpkeepState, reason: str, means: Meaning = nothing
) -> None:
    """Close a job in one act; a finished one takes effect on the record. Raises Conflict, and what `means` raises."""
    with act(actor, permission, f"chip.{state.value}") as now:
        job = _locked(job_id)
        _refuse_closed(job)
        now.about(card=job.card_id, resident=job.card.resident_id, application=job.application_id)
        now.note(job=job_id, kind=job.kind)
        if state is UpkeepState.FINISHED:
            _refuse_open_intents(job_id)
            means(now)
        UpkeepJob.objects.filter(pk=job.pk).update(state=state, reason=reason[:300], closed_at=Now())


def _refuse_closed(job: UpkeepJob) -> None:
    if job.state not in OPEN:
        raise Conflict("这次写卡已经了结。", f"The work on the chip is closed already: {job.state}.")


def _refuse_decided(job: UpkeepJob) -> None:
    """Nothing is written for an application that was closed since this work began; held until the intents are there."""
    if job.application_id is None:
        return
    alone_with_person(job.card.resident_id)
    if Application.objects.filter(pk=job.application_id, closed_at__isnull=False).exists():
        raise Conflict(
            "申请已办结，没有写入卡片。", "The application was closed meanwhile: nothing was written to the card."
        )


def _refuse_open_intents(job_id: int) -> None:
    done = {index for index, outcome in _last(job=job_id).items() if outcome.sw == 0x9000}
    due = UpkeepIntent.objects.filter(job=job_id, standby=False).values_list("index", flat=True)
    if left := sorted(set(due) - done):
        raise Conflict(
            "这次写卡还有未写成的步骤，尚未完成。",
            f"intents {left} of this job have not come out well: it is not finished.",
        )


def _last(**of: object) -> dict[int, Outcome]:
    rows = UpkeepOutcome.objects.filter(**of)
    newest = rows.values("index").annotate(last=Max("id")).values("last")
    return {
        row.index: Outcome(index=row.index, sw=row.sw, how=row.how)
        for row in UpkeepOutcome.objects.filter(pk__in=newest)
    }


def _locked(job: int) -> UpkeepJob:
    return UpkeepJob.objects.select_for_update(of=("self",)).select_related("card").get(pk=job)
