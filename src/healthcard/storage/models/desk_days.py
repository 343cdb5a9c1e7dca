"""The days of desks: each closed once, with what was counted and for which time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from healthcard.storage.models.organisations import Organisation


class DayClose(models.Model):
    """One day of one desk closed: `sums` of everything from `since` (None = the beginning) until `until`, by kind.

    Written once. What it says can be counted again from the audit at any time.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    since = models.DateTimeField(null=True)
    until = models.DateTimeField()
    sums = models.JSONField()
    account = models.ForeignKey("storage.Account", models.PROTECT, related_name="+")
    operation = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "day_close"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "day"], name="day_close_once"),
            models.CheckConstraint(name="day_close_period", condition=Q(since__isnull=True) | Q(until__gte=F("since"))),
        ]
