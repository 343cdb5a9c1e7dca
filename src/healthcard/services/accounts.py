"""Logins: who has one, and the demo's."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password

from healthcard.domain.permissions import Role
from healthcard.storage.models import Account, Organisation

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another
_GROUPS, _GROUP = 4, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A login with its password in clear, to be told once."""

    username: str
    full_name: str
    password: str = field(repr=False)


def create(organisation: Organisation, *, username: str, full_name: str, role: Role, password: str) -> int:
    """A new login; its id. Raises ValidationError for a password anybody could guess."""
    account = Account(username=username, full_name=full_name, organisation=organisation, role=role)
    validate_password(password, account)
    account.password = make_password(password)
    account.save(force_insert=True)
    return account.pk


def renew_passwords(usernames: Sequence[str]) -> tuple[Login, ...]:
    """New random passwords for these logins, told this once."""
    return tuple(_renewed(account) for account in Account.objects.filter(username__in=usernames).order_by("pk"))


def random_password() -> str:
    """About 79 bits, in groups that a person can type."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _renewed(account: Account) -> Login:
    password = random_password()
    account.password = make_password(password)
    account.save(update_fields=["password"])
    return Login(username=account.username, full_name=account.full_name, password=password)
