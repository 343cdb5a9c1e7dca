"""The platform itself: when its parts were there."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Uptime(models.Model):
    """A spell in which a part (worker, keys, line) was there: from when until when it was last seen."""

    part = models.CharField(max_length=20)
    since = models.DateTimeField()
    last = models.DateTimeField()

    class Meta:
        db_table = "uptime"
        indexes: ClassVar = [models.Index(fields=["part", "-id"], name="uptime_part")]
        constraints: ClassVar = [models.CheckConstraint(name="uptime_order", condition=Q(last__gte=F("since")))]


class CardCount(models.Model):
    """How many cards at home at a place have the same facts, as the worker counted them at a moment."""

    home_path = models.CharField(max_length=200)
    kind = models.CharField(max_length=9)
    life = models.CharField(max_length=8)
    loss = models.CharField(max_length=8)
    suspended = models.BooleanField()
    place = models.CharField(max_length=10)
    number = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "card_count"


class MonthCount(models.Model):
    """How many events of a kind cards at home at a place had in a month (its first day), as the worker counted them."""

    month = models.DateField()
    home_path = models.CharField(max_length=200)
    event = models.CharField(max_length=24)
    number = models.IntegerField()

    class Meta:
        db_table = "month_count"
