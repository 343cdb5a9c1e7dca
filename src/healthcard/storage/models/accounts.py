"""Who may act: persons of an organisation in one role, and machines that act for one."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from healthcard.domain.permissions import Role
from healthcard.storage.models.organisations import Organisation


class Account(AbstractBaseUser):
    """A login of one person; its password is kept as an Argon2 hash, the secret of its one-time codes sealed.

    `person_digest` (HMAC-SM3 of the person's document, 32 bytes) tells two logins of one person, and nobody acts on
    the card of the person he is.
    """

    username = models.CharField(max_length=40, unique=True)
    full_name = models.CharField(max_length=60)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="accounts")
    role = models.CharField(max_length=12)
    is_active = models.BooleanField(default=True)
    person_digest = models.BinaryField(max_length=32, null=True)
    second_factor = models.BinaryField(null=True, help_text="sealed TOTP secret; null: none enrolled yet")
    second_factor_step = models.BigIntegerField(default=0, help_text="the last time step used: a code works once")
    failures = models.SmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    must_change = models.BooleanField(default=False)
    password_at = models.DateTimeField(null=True, help_text="since when the password is the one it is")

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]
    objects = BaseUserManager["Account"]()

    class Meta:
        db_table = "account"
        constraints: ClassVar = [
            models.CheckConstraint(name="account_role", condition=Q(role__in=[role.value for role in Role])),
            models.CheckConstraint(name="account_username", condition=Q(username__regex=r"^[a-z][a-z0-9._-]{1,39}$")),
            models.CheckConstraint(
                name="account_person", condition=Q(person_digest__isnull=True) | Q(person_digest__length=32)
            ),
            models.CheckConstraint(name="account_failures", condition=Q(failures__gte=0)),
        ]


class Credential(models.Model):
    """A machine that acts for an organisation (a hospital's system, a maker's line); its secret is kept as a digest."""

    name = models.CharField(max_length=60)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="credentials")
    role = models.CharField(max_length=12)
    secret_digest = models.BinaryField(max_length=32, unique=True, help_text="SM3 of 32 random bytes")
    created_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    valid_to = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "credential"
        constraints: ClassVar = [
            models.CheckConstraint(name="credential_secret", condition=Q(secret_digest__length=32)),
            models.CheckConstraint(name="credential_role", condition=Q(role__in=[role.value for role in Role])),
        ]


class Token(models.Model):
    """A session at the API: the digest (SM3, 32 bytes) of what its holder shows; exactly one of account, credential."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="tokens")
    credential = models.ForeignKey(Credential, models.PROTECT, null=True, related_name="tokens")
    terminal = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    used_at = models.DateTimeField(db_default=Now())
    idle_seconds = models.IntegerField(default=900, help_text="how long it may rest between two uses")
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "token"
        constraints: ClassVar = [
            models.CheckConstraint(name="token_digest", condition=Q(digest__length=32)),
            models.CheckConstraint(
                name="token_holder",
                condition=Q(account__isnull=True, credential__isnull=False)
                | Q(account__isnull=False, credential__isnull=True),
            ),
        ]
