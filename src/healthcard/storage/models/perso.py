"""The journal of every personalisation (第十一条): what was going to be written, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from healthcard.storage.models.cards import Card


class PersoState(models.TextChoices):
    """Where a job stands; the last three are for ever."""

    PLANNED = "planned", "待写"
    WRITING = "writing", "写卡中"
    FINISHED = "finished", "完成"
    SCRAPPED = "scrapped", "报废"
    REFUSED = "refused", "拒绝"


OPEN = (PersoState.PLANNED, PersoState.WRITING)


class PersoJob(models.Model):
    """One card on one chip. `plan_digest` (SM3, 32 bytes) is set when the intents of its plan are committed.

    So are `product` and `chip8` (8 bytes), for ever: a card lets a refused chip go, its tries must not be forgotten.
    """

    card = models.ForeignKey(Card, models.PROTECT, related_name="jobs")
    state = models.CharField(max_length=8, choices=PersoState, default=PersoState.PLANNED)
    plan_digest = models.BinaryField(max_length=32, null=True)
    product = models.CharField(max_length=16, blank=True)
    chip8 = models.BinaryField(max_length=8, null=True)
    operator = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="jobs")
    reason = models.CharField(max_length=300, blank=True)
    planned_at = models.DateTimeField(db_default=Now())
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "perso_job"
        indexes: ClassVar = [
            models.Index(fields=["chip8", "product"], condition=Q(chip8__isnull=False), name="perso_job_chip_jobs"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="perso_job_state", condition=Q(state__in=PersoState.values)),
            models.UniqueConstraint(fields=["card"], condition=Q(state__in=OPEN), name="perso_job_one_open"),
            models.UniqueConstraint(fields=["card"], condition=Q(state="finished"), name="perso_job_one_finished"),
            models.CheckConstraint(
                name="perso_job_plan",  # a job that writes, and one that finished, has a plan
                condition=Q(state__in=["planned", "refused", "scrapped"], plan_digest__isnull=True)
                | Q(plan_digest__length=32, opened_at__isnull=False),
            ),
            models.CheckConstraint(
                name="perso_job_chip", condition=Q(chip8__isnull=True, product="") | Q(chip8__length=8) & ~Q(product="")
            ),
            models.CheckConstraint(
                name="perso_job_closed",
                condition=Q(state__in=OPEN, closed_at__isnull=True) | ~Q(state__in=OPEN) & Q(closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="perso_job_reason", condition=~Q(state__in=["scrapped", "refused"]) | ~Q(reason="")
            ),
        ]


class PersoIntent(models.Model):
    """One writing APDU before it is sent: its place, what it does in words, where, SM3 of its bytes (32).

    `standby` ones are sent only to mend a card.
    """

    pk = models.CompositePrimaryKey("job_id", "index")
    job = models.ForeignKey(PersoJob, models.PROTECT, related_name="intents", db_index=False)
    index = models.IntegerField()
    act = models.CharField(max_length=200)
    path = models.CharField(max_length=40)
    digest = models.BinaryField(max_length=32)
    standby = models.BooleanField(default=False)

    class Meta:
        db_table = "perso_intent"
        constraints: ClassVar = [
            models.CheckConstraint(name="perso_intent_index", condition=Q(index__gte=0)),
            models.CheckConstraint(name="perso_intent_digest", condition=Q(digest__length=32)),
        ]


class PersoOutcome(models.Model):
    """What became of a step: the status word, and whether it was sent or the card was asked afterwards.

    A step has as many rows as it had tries, the last one counts. Besides intents, authentications leave rows here.
    """

    job = models.ForeignKey(PersoJob, models.PROTECT, related_name="outcomes", db_index=False)
    index = models.IntegerField()
    sw = models.IntegerField()
    how = models.CharField(max_length=200)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "perso_outcome"
        indexes: ClassVar = [models.Index(fields=["job", "index", "-id"], name="perso_outcome_last")]
        constraints: ClassVar = [
            models.CheckConstraint(name="perso_outcome_sw", condition=Q(sw__range=(0, 0xFFFF))),
            models.CheckConstraint(name="perso_outcome_index", condition=Q(index__gte=0)),
        ]
