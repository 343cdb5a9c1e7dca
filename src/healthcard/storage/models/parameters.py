"""What an issuer may decide (regulation.md 7), as dated versions, and the days on which nobody works."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from healthcard.storage.models.organisations import Organisation


class ParameterSet(models.Model):
    """One version of an issuer's parameters. Proposed by one person, approved by another, filed upward; then fixed."""

    issuer = models.ForeignKey(Organisation, models.PROTECT, related_name="parameter_sets", db_index=False)
    version = models.IntegerField()
    values = models.JSONField()
    valid_from = models.DateField()
    proposed_by = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())
    approved_by = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    filed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "parameter_set"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "version"], name="parameter_set_version"),
            models.CheckConstraint(
                name="parameter_set_approval",
                condition=Q(approved_by__isnull=True) | Q(proposed_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
            ),
        ]


class Holiday(models.Model):
    """A day that is no working day though its weekday says so, or one that is (调休)."""

    day = models.DateField(primary_key=True)
    working = models.BooleanField(default=False)
    name = models.CharField(max_length=40)

    class Meta:
        db_table = "holiday"
