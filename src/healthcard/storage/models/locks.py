"""Orders to lock a card's applications, or to release them (应用锁定): one person orders, another carries out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from healthcard.storage.models.accounts import Account
from healthcard.storage.models.cards import Card


class LockWish(models.TextChoices):
    """What is ordered; a lock for ever is no order but the end of a card (第十三条)."""

    LOCK = "lock", "锁定"
    RELEASE = "release", "解除锁定"


class LockOrder(models.Model):
    """One order. Carried out it stands for ever; the card's event is of the same transaction.

    `chip_at` is when the chip was brought in line with it, which may be later than the record.
    """

    card = models.ForeignKey(Card, models.PROTECT, related_name="lock_orders")
    wish = models.CharField(max_length=7, choices=LockWish)
    reason = models.CharField(max_length=200)
    ordered_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    ordered_at = models.DateTimeField(db_default=Now())
    carried_out_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    carried_out_at = models.DateTimeField(null=True)
    chip_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "lock_order"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["card"],
                condition=Q(carried_out_at__isnull=True, withdrawn_at__isnull=True),
                name="lock_order_one_open",
            ),
            models.CheckConstraint(name="lock_order_wish", condition=Q(wish__in=LockWish.values)),
            models.CheckConstraint(
                name="lock_order_chip", condition=Q(chip_at__isnull=True) | Q(carried_out_at__isnull=False)
            ),
            models.CheckConstraint(name="lock_order_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="lock_order_decided", condition=Q(carried_out_at__isnull=True) | Q(withdrawn_at__isnull=True)
            ),
        ]
