"""What an issuer accepted of its suppliers (第十一条): scripts and test commands of a COS maker, sample cards."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from healthcard.storage.models.accounts import Account
from healthcard.storage.models.admission import Dossier
from healthcard.storage.models.organisations import Organisation


class SampleCard(models.Model):
    """A card a maker made of a product for the first time, in its normal production environment; not issued to anybody.

    `evidence` is the digest of what was read back of it (32 bytes), `document` what it was approved by before.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    maker = models.ForeignKey(Dossier, models.PROTECT, related_name="+", db_index=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="samples", db_index=False)
    chip8 = models.BinaryField(max_length=8, null=True)
    script = models.BinaryField(max_length=32, help_text="SM3 of the script file it was made with")
    evidence = models.BinaryField(max_length=32, null=True)
    document = models.CharField(max_length=80, blank=True)
    made_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    made_at = models.DateTimeField(db_default=Now())
    approved_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    approved_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sample_card"
        indexes: ClassVar = [models.Index(fields=["dossier", "maker"], name="sample_card_pair")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sample_card_evidence",
                condition=Q(evidence__length=32, chip8__length=8, document="")
                | Q(evidence__isnull=True, chip8__isnull=True) & ~Q(document=""),
            ),
            models.CheckConstraint(name="sample_card_script", condition=Q(script__length=32)),
        ]


class CosScript(models.Model):
    """A script file or the test commands a COS maker delivered, signed; in force once two people accepted it.

    `digest` is SM3 of the file (32 bytes), `signature` SM2 r | s over it. `rehearsal` is the digest of the plan that
    was rehearsed with it; one carried over from before names the `document` of its acceptance.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="scripts")
    kind = models.CharField(max_length=13)
    version = models.CharField(max_length=20)
    content = models.BinaryField()
    digest = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=64)
    document = models.CharField(max_length=80, blank=True)
    rehearsal = models.BinaryField(max_length=32, null=True)
    sample = models.ForeignKey(SampleCard, models.PROTECT, null=True, related_name="+", db_index=False)
    delivered_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    delivered_at = models.DateTimeField(db_default=Now())
    accepted_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    accepted_at = models.DateTimeField(null=True)
    second_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    second_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "cos_script"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "dossier", "kind"],
                condition=Q(second_at__isnull=False, ended_at__isnull=True),
                name="cos_script_one_in_force",
            ),
            models.UniqueConstraint(fields=["organisation", "dossier", "kind", "version"], name="cos_script_version"),
            models.CheckConstraint(name="cos_script_kind", condition=Q(kind__in=["script", "test_commands"])),
            models.CheckConstraint(
                name="cos_script_shape", condition=Q(digest__length=32, signature__length=64) & ~Q(version="")
            ),
            models.CheckConstraint(
                name="cos_script_accepted",  # after a rehearsal and a sample card, or before this system came
                condition=Q(accepted_at__isnull=True) | Q(rehearsal__length=32, sample__isnull=False) | ~Q(document=""),
            ),
            models.CheckConstraint(
                name="cos_script_second", condition=Q(second_at__isnull=True) | Q(accepted_at__isnull=False)
            ),
        ]
