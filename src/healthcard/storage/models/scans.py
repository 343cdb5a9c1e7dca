"""Signed forms that came back as photos or scans, page by page, under the seal of their person."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from healthcard.storage.models.applications import Application
from healthcard.storage.models.residents import Resident


class ApplicationScan(models.Model):
    """One page: a JPEG we wrote ourselves, sealed. Written once; emptied when its person's data are deleted."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="scans", db_index=False)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="+")
    page = models.SmallIntegerField()
    sealed = models.BinaryField()
    digest = models.BinaryField(max_length=32, help_text="SM3 of the sealed picture's clear bytes: no page twice")
    account = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "application_scan"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "page"], name="application_scan_page"),
            models.UniqueConstraint(fields=["application", "digest"], name="application_scan_once"),
        ]
