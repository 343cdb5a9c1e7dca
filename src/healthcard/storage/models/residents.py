"""People and the files they came from. What identifies a person is sealed; what a list shows is masked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from healthcard.storage.models.organisations import Organisation


class Resident(models.Model):
    """One person, known by the keyed digest of document kind and number (HMAC-SM3, 32 bytes).

    `sealed` is the whole collection form under SM4-GCM (version 1 | nonce 12 | cipher text | tag 16); its key is in
    another process. The other columns are what lists may show.
    """

    identity_digest = models.BinaryField(max_length=32, unique=True)
    sealed = models.BinaryField()
    name_masked = models.CharField(max_length=60)
    document_kind = models.CharField(max_length=2, help_text="CV02.01.101")
    document_masked = models.CharField(max_length=40)
    chip_name_reviewed_by = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    chip_name_reviewed_at = models.DateTimeField(null=True, help_text="芯片用名 set by hand; by nobody: at the console")
    birth_year = models.SmallIntegerField()
    home = models.ForeignKey(
        Organisation, models.PROTECT, related_name="residents", help_text="所属卡管理机构", db_index=False
    )
    home_path = models.CharField(max_length=200, blank=True, help_text="path of home; the database keeps it")
    died_on = models.DateField(null=True)
    left_on = models.DateField(null=True, help_text="emigrated or moved out of the issuer's area")
    restricted = models.BooleanField(db_default=False, help_text="processing restricted at the person's wish")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged", help_text="one person")
    erased_at = models.DateTimeField(null=True, help_text="the data were deleted; number and cards stay taken")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "resident"
        indexes: ClassVar = [models.Index(fields=["home", "-id"], name="resident_home")]
        constraints: ClassVar = [
            models.CheckConstraint(name="resident_digest", condition=Q(identity_digest__length=32)),
            models.CheckConstraint(name="resident_sealed", condition=Q(sealed__length__gt=29)),
            models.CheckConstraint(name="resident_birth_year", condition=Q(birth_year__range=(1850, 2200))),
            models.CheckConstraint(name="resident_document_kind", condition=Q(document_kind__regex=r"^[0-9][0-9A-Z]$")),
            # A whole citizen number must never stand in a column that lists show.
            models.CheckConstraint(name="resident_masked", condition=~Q(document_masked__regex=r"[0-9]{9}")),
            models.CheckConstraint(
                name="resident_review",
                condition=Q(chip_name_reviewed_by__isnull=True) | Q(chip_name_reviewed_at__isnull=False),
            ),
            models.CheckConstraint(name="resident_times", condition=Q(updated_at__gte=F("created_at"))),
        ]


class FindingKind(models.TextChoices):
    """By what a person can be found; each value is kept as a keyed digest only."""

    DOCUMENT = "document", "证件"
    PHONE = "phone", "电话"
    NAME = "name", "姓名"
    NAME_BIRTH = "name_birth", "姓名+出生日期"


class ResidentKey(models.Model):
    """A blind index: HMAC-SM3 (32 bytes) of a document, phone, full name. A document belongs to one person for ever.

    That the person exists is told by a trigger over whole statements: a county's rosters bring millions of rows.
    """

    pk = models.CompositePrimaryKey("resident", "kind", "digest")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="keys", db_index=False, db_constraint=False)
    kind = models.CharField(max_length=12, choices=FindingKind)
    digest = models.BinaryField(max_length=32)
    masked = models.CharField(
        max_length=60, blank=True, db_default="", help_text="of a second document, as lists show it"
    )

    class Meta:
        db_table = "resident_key"
        indexes: ClassVar = [models.Index(fields=["digest", "-resident"], name="resident_key_digest")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest"], condition=Q(kind="document"), name="resident_key_document"),
            models.CheckConstraint(name="resident_key_kind", condition=Q(kind__in=FindingKind.values)),
            models.CheckConstraint(name="resident_key_length", condition=Q(digest__length=32)),
        ]


class ResidentChange(models.Model):
    """The history of a person's data: what stood before, sealed (empty once it was deleted); who changed it and why."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="changes")
    fields = models.CharField(max_length=400, help_text="names of what changed, separated by blanks")
    sealed_before = models.BinaryField()
    owner = models.BinaryField(max_length=32, null=True, help_text="the digest of the document it was sealed for")
    reason = models.CharField(max_length=200)
    account = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    operation = models.UUIDField()
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "resident_change"


class Access(models.Model):
    """Somebody saw a person's data in clear: who, for what purpose, what. The person may have the list (I-48)."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="accesses", db_index=False)
    account = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    credential = models.ForeignKey("storage.Credential", models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=40)
    what = models.CharField(max_length=200)
    reason = models.CharField(max_length=200, blank=True)
    operation = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "access"
        indexes: ClassVar = [models.Index(fields=["resident", "-id"], name="access_resident")]


class Message(models.Model):
    """Something the holder is told; the text comes from its kind, `facts` hold nothing that identifies anybody."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="messages", db_index=False)
    kind = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    card = models.ForeignKey("storage.Card", models.PROTECT, null=True, related_name="+")
    application = models.ForeignKey("storage.Application", models.PROTECT, null=True, related_name="+")
    operation = models.UUIDField()
    at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "message"
        indexes: ClassVar = [
            models.Index(fields=["resident", "-id"], name="message_resident"),
            models.Index(fields=["id"], condition=Q(sent_at__isnull=True), name="message_waiting"),
            models.Index(fields=["card"], condition=Q(kind="dormant.reminder"), name="message_dormant"),
        ]


class RosterImport(models.Model):
    """One run over a roster file: which file (SM3 of its bytes, 32), by whom, what came of its rows."""

    file_digest = models.BinaryField(max_length=32)
    file_kind = models.CharField(max_length=8)
    operator = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="imports")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="imports")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    rows = models.IntegerField(default=0)
    stored = models.IntegerField(default=0)
    known = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    warnings = models.IntegerField(default=0)

    class Meta:
        db_table = "roster_import"
        constraints: ClassVar = [
            models.CheckConstraint(name="roster_import_digest", condition=Q(file_digest__length=32)),
            models.CheckConstraint(
                name="roster_import_sum", condition=Q(rows=F("stored") + F("known") + F("refused"), warnings__gte=0)
            ),
            models.CheckConstraint(
                name="roster_import_counts", condition=Q(stored__gte=0, known__gte=0, refused__gte=0)
            ),
        ]
