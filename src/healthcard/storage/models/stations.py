"""The readers on desks: PCs that carry card sessions, each paired with the workbench by a code."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from healthcard.storage.models.accounts import Account
from healthcard.storage.models.organisations import Organisation


class Station(models.Model):
    """A PC with readers. `code_digest` is there until the code is used, the sealed secret (32 bytes) from then on.

    `account` is who sits at it: his acts on cards go to its readers. One station a person, one person a station.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60, default="")
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    code_digest = models.BinaryField(max_length=32, null=True, unique=True, help_text="SM3 of the code shown once")
    code_until = models.DateTimeField()
    sealed_secret = models.BinaryField(null=True)
    paired_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    paired_at = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "station"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="station_seat", fields=["account"], condition=Q(account__isnull=False, closed_at=None)
            ),
            models.CheckConstraint(
                name="station_paired", condition=Q(sealed_secret=None, paired_at=None) | Q(code_digest=None)
            ),
        ]
