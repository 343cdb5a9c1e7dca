"""The journal of every write to a chip after its issue: what was going to be written, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from healthcard.storage.models.cards import Card


class UpkeepState(models.TextChoices):
    """Where a job stands; the last three are for ever."""

    PLANNED = "planned", "待写"
    WRITING = "writing", "写卡中"
    FINISHED = "finished", "完成"
    REFUSED = "refused", "拒绝"
    ABANDONED = "abandoned", "放弃"


OPEN_UPKEEP = (UpkeepState.PLANNED, UpkeepState.WRITING)


class UpkeepJob(models.Model):
    """One piece of work on one issued card; `plan_digest` (SM3, 32 bytes) is set when its intents are committed."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="upkeep")
    kind = models.CharField(max_length=16, help_text="unlock, update, lock, transfer ...")
    state = models.CharField(max_length=9, choices=UpkeepState, default=UpkeepState.PLANNED)
    plan_digest = models.BinaryField(max_length=32, null=True)
    application = models.ForeignKey("storage.Application", models.PROTECT, null=True, related_name="upkeep")
    operator = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    planned_at = models.DateTimeField(db_default=Now())
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "upkeep_job"
        constraints: ClassVar = [
            models.CheckConstraint(name="upkeep_job_state", condition=Q(state__in=UpkeepState.values)),
            models.UniqueConstraint(fields=["card"], condition=Q(state__in=OPEN_UPKEEP), name="upkeep_job_one_open"),
            models.CheckConstraint(
                name="upkeep_job_closed",
                condition=Q(state__in=OPEN_UPKEEP, closed_at__isnull=True)
                | ~Q(state__in=OPEN_UPKEEP) & Q(closed_at__isnull=False),
            ),
        ]


class UpkeepIntent(models.Model):
    """One writing step before it is sent: its place, what it does in words, where, SM3 of what it writes (32)."""

    pk = models.CompositePrimaryKey("job_id", "index")
    job = models.ForeignKey(UpkeepJob, models.PROTECT, related_name="intents", db_index=False)
    index = models.IntegerField()
    act = models.CharField(max_length=200)
    path = models.CharField(max_length=40)
    digest = models.BinaryField(max_length=32)
    standby = models.BooleanField(default=False)

    class Meta:
        db_table = "upkeep_intent"
        constraints: ClassVar = [
            models.CheckConstraint(name="upkeep_intent_step", condition=Q(index__gte=0, digest__length=32))
        ]


class UpkeepOutcome(models.Model):
    """What became of a step: the status word, and whether it was sent or the card was asked afterwards."""

    job = models.ForeignKey(UpkeepJob, models.PROTECT, related_name="outcomes", db_index=False)
    index = models.IntegerField()
    sw = models.IntegerField()
    how = models.CharField(max_length=200)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "upkeep_outcome"
        indexes: ClassVar = [models.Index(fields=["job", "index", "-id"], name="upkeep_outcome_last")]
        constraints: ClassVar = [models.CheckConstraint(name="upkeep_outcome_sw", condition=Q(sw__range=(0, 0xFFFF)))]
