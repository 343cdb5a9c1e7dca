"""What hospitals ask about cards, and what they are told unasked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from healthcard.storage.models.accounts import Credential
from healthcard.storage.models.cards import Card
from healthcard.storage.models.organisations import Organisation


class Challenge(models.Model):
    """A question to a chip that an institution was given (proof of presence); answered once, soon, or never (I-47)."""

    nonce = models.BinaryField(primary_key=True, max_length=16)
    credential = models.ForeignKey(Credential, models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    card = models.ForeignKey(Card, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "challenge"


class Verification(models.Model):
    """An institution asked whether a card may be used: for what, and what it was told at which version of the card."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="verifications", db_index=False)
    card_version = models.IntegerField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    credential = models.ForeignKey(Credential, models.PROTECT, null=True, related_name="+")
    purpose = models.CharField(
        max_length=10, help_text="预防 prevention, 医疗 treatment, 保健 care, 康复 rehabilitation"
    )
    step = models.CharField(max_length=20)
    usable = models.BooleanField()
    reason = models.CharField(max_length=16)
    present = models.BooleanField(default=False, help_text="the chip itself answered a challenge of ours")
    nonce = models.BinaryField(max_length=16, null=True, unique=True)
    started = models.DateTimeField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "verification"
        indexes: ClassVar = [models.Index(fields=["card", "-id"], name="verification_card")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="verification_purpose",
                condition=Q(purpose__in=["prevention", "treatment", "care", "rehabilitation"]),
            ),
            models.CheckConstraint(name="verification_presence", condition=Q(present=False) | Q(nonce__isnull=False)),
        ]


class Misuse(models.Model):
    """A report that a card was lent or handed on (不得转让、转借)."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="misuses")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    credential = models.ForeignKey(Credential, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=10, help_text="lent, sold, found, other")
    sealed = models.BinaryField(null=True, help_text="what was seen, sealed for the card's holder")
    at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    finding = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "misuse"


class Webhook(models.Model):
    """Where an institution wants to be told of changes; each call is signed."""

    credential = models.ForeignKey(Credential, models.PROTECT, related_name="webhooks")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    url = models.CharField(max_length=300)
    sealed_secret = models.BinaryField()
    after_xid = models.BigIntegerField(default=0)
    after_id = models.BigIntegerField(default=0)
    failures = models.SmallIntegerField(default=0)
    next_try = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "webhook"
