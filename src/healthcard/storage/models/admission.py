"""Who may take part and with what (第五条至第七条、第十条): dossiers of admissions and filings, their certificates."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from healthcard.storage.models.accounts import Account
from healthcard.storage.models.organisations import Organisation


class DossierKind(models.TextChoices):
    """An organisation is admitted, a product is filed: two separate acts."""

    ADMISSION = "admission", "准入"
    FILING = "filing", "备案"


FIELDS = ("chip", "cos", "kms", "terminal", "card", "laboratory")
STEPS = ("", "applied", "returned", "reviewed", "rejected", "appealed", "refused", "retracted", "settled")
STANDINGS = ("none", "valid", "suspended", "withdrawn")
PURPOSES = ("", "first", "change", "renewal")


class Producer(models.Model):
    """A firm that makes chips, systems, terminals or cards, or a laboratory. `public_key`: SM2, x | y, 64 bytes."""

    name = models.CharField(max_length=120)
    credit_code = models.CharField(max_length=18, unique=True, help_text="统一社会信用代码")
    public_key = models.BinaryField(max_length=64, null=True, help_text="what its deliveries are signed with")
    entered_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "producer"
        constraints: ClassVar = [
            models.CheckConstraint(name="producer_credit_code", condition=Q(credit_code__regex=r"^[0-9A-Z]{18}$")),
            models.CheckConstraint(
                name="producer_public_key", condition=Q(public_key__isnull=True) | Q(public_key__length=64)
            ),
        ]


class Dossier(models.Model):
    """One admission or filing. Its facts change by its events alone; the database keeps them.

    `product` is the name by which a filed COS is known to making (its script file), '' for all else. `basis` is the
    chip filing a COS rests on. `path` is that of the registration centre which keeps it.
    """

    kind = models.CharField(max_length=9, choices=DossierKind)
    field = models.CharField(max_length=10)
    producer = models.ForeignKey(Producer, models.PROTECT, related_name="dossiers")
    path = models.CharField(max_length=200)
    name = models.CharField(max_length=120, blank=True, help_text="of the product")
    product = models.CharField(max_length=16, blank=True)
    basis = models.ForeignKey("self", models.PROTECT, null=True, related_name="resting")
    laboratory = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    report = models.CharField(max_length=60, blank=True)
    report_on = models.DateField(null=True)
    documents = models.JSONField(default=list, help_text="what was handed in: name, SM3")
    step = models.CharField(max_length=9, db_default="", blank=True)
    standing = models.CharField(max_length=9, db_default="none")
    purpose = models.CharField(max_length=7, db_default="", blank=True)
    number = models.CharField(max_length=40, blank=True, db_default="", help_text="of its certificate")
    version = models.IntegerField(db_default=0, help_text="how many events it has had")

    class Meta:
        db_table = "dossier"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["product"],
                condition=~Q(product="") & ~Q(step__in=["retracted", "refused"]) & ~Q(standing="withdrawn"),
                name="dossier_one_of_product",
            ),
            models.UniqueConstraint(
                fields=["producer", "field"],
                condition=Q(kind="admission") & ~Q(step__in=["retracted", "refused"]) & ~Q(standing="withdrawn"),
                name="dossier_one_admission",
            ),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="dossier_number"),
            models.CheckConstraint(name="dossier_kind", condition=Q(kind__in=DossierKind.values)),
            models.CheckConstraint(name="dossier_field", condition=Q(field__in=FIELDS)),
            models.CheckConstraint(name="dossier_step", condition=Q(step__in=STEPS)),
            models.CheckConstraint(name="dossier_standing", condition=Q(standing__in=STANDINGS)),
            models.CheckConstraint(name="dossier_purpose", condition=Q(purpose__in=PURPOSES)),
            models.CheckConstraint(
                name="dossier_name",  # an organisation is admitted, a product filed; laboratories have none to file
                condition=Q(kind="admission", name="", product="", basis__isnull=True)
                | Q(kind="filing") & ~Q(name="") & ~Q(field="laboratory"),
            ),
            models.CheckConstraint(
                name="dossier_basis", condition=Q(field="cos", kind="filing") | Q(basis__isnull=True, product="")
            ),
            models.CheckConstraint(
                name="dossier_report",
                condition=Q(laboratory__isnull=True, report="", report_on__isnull=True)
                | Q(laboratory__isnull=False, report_on__isnull=False) & ~Q(report=""),
            ),
        ]


class DossierEvent(models.Model):
    """Something that was done about a dossier, for ever; its insertion is what changes the dossier."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="events", db_index=False)
    version = models.IntegerField()
    act = models.CharField(max_length=12)
    text = models.CharField(max_length=500, blank=True)
    changes = models.JSONField(default=dict)
    operation = models.UUIDField()
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "dossier_event"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dossier", "version"], name="dossier_event_version"),
        ]


