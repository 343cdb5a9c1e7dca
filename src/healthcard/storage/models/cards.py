"""Cards. A card is its chip, known by issuer code and issue serial; its number is its holder's (第三条).

Its state is facts. They change only by an event: `card_event` takes a row, the database looks the rule up and writes
the facts (see migrations/0006_life.sql). *Usable* is derived from them (`domain.lifecycle.usable`), never stored.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from healthcard.storage.models.organisations import IssuerIdentity, Organisation
from healthcard.storage.models.residents import Resident


class CardKind(models.TextChoices):
    """What sort of card (第十二条)."""

    FORMAL = "formal", "正式卡"
    TEMPORARY = "temporary", "临时卡"


class CardLife(models.TextChoices):
    """How far the card has come; ended and scrapped are for ever (第十三条)."""

    PLANNED = "planned", "待制"
    MADE = "made", "已制"
    ISSUED = "issued", "已发"
    ENDED = "ended", "终止"
    SCRAPPED = "scrapped", "报废"


FACTS = ("life", "loss", "pin_locked", "app_lock", "suspended", "place", "chip_end", "end_reason")


class IssueSerial(models.Model):
    """The last issue serial an issuer has given out; never goes back."""

    issuer_code = models.CharField(primary_key=True, max_length=22)
    last = models.BigIntegerField(default=0)

    class Meta:
        db_table = "issue_serial"
        constraints: ClassVar = [
            models.CheckConstraint(name="issue_serial_range", condition=Q(last__range=(0, 9_999_999_999))),
        ]


class Card(models.Model):
    """One card from its order on. `chip8` (8 bytes) and `answer_to_reset` are known once its chip lay in a reader."""

    issuer = models.ForeignKey(IssuerIdentity, models.PROTECT, related_name="cards")
    issuer_code = models.CharField(max_length=22)
    issue_serial = models.CharField(max_length=10)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="cards")
    kind = models.CharField(max_length=9, choices=CardKind, default=CardKind.FORMAL)
    life = models.CharField(max_length=8, choices=CardLife, default=CardLife.PLANNED)
    product = models.CharField(max_length=16, blank=True)
    layout = models.CharField(max_length=16, blank=True)
    application_plan = models.CharField(max_length=32, blank=True)
    key_version = models.SmallIntegerField(default=1)
    city = models.CharField(max_length=6, help_text="应用城市代码, item 57")
    issued_on = models.DateField(help_text="发卡时间, item 6")
    valid_until = models.DateField(help_text="卡有效期, item 7")
    chip8 = models.BinaryField(max_length=8, null=True)
    answer_to_reset = models.BinaryField(max_length=33, null=True)
    ended_because = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    made_at = models.DateTimeField(null=True)
    version = models.IntegerField(db_default=0, help_text="how many events it has had")
    loss = models.CharField(max_length=8, db_default="none", help_text="none, oral, written")
    loss_until = models.DateTimeField(null=True, help_text="when an oral report lapses")
    pin_locked = models.BooleanField(db_default=False)
    app_lock = models.CharField(max_length=9, db_default="none", help_text="none, temporary, permanent")
    suspended = models.BooleanField(db_default=False, help_text="a temporary card is in force instead of it")
    place = models.CharField(max_length=10, db_default="none", help_text="where the chip physically is")
    place_org = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", db_index=False)
    chip_end = models.CharField(max_length=10, db_default="none", help_text="how the chip ended")
    end_reason = models.CharField(max_length=16, blank=True, db_default="")
    application = models.ForeignKey("storage.Application", models.PROTECT, null=True, related_name="cards")
    home_path = models.CharField(
        max_length=200, blank=True, help_text="path of its holder's home; kept by the database"
    )

    class Meta:
        db_table = "card"
        indexes: ClassVar = [
            models.Index(  # figures of all cards are counted in it alone
                fields=["home_path", "-id"], include=["kind", "life", "loss", "suspended", "place"], name="card_home"
            ),
            models.Index(
                fields=["home_path", "place", "-id"], condition=Q(life__in=["planned", "made"]), name="card_new"
            ),
            models.Index(
                fields=["home_path", "-id"], condition=Q(life="issued", loss__in=["oral", "written"]), name="card_lost"
            ),
            models.Index(
                fields=["home_path", "-id"], condition=Q(life="issued", suspended=True), name="card_suspended"
            ),
            models.Index(fields=["home_path", "-id"], condition=Q(life="ended"), name="card_ended"),
            models.Index(fields=["home_path", "-id"], condition=Q(kind="temporary"), name="card_temporary"),
            models.Index(fields=["place_org", "-id"], name="card_place_org"),
            models.Index(fields=["place", "place_org"], condition=Q(life="made"), name="card_waiting"),
            models.Index(
                fields=["home_path", "place", "made_at", "id"],
                include=["place_org"],
                condition=Q(life="made", kind="formal"),
                name="card_made_first",
            ),
            models.Index(fields=["loss_until"], condition=Q(loss="oral"), name="card_oral"),
            models.Index(fields=["valid_until"], condition=Q(life="issued"), name="card_validity_end"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer_code", "issue_serial"], name="card_serial"),
            models.UniqueConstraint(fields=["product", "chip8"], name="card_chip"),
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(kind="formal", life="issued"),
                name="card_one_formal_per_person",  # 第三条, I-01
            ),
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(kind="formal", life__in=["planned", "made"]),
                name="card_one_formal_in_making",
            ),
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(kind="temporary", life__in=["planned", "made", "issued"]),
                name="card_one_temporary",  # I-03
            ),
            models.CheckConstraint(
                name="card_temporary_application", condition=~Q(kind="temporary") | Q(application__isnull=False)
            ),
            models.CheckConstraint(name="card_loss", condition=Q(loss__in=["none", "oral", "written"])),
            models.CheckConstraint(
                name="card_loss_until",
                condition=Q(loss="oral", loss_until__isnull=False) | ~Q(loss="oral") & Q(loss_until__isnull=True),
            ),
            models.CheckConstraint(name="card_app_lock", condition=Q(app_lock__in=["none", "temporary", "permanent"])),
            models.CheckConstraint(
                name="card_place",
                condition=Q(place__in=["none", "maker", "transit", "desk", "holder", "lost", "recovered", "destroyed"]),
            ),
            models.CheckConstraint(
                name="card_chip_end", condition=Q(chip_end__in=["none", "locked", "listed", "destroyed"])
            ),
            models.CheckConstraint(
                name="card_end", condition=Q(life="ended") & ~Q(end_reason="") | ~Q(life="ended") & Q(end_reason="")
            ),
            models.CheckConstraint(name="card_kind", condition=Q(kind__in=CardKind.values)),
            models.CheckConstraint(name="card_life", condition=Q(life__in=CardLife.values)),
            models.CheckConstraint(name="card_issuer_code", condition=Q(issuer_code__regex=r"^[0-9]{22}$")),
            models.CheckConstraint(name="card_issue_serial", condition=Q(issue_serial__regex=r"^[0-9]{10}$")),
            models.CheckConstraint(name="card_city", condition=Q(city__regex=r"^[0-9]{6}$")),
            models.CheckConstraint(name="card_key_version", condition=Q(key_version__range=(1, 255))),
            models.CheckConstraint(name="card_validity", condition=Q(valid_until__gt=models.F("issued_on"))),
            models.CheckConstraint(
                name="card_chip_whole",  # a chip is known by all of product, factor and answer, or not at all
                condition=Q(chip8__isnull=True, answer_to_reset__isnull=True, product="")
                | Q(chip8__length=8, answer_to_reset__length__gt=0) & ~Q(product=""),
            ),
            models.CheckConstraint(
                name="card_made",
                condition=Q(life__in=["planned", "scrapped"])
                | Q(chip8__isnull=False, made_at__isnull=False) & ~Q(layout=""),
            ),
            models.CheckConstraint(name="card_scrapped", condition=~Q(life="scrapped") | ~Q(ended_because="")),
        ]


class LifecycleRule(models.Model):
    """One row of the life-cycle table as the database checks it; filled by setup from `domain.lifecycle`."""

    event = models.CharField(primary_key=True, max_length=24)
    requires = models.JSONField(help_text="fact -> the values it may have before")
    sets = models.JSONField(help_text="fact -> the values it may have afterwards")
    carries = models.JSONField(help_text="further columns the event may set")
    article = models.CharField(max_length=20)

    class Meta:
        db_table = "lifecycle_rule"


class CardEvent(models.Model):
    """Something that happened to a card, for ever. Its insertion is what changes the card.

    `version` counts the card's events without a gap, `person_version` those of all cards of its holder: it orders them
    without a clock.
    """

    card = models.ForeignKey(Card, models.PROTECT, related_name="events", db_index=False)
    version = models.IntegerField()
    person_version = models.IntegerField(db_default=0)
    event = models.CharField(max_length=24)
    changes = models.JSONField(help_text="column -> new value")
    operation = models.UUIDField()
    application = models.ForeignKey("storage.Application", models.PROTECT, null=True, related_name="events")
    account = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    credential = models.ForeignKey("storage.Credential", models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "card_event"
        indexes: ClassVar = [
            models.Index(fields=["operation"], name="card_event_operation"),
            models.Index(fields=["event", "at", "id"], name="card_event_at"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["card", "version"], name="card_event_version"),
            models.CheckConstraint(name="card_event_first", condition=Q(version__gte=1)),
        ]


class PersonVersion(models.Model):
    """How many events the cards of one person have had; its row is what two acts on one person wait for."""

    resident = models.OneToOneField(Resident, models.PROTECT, primary_key=True, related_name="card_version")
    version = models.IntegerField()

    class Meta:
        db_table = "person_version"


class CardChange(models.Model):
    """The feed for hospitals: a card became usable or not. `xid` orders it safely: see its service."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="+")
    version = models.IntegerField()
    usable = models.BooleanField()
    reason = models.CharField(max_length=16)
    at = models.DateTimeField(db_default=Now())
    xid = models.BigIntegerField(db_default=0)

    class Meta:
        db_table = "card_change"
        indexes: ClassVar = [models.Index(fields=["xid", "id"], name="card_change_feed")]


class Recovery(models.Model):
    """A chip that came back (第十三条): kept until two people destroy it."""

    card = models.OneToOneField(Card, models.PROTECT, related_name="recovery")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    received_by = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField(db_default=Now())
    receipt = models.CharField(max_length=24, unique=True)
    destroyed_at = models.DateTimeField(null=True)
    witness = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    second_witness = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    certificate = models.BinaryField(max_length=32, null=True, help_text="SM3 of the destruction certificate")

    class Meta:
        db_table = "recovery"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="recovery_destroyed",  # two different people (I-22)
                condition=Q(destroyed_at__isnull=True)
                | Q(witness__isnull=False, second_witness__isnull=False, certificate__length=32)
                & ~Q(witness=models.F("second_witness")),
            ),
        ]
