"""What was done, by whom, for whom, by which rule: chains of entries that are only ever appended to (I-32 to I-36)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class AuditChain(models.Model):
    """The head of a chain: the number and hash (SM3, 32 bytes) of its last entry. Its row is locked to append."""

    chain = models.SmallIntegerField(primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_chain"


class AuditEntry(models.Model):
    """One entry: `hash` = SM3(`previous` | `body`); `body` is the exact bytes, the other columns are for searching."""

    pk = models.CompositePrimaryKey("chain", "seq")
    chain = models.SmallIntegerField()
    seq = models.BigIntegerField()
    operation = models.UUIDField()
    at = models.DateTimeField(db_default=Now())
    action = models.CharField(max_length=40)
    account = models.BigIntegerField(null=True)
    credential = models.BigIntegerField(null=True)
    organisation = models.BigIntegerField(null=True)
    resident = models.BigIntegerField(null=True)
    card = models.BigIntegerField(null=True)
    application = models.BigIntegerField(null=True)
    body = models.BinaryField()
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_entry"
        indexes: ClassVar = [
            models.Index(fields=["operation"], name="audit_entry_operation"),
            models.Index(fields=["card"], condition=Q(card__isnull=False), name="audit_entry_card"),
            models.Index(fields=["resident"], condition=Q(resident__isnull=False), name="audit_entry_resident"),
            models.Index(
                fields=["application"], condition=Q(application__isnull=False), name="audit_entry_application"
            ),
            models.Index(
                fields=["account", "at", "organisation"],
                condition=Q(account__isnull=False),
                name="audit_entry_account",
            ),
            models.Index(
                fields=["credential", "at"], condition=Q(credential__isnull=False), name="audit_entry_credential"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="audit_entry_hash", condition=Q(hash__length=32, previous__length=32)),
            models.CheckConstraint(name="audit_entry_seq", condition=Q(seq__gte=1)),
        ]


class AuditAnchor(models.Model):
    """What the key service signed of a chain's head; it keeps a list of its own in its own folder."""

    pk = models.CompositePrimaryKey("chain", "seq")
    chain = models.SmallIntegerField()
    seq = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    signature = models.BinaryField()

    class Meta:
        db_table = "audit_anchor"


class IdempotentAnswer(models.Model):
    """What a client was answered under a key of its own; kept for the life of the card (I-40)."""

    pk = models.CompositePrimaryKey("client", "key")
    client = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    fingerprint = models.BinaryField(max_length=32)
    status = models.SmallIntegerField()
    body = models.BinaryField()
    at = models.DateTimeField(db_default=Now())
    request = models.CharField(max_length=32, null=True, help_text="its number in the audit (I-41)")

    class Meta:
        db_table = "idempotent_answer"
