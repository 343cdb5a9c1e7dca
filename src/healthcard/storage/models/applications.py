"""Applications (申请单): what somebody asked for at a desk, how it was verified and reviewed, what came of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from healthcard.storage.models.organisations import Organisation
from healthcard.storage.models.residents import Resident


class ApplicationKind(models.TextChoices):
    """What is asked for; those with a paper form are 附表 1 to 4."""

    FIRST_ISSUE = "first_issue", "申领"
    LOSS = "loss", "挂失"
    UNLOSS = "unloss", "解挂"
    UNLOCK = "unlock", "解锁"
    REPLACEMENT = "replacement", "补领"
    TEMPORARY = "temporary", "临时卡"
    UPDATE = "update", "信息更新"
    TERMINATION = "termination", "终止使用"
    RETURN = "return", "退卡"
    MOVE = "move", "迁移"


class ApplicationState(models.TextChoices):
    """Where it stands; the last four are for ever."""

    ACCEPTED = "accepted", "已受理"
    APPROVED = "approved", "审核通过"
    MAKING = "making", "制卡中"
    ARRIVED = "arrived", "待领取"
    COMPLETED = "completed", "已办结"
    REJECTED = "rejected", "审核不通过"
    WITHDRAWN = "withdrawn", "已撤回"
    LAPSED = "lapsed", "已失效"


class Application(models.Model):
    """One application. `sealed` holds form fields, agent or guardian and documents, sealed for the person.

    Who may see it: its person's home and the desk that accepted it (`home_path`, `desk_path`, kept by the database).
    """

    number = models.CharField(max_length=24, unique=True, help_text="业务流水号, also on the ticket")
    kind = models.CharField(max_length=12, choices=ApplicationKind)
    state = models.CharField(max_length=10, choices=ApplicationState, default=ApplicationState.ACCEPTED)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="applications", db_index=False)
    card = models.ForeignKey("storage.Card", models.PROTECT, null=True, related_name="applications")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="dependents", help_text="temporary card: for"
    )
    reason = models.CharField(max_length=16, blank=True, help_text="lost, damaged, changed, other ... by its kind")
    sealed = models.BinaryField(help_text="form, agent, guardian, documents as JSON under the person's seal")
    presented = models.JSONField(default=list, help_text="kinds of documents presented; nothing is pre-ticked")
    by = models.CharField(max_length=10, default="holder", help_text="holder, agent, guardian, relative")
    channel = models.CharField(max_length=10, default="counter")
    desk = models.ForeignKey(Organisation, models.PROTECT, related_name="applications", db_index=False)
    accepted_by = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(db_default=Now())
    due_on = models.DateField(null=True)
    parameters = models.ForeignKey("storage.ParameterSet", models.PROTECT, null=True, related_name="+")
    fee_fen = models.IntegerField(default=0)
    fee_waiver = models.CharField(max_length=60, blank=True)
    receipt = models.CharField(max_length=24, blank=True)
    verified_by = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    verified_at = models.DateTimeField(null=True)
    verification = models.CharField(max_length=200, blank=True, help_text="核实: how, with what finding")
    content_digest = models.BinaryField(max_length=32, null=True, help_text="SM3 of what was reviewed")
    reviewed_by = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    opinion = models.CharField(max_length=200, blank=True, help_text="审核意见")
    outcome = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    home_path = models.CharField(max_length=200, blank=True)
    desk_path = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "application"
        indexes: ClassVar = [
            models.Index(fields=["resident", "-id"], name="application_resident"),
            models.Index(fields=["desk", "-id"], name="application_desk"),
            models.Index(
                fields=["due_on", "id"],
                condition=Q(state__in=["accepted", "approved", "making", "arrived"]),
                name="application_open",
            ),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="application_closed_at"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="application_kind", condition=Q(kind__in=ApplicationKind.values)),
            models.CheckConstraint(name="application_state", condition=Q(state__in=ApplicationState.values)),
            models.CheckConstraint(name="application_fee", condition=Q(fee_fen__gte=0)),
            models.UniqueConstraint(
                fields=["resident"],  # one new card in the making for a person
                condition=Q(
                    kind__in=["first_issue", "replacement"], state__in=["accepted", "approved", "making", "arrived"]
                ),
                name="application_one_new_card",
            ),
            models.UniqueConstraint(
                fields=["card", "kind"],
                condition=Q(card__isnull=False, state__in=["accepted", "approved", "making", "arrived"]),
                name="application_one_open_kind",
            ),
            models.CheckConstraint(
                name="application_review",  # maker is not checker (I-37); as persons: see the trigger
                condition=Q(reviewed_by__isnull=True) | Q(accepted_by__isnull=True) | ~Q(reviewed_by=F("accepted_by")),
            ),
            models.CheckConstraint(
                name="application_closed",
                condition=Q(state__in=["accepted", "approved", "making", "arrived"], closed_at__isnull=True)
                | Q(state__in=["completed", "rejected", "withdrawn", "lapsed"], closed_at__isnull=False),
            ),
        ]


class Transfer(models.Model):
    """All business data of an old card moved to the new one (第十二条第六项): counted and hashed (I-17)."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="transfers")
    old_card = models.ForeignKey("storage.Card", models.PROTECT, related_name="transfers_out", db_index=False)
    new_card = models.ForeignKey("storage.Card", models.PROTECT, related_name="transfers_in")
    source = models.CharField(max_length=10, help_text="chip, record or none: what the old chip gave")
    sealed = models.BinaryField(null=True, help_text="what was read from the old chip, until the new one holds it")
    items = models.IntegerField(default=0)
    digest = models.BinaryField(max_length=32, null=True, help_text="SM3 over the sorted digests of the items")
    written_items = models.IntegerField(default=0)
    written_digest = models.BinaryField(max_length=32, null=True)
    files = models.JSONField(db_default=[], help_text="what was moved, by file: path, count, digest")
    not_transferable = models.JSONField(default=list, help_text="what did not move, by file: path, count, reason")
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "transfer"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["old_card", "new_card"], name="transfer_once"),
            models.CheckConstraint(
                name="transfer_closed",  # closed means: all of it arrived
                condition=Q(closed_at__isnull=True)
                | Q(items=F("written_items")) & (Q(digest=F("written_digest")) | Q(items=0)),
            ),
        ]


