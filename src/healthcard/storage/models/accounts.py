"""Who may log in. A person of an organisation, in one role."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from healthcard.domain.permissions import Role
from healthcard.storage.models.organisations import Organisation


class Account(AbstractBaseUser):
    """A login; its password is kept as an Argon2 hash."""

    username = models.CharField(max_length=40, unique=True)
    full_name = models.CharField(max_length=60)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="accounts")
    role = models.CharField(max_length=12)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]
    objects = BaseUserManager["Account"]()

    class Meta:
        db_table = "account"
        constraints: ClassVar = [
            models.CheckConstraint(name="account_role", condition=Q(role__in=[role.value for role in Role])),
            models.CheckConstraint(name="account_username", condition=Q(username__regex=r"^[a-z][a-z0-9._-]{1,39}$")),
        ]
