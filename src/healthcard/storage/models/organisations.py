"""Who runs the card: ministry, issuing provinces, cities, implementing organisations, desks (第三条至第九条)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Now

models.BinaryField.register_lookup(Length)


class OrganisationKind(models.TextChoices):
    """A place in the tree."""

    MINISTRY = "ministry", "卫生部"
    PROVINCE = "province", "省级卫生行政部门"
    CITY = "city", "地市级卫生行政部门"
    IMPLEMENTER = "implementer", "实施机构"
    DESK = "desk", "服务窗口"
    MAKER = "maker", "制卡机构"
    INSTITUTION = "institution", "医疗卫生机构"


class Organisation(models.Model):
    """One organisation. A province is an issuer and has the 22 digits its cards carry as item 4 (发卡机构代码)."""

    code = models.CharField(max_length=22, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=OrganisationKind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    division = models.CharField(max_length=6, help_text="GB/T 2260")
    issuer_code = models.CharField(max_length=22, null=True, unique=True)
    credit_code = models.CharField(max_length=18, blank=True, help_text="统一社会信用代码")
    path = models.CharField(max_length=200, blank=True, help_text="/ministry/…/self/ by id; the database keeps it")
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, related_name="predecessors")

    class Meta:
        db_table = "organisation"
        indexes: ClassVar = [models.Index(fields=["path"], name="organisation_path", opclasses=["text_pattern_ops"])]
        constraints: ClassVar = [
            models.CheckConstraint(name="organisation_kind", condition=Q(kind__in=OrganisationKind.values)),
            models.CheckConstraint(name="organisation_code", condition=Q(code__regex=r"^[0-9A-Z-]{1,22}$")),
            models.CheckConstraint(name="organisation_division", condition=Q(division__regex=r"^[0-9]{6}$")),
            models.CheckConstraint(
                name="organisation_issuer_code",  # 11 bytes packed (item 4); provinces issue (第五条)
                condition=Q(issuer_code__isnull=True) | Q(issuer_code__regex=r"^[0-9]{22}$", kind="province"),
            ),
            models.CheckConstraint(
                name="organisation_parent", condition=Q(kind="ministry", parent__isnull=True) | Q(parent__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GrantKind(models.TextChoices):
    """What one organisation lets another do (第六条、第七条、第八条)."""

    ISSUE = "issue", "发行授权"
    MAKING = "making", "授权组织制作"
    PLATFORM = "platform", "授权建设平台"
    IMPLEMENT = "implement", "授权实施"


class Authorisation(models.Model):
    """A dated grant from a body to one below it, filed upward; without it the act is refused."""

    kind = models.CharField(max_length=12, choices=GrantKind)
    grantor = models.ForeignKey(Organisation, models.PROTECT, related_name="grants_given")
    grantee = models.ForeignKey(Organisation, models.PROTECT, related_name="grants_held")
    document = models.CharField(max_length=80, help_text="文号")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    filed_on = models.DateField(null=True, help_text="报备日期")
    entered_by = models.ForeignKey("storage.Account", models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "authorisation"
        constraints: ClassVar = [
            models.CheckConstraint(name="authorisation_kind", condition=Q(kind__in=GrantKind.values)),
            models.CheckConstraint(
                name="authorisation_validity", condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from"))
            ),
        ]


class IssuerIdentity(models.Model):
    """What an issuer's cards say of it (items 3 to 5). Written once: cards made under it are compared with it later."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="identities")
    name = models.CharField(max_length=30, help_text="item 3, at most 30 bytes GBK")
    code = models.CharField(max_length=22, help_text="item 4")
    certificate = models.BinaryField(max_length=180, help_text="item 5")
    valid_from = models.DateField()
    valid_to = models.DateField()

    class Meta:
        db_table = "issuer_identity"
        constraints: ClassVar = [
            models.CheckConstraint(name="issuer_identity_code", condition=Q(code__regex=r"^[0-9]{22}$")),
            models.CheckConstraint(name="issuer_identity_certificate", condition=Q(certificate__length=180)),
            models.CheckConstraint(name="issuer_identity_validity", condition=Q(valid_to__gt=F("valid_from"))),
        ]