class FirstContent(models.Model):
    """What business data a temporary card held when it was handed over: what was written on it later is told by it."""

    card = models.OneToOneField("storage.Card", models.PROTECT, primary_key=True, related_name="first_content")
    sealed = models.BinaryField(null=True, help_text="as bytes of BusinessData; nothing once it was moved")
    items = models.IntegerField()
    digest = models.BinaryField(max_length=32, help_text="SM3 of what was sealed")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "first_content"
        constraints: ClassVar = [
            models.CheckConstraint(name="first_content_digest", condition=Q(digest__length=32, items__gte=0))
        ]


class Registration(models.Model):
    """A person's business at an institution (登记): count and hash of what the institution keeps under the card."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="registrations", db_index=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="registrations")
    card = models.ForeignKey("storage.Card", models.PROTECT, related_name="registrations")
    business = models.CharField(max_length=40)
    items = models.IntegerField(default=0)
    digest = models.BinaryField(max_length=32)
    credential = models.ForeignKey("storage.Credential", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "registration"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["resident", "organisation", "business"], name="registration_once"),
            models.CheckConstraint(name="registration_digest", condition=Q(digest__length=32, items__gte=0)),
        ]


class TransferNotice(models.Model):
    """An institution is told that its registration now belongs to the new card, and confirms count and hash."""

    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="notices", db_index=False)
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="notices")
    items = models.IntegerField()
    digest = models.BinaryField(max_length=32)
    at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "transfer_notice"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["transfer", "registration"], name="transfer_notice_once")
        ]
