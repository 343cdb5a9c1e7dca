"""What is asked about a person's own data, how the data were collected, and what provinces ask besides."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from healthcard.storage.models.organisations import Organisation
from healthcard.storage.models.residents import Resident


class Collection(models.Model):
    """One collection of a person's data (采集): on which edition of the form, by whom, verified how, consented by whom.

    `sealed` holds guardian or agent and the province's own fields, sealed for the person (empty once deleted).
    """

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="collections")
    edition = models.CharField(max_length=10, help_text="of the official form, owned by the ministry")
    by = models.CharField(max_length=10, help_text="holder, agent or guardian")
    identity = models.CharField(max_length=24, help_text="how whoever came was verified")
    presented = models.JSONField(default=list)
    consented = models.CharField(max_length=10, help_text="who consented after the notice: holder or guardian")
    sealed = models.BinaryField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    account = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    operation = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "collection"


class ExtraField(models.Model):
    """A field that a province adds to the official form; it never changes one of the form's own."""

    issuer = models.ForeignKey(Organisation, models.PROTECT, related_name="extra_fields")
    key = models.CharField(max_length=40)
    zh = models.CharField(max_length=40)
    en = models.CharField(max_length=60)
    size = models.SmallIntegerField(help_text="characters")
    required = models.BooleanField()
    account = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(null=True)

    class Meta:
        db_table = "extra_field"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "key"], condition=Q(until=None), name="extra_field_once"),
            models.CheckConstraint(name="extra_field_size", condition=Q(size__range=(1, 200))),
        ]


class PersonRequest(models.Model):
    """Something asked about a person's data (个人信息保护法第四十四条至第五十条), and what a second person decided.

    `sealed` holds what was said and who came, sealed for the person (empty once deleted).
    """

    number = models.CharField(max_length=24, unique=True, help_text="also on the receipt")
    kind = models.CharField(max_length=16, help_text="a right of rights.toml, or link: a second document")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="requests")
    by = models.CharField(max_length=10)
    presented = models.JSONField(default=list)
    sealed = models.BinaryField()
    desk = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    accepted_by = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(db_default=Now())
    due_on = models.DateField()
    decided_by = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)
    answer = models.CharField(max_length=200, blank=True)
    operation = models.UUIDField()

    class Meta:
        db_table = "person_request"
        indexes: ClassVar = [
            models.Index(fields=["due_on", "id"], condition=Q(decided_at=None), name="person_request_open")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="person_request_decided",
                condition=Q(decided_at=None, granted=None) | Q(decided_at__isnull=False, granted__isnull=False),
            ),
            models.CheckConstraint(
                name="person_request_two",  # as persons: see the trigger
                condition=~Q(kind__in=["link", "deletion"]) | Q(decided_at=None) | ~Q(decided_by=F("accepted_by")),
            ),
        ]
