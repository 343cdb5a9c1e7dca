"""The engine's journal in the database: intents before the first writing APDU, outcomes as they come, one end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now

from healthcard.domain.permissions import Permission
from healthcard.perso.journal import Intent, JobState, Outcome
from healthcard.perso.ledger import RIGHTS
from healthcard.services.acting import Act, act
from healthcard.services.actor import Actor
from healthcard.services.errors import Conflict
from healthcard.services.workshop import progress
from healthcard.storage import bulk
from healthcard.storage.models import Card, PersoJob, PersoOutcome

OPEN = frozenset({JobState.PLANNED, JobState.WRITING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """The chip a card is written to: its product, its layout, CHIP8 (8 bytes) and its answer to reset."""

    product: str
    layout: str
    application_plan: str
    chip8: bytes
    answer_to_reset: bytes


class DatabaseJournal:
    """The journal of one job. Every call is one transaction; a card and its job move in the same one."""

    def __init__(
        self, actor: Actor, job: int, chip: Chip, permission: Permission = Permission.CARD_PERSONALISE
    ) -> None:
        """`chip` becomes the card's when the journal is opened, that is before the first write."""
        self._actor = actor
        self._permission = permission
        self._job = job
        self._chip = chip

    def open(self, plan_digest: bytes, intents: Sequence[Intent]) -> None:
        """Commit all intents and bind the chip, with what is known of its tries; see `perso.journal.Journal.open`."""
        progress.begin(sum(not each.standby for each in intents))
        with transaction.atomic():
            job = _locked(self._job)
            _refuse_closed(job)
            if job.plan_digest is not None:
                if bytes(job.plan_digest) != plan_digest:
                    raise ValueError("this job was opened with another plan: settle or scrap it first")
                return
            told_before = last_try(self._chip.product, self._chip.chip8)
            _insert_intents(job.pk, intents)
            _bind(job, plan_digest, self._chip)
            if told_before is not None:
                self.record([told_before])

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Commit outcomes, each as a row of its own."""
        rows = [(each.index, each.sw, each.how) for each in outcomes]
        if not rows:
            return
        progress.come_out(each.index for each in outcomes)
        bulk.execute(
            "INSERT INTO perso_outcome (job_id, index, sw, how)"
            " SELECT %b::bigint, * FROM unnest(%b::int[], %b::int[], %b::text[])",
            [self._job, *bulk.columns(rows)],
        )

    def known(self) -> dict[int, Outcome]:
        """The last outcome of every step so far."""
        rows = PersoOutcome.objects.filter(job=self._job).order_by("id").values_list("index", "sw", "how")
        return {index: Outcome(index=index, sw=sw, how=how) for index, sw, how in rows}

    def close(self, state: JobState, reason: str) -> None:
        """The end of the job and what it means for its card, in one transaction."""
        if state in OPEN:
            raise ValueError(f"a job does not end as {state}")
        end(self._actor, self._job, state, reason, self._permission)


def end(
    actor: Actor, job_id: int, state: JobState, reason: str, permission: Permission = Permission.CARD_PERSONALISE
) -> None:
    """Close a job, and its card as it ended, in one act; raises Conflict when it is closed already."""
    with act(actor, permission, f"making.{state.value}") as now:
        job = _locked(job_id)
        _refuse_closed(job)
        now.about(card=job.card_id)
        now.note(job=job_id)
        PersoJob.objects.filter(pk=job.pk).update(state=state, reason=reason[:300], closed_at=Now())
        _end_card(now, job.card_id, state, reason)


def _refuse_closed(job: PersoJob) -> None:
    if job.state not in OPEN:
        raise Conflict("此卡的制作已经了结。", f"The job is closed already: {job.state}.")


def last_try(product: str, chip8: bytes) -> Outcome | None:
    """What came of gaining rights by the transport key of a chip the last time, in whichever job; None = no try yet."""
    rows = PersoOutcome.objects.filter(job__product=product, job__chip8=chip8, index=RIGHTS).order_by("-id")
    row = rows.values_list("sw", "how").first()
    return None if row is None else Outcome(index=RIGHTS, sw=row[0], how=row[1])


def _end_card(now: Act, card: int, state: JobState, reason: str) -> None:
    if state is JobState.FINISHED:
        now.event(card, "made")
    elif state is JobState.SCRAPPED:
        Card.objects.filter(pk=card).update(ended_because=reason[:200])
        now.event(card, "scrapped")
    elif state is JobState.REFUSED:  # nothing was written: card and chip go their own ways
        Card.objects.filter(pk=card).update(
            product="", layout="", application_plan="", chip8=None, answer_to_reset=None
        )


def _locked(job: int) -> PersoJob:
    return PersoJob.objects.select_for_update().get(pk=job)


def _insert_intents(job: int, intents: Sequence[Intent]) -> None:
    if not intents:
        raise ValueError("a plan that writes nothing makes no card")
    rows = [(each.index, each.act, each.path, each.digest, each.standby) for each in intents]
    bulk.execute(
        "INSERT INTO perso_intent (job_id, index, act, path, digest, standby)"
        " SELECT %b::bigint, * FROM unnest(%b::int[], %b::text[], %b::text[], %b::bytea[], %b::bool[])",
        [job, *bulk.columns(rows)],
    )


def _bind(job: PersoJob, plan_digest: bytes, chip: Chip) -> None:
    """Chip and plan become the job's, and the chip the card's."""
    PersoJob.objects.filter(pk=job.pk).update(
        state=JobState.WRITING, plan_digest=plan_digest, opened_at=Now(), product=chip.product, chip8=chip.chip8
    )
    Card.objects.filter(pk=job.card_id).update(
        product=chip.product,
        layout=chip.layout,
        application_plan=chip.application_plan,
        chip8=chip.chip8,
        answer_to_reset=chip.answer_to_reset,
    )
