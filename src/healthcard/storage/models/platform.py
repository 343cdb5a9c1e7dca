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
    """How many cards at home at a place have the same facts, how many of them are dormant; counted at a moment."""

    home_path = models.CharField(max_length=200)
    kind = models.CharField(max_length=9)
    life = models.CharField(max_length=8)
    loss = models.CharField(max_length=8)
    suspended = models.BooleanField()
    place = models.CharField(max_length=10)
    number = models.IntegerField()
    dormant = models.IntegerField(db_default=0)
    at = models.DateTimeField()

    class Meta:
        db_table = "card_count"


class DayCount(models.Model):
    """How often something happened on a day to cards at home at a place, or how many applications its desk closed.

    `name` is an event, or whether closed `in_time` or `late`; as the worker counted them when it counted the cards.
    """

    pk = models.CompositePrimaryKey("path", "day", "name")
    path = models.CharField(max_length=200)
    day = models.DateField()
    name = models.CharField(max_length=24)
    number = models.IntegerField()

    class Meta:
        db_table = "day_count"


class HomeChange(models.Model):
    """A place whose cards are others since it was counted: somebody moved from it or to it. The database keeps it."""

    path = models.CharField(max_length=200)

    class Meta:
        db_table = "home_change"
