"""Cards. A card is its chip, known by issuer code and issue serial; its number is its holder's (第三条)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from healthcard.storage.models.organisations import IssuerIdentity
from healthcard.storage.models.residents import Resident


class CardKind(models.TextChoices):
    """What sort of card (第十二条)."""

    FORMAL = "formal", "正式卡"
    TEMPORARY = "temporary", "临时卡"


class CardLife(models.TextChoices):
    """How far the card has come; scrapped is for ever."""

    PLANNED = "planned", "待制"
    MADE = "made", "已制"
    SCRAPPED = "scrapped", "报废"


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

    class Meta:
        db_table = "card"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer_code", "issue_serial"], name="card_serial"),
            models.UniqueConstraint(fields=["product", "chip8"], name="card_chip"),
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(kind="formal") & ~Q(life="scrapped"),
                name="card_one_formal_per_person",  # 第三条, I-01
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
                condition=~Q(life="made") | Q(chip8__isnull=False, made_at__isnull=False) & ~Q(layout=""),
            ),
            models.CheckConstraint(name="card_scrapped", condition=~Q(life="scrapped") | ~Q(ended_because="")),
        ]