class Validity(models.Model):
    """Days a certificate counts: from `first_day` to `last_day`, and before `cut_on` where it was cut short."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="validities", db_index=False)
    version = models.IntegerField(help_text="the event that began it")
    number = models.CharField(max_length=40)
    first_day = models.DateField()
    last_day = models.DateField()
    cut_on = models.DateField(null=True)

    class Meta:
        db_table = "validity"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dossier", "version"], name="validity_version"),
            models.CheckConstraint(name="validity_days", condition=Q(last_day__gte=F("first_day"))),
            models.CheckConstraint(name="validity_number", condition=~Q(number="")),
        ]


class AdmissionRule(models.Model):
    """One act of the table of procedure as the database checks it; filled by setup."""

    act = models.CharField(primary_key=True, max_length=12)
    rule = models.JSONField(help_text="step, standing, sets, another, text, certificate, ordered")

    class Meta:
        db_table = "admission_rule"


class IssuerNumber(models.Model):
    """An issuer identification number (发行机构标识号) that was ever given out; written by the database."""

    code = models.CharField(primary_key=True, max_length=22)
    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="issuer_number")
    allocated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "issuer_number"


class Selection(models.Model):
    """What a province chose from the short list, from `valid_from` until before `valid_to`; filed by another person."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="selections")
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="selections")
    document = models.CharField(max_length=80, help_text="文号")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    filed_on = models.DateField(null=True, help_text="报备日期")
    selected_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    filed_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "selection"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "dossier"], condition=Q(valid_to__isnull=True), name="selection_one"
            ),
            models.CheckConstraint(
                name="selection_days", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))
            ),
            models.CheckConstraint(name="selection_document", condition=~Q(document="")),
        ]


MEASURES = ("suspend", "resume", "withdraw", "block_production", "block_issue", "freeze", "recall", "lift")


class SupplyOrder(models.Model):
    """A measure against what a dossier stands for: one person orders it, another confirms the very same content.

    It counts where the organisation that ordered it is, and below. `digest` is SM3 of `content` (32 bytes).
    """

    act = models.CharField(max_length=16)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="orders", db_index=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    lifts = models.OneToOneField("self", models.PROTECT, null=True, related_name="lifted")
    reason = models.CharField(max_length=200)
    content = models.JSONField(help_text="what it touches: counts")
    digest = models.BinaryField(max_length=32)
    ordered_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    ordered_at = models.DateTimeField(db_default=Now())
    confirmed_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    confirmed_at = models.DateTimeField(null=True)
    retracted_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    retracted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "supply_order"
        indexes: ClassVar = [models.Index(fields=["dossier", "-id"], name="supply_order_dossier")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["dossier", "act", "organisation"],
                condition=Q(confirmed_at__isnull=True, retracted_at__isnull=True),
                name="supply_order_one_open",
            ),
            models.CheckConstraint(name="supply_order_act", condition=Q(act__in=MEASURES)),
            models.CheckConstraint(name="supply_order_lifts", condition=Q(act="lift") ^ Q(lifts__isnull=True)),
            models.CheckConstraint(name="supply_order_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="supply_order_digest", condition=Q(digest__length=32)),
            models.CheckConstraint(
                name="supply_order_decided", condition=Q(confirmed_at__isnull=True) | Q(retracted_at__isnull=True)
            ),
        ]


class ChipUse(models.Model):
    """What a province reported of the chips it used in a month (第十条): cards made, by product."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    month = models.DateField(help_text="its first day")
    counts = models.JSONField(help_text="product -> cards made")
    reported_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    reported_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "chip_use"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "month"], name="chip_use_once"),
            models.CheckConstraint(name="chip_use_month", condition=Q(month__day=1)),
        ]
