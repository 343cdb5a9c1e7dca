"""Logins: each of one person in one role, with a password and a second factor that are told once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from healthcard.domain.permissions import EXCLUSIVE, Permission, Role
from healthcard.domain.resident import Document
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.authority import totp
from healthcard.services.authority.login import seal_owner
from healthcard.services.authority.reach import open_organisation
from healthcard.services.errors import Conflict, Invalid, NotFound, Refused
from healthcard.services.sealing import sealer
from healthcard.storage.models import Account, Organisation

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another
_GROUPS, _GROUP = 4, 4
_PERSONS = frozenset(Role) - {Role.INSTITUTION}  # that one is for machines


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A login with its password and its second factor (an otpauth address) in clear, to be told once."""

    id: int
    username: str
    full_name: str
    password: str = field(repr=False)
    second_factor: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """What a list shows of a login."""

    id: int
    username: str
    full_name: str
    role: str
    organisation: int
    is_active: bool


def open_for(
    actor: Actor, organisation_id: int, *, username: str, full_name: str, role: Role, document: Document
) -> Login:
    """A login for the person with this identity document, who has to choose a password of his own.

    Raises NotFound for an organisation outside the actor's part of the tree, Refused where the person's roles exclude
    each other, Conflict for a name in use.
    """
    with act(actor, Permission.ACCOUNT_CHANGE, "account.open") as now:
        organisation = open_organisation(actor, organisation_id)
        if role not in _PERSONS:
            raise Invalid("role", "该角色只用于系统凭据。", "This role is for machines: give them a credential.")
        person = sealer().digest(document)
        _require_compatible(person, role)
        login = _create(organisation, username, full_name, role, person, random_password(), given=True)
        now.note(account=login.id, role=role.value, organisation=organisation.pk)
        return login


def create(
    organisation: Organisation,
    *,
    username: str,
    full_name: str,
    role: Role,
    password: str,
    document: Document | None = None,
) -> Login:
    """A login with a known password, for installers and demos. Raises ValidationError for a password anybody could
    guess, Refused where the person's roles exclude each other.
    """
    validate_password(password, Account(username=username, full_name=full_name))
    person = sealer().digest(document) if document else None
    if person:
        _require_compatible(person, role)
    return _create(organisation, username, full_name, role, person, password, given=False)


def listed(actor: Actor) -> tuple[AccountRow, ...]:
    """Every login of the actor's part of the tree."""
    actor.require(Permission.ACCOUNT_CHANGE)
    rows = Account.objects.filter(organisation__path__startswith=actor.path).order_by("username")
    return tuple(AccountRow(**row) for row in rows.values(*AccountRow.__dataclass_fields__))


def close(actor: Actor, account_id: int) -> None:
    """Nobody logs in with it any more and its sessions end now; it stays on file. Raises NotFound."""
    with act(actor, Permission.ACCOUNT_CHANGE, "account.close") as now:
        account = _account(actor, account_id)
        account.is_active = False
        account.save(update_fields=["is_active"])
        account.tokens.filter(closed_at=None).update(closed_at=Now())
        now.note(account=account.pk)


def renew(actor: Actor, account_id: int) -> Login:
    """A new password and a new second factor for somebody who lost them; sessions end. Raises NotFound."""
    with act(actor, Permission.ACCOUNT_CHANGE, "account.renew") as now:
        account = _account(actor, account_id)
        if account.pk == actor.account:
            raise Refused(
                rule="not_own_account",
                article="own",
                zh="不得重置本人的登录",
                en="Nobody resets his own login",
                advice_zh="请另一位管理员办理",
                advice_en="Ask another administrator",
            )
        now.note(account=account.pk)
        return _renewed(account, given=True)


def renew_passwords(usernames: Sequence[str]) -> tuple[Login, ...]:
    """New random passwords and second factors for these logins, told this once; for the operator's console."""
    return tuple(_renewed(row, given=False) for row in Account.objects.filter(username__in=usernames).order_by("pk"))


def random_password() -> str:
    """About 79 bits, in groups that a person can type."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _create(
    organisation: Organisation,
    username: str,
    full_name: str,
    role: Role,
    person: bytes | None,
    password: str,
    *,
    given: bool,
) -> Login:
    secret = totp.new_secret()
    try:
        with transaction.atomic():
            account = Account.objects.create(
                username=username,
                full_name=full_name,
                organisation=organisation,
                role=role,
                person_digest=person,
                password=make_password(password),
                password_at=Now(),
                must_change=given,
                second_factor=sealer().seal(secret, seal_owner(username)),
            )
    except IntegrityError as error:
        raise Conflict(
            "账号已存在，或不合格式：以小写字母开头，由 a-z、0-9、.、_、- 组成。",
            "There is a login of this name, or the name is none: a-z, then a-z 0-9 . _ -",
        ) from error
    return Login(
        id=account.pk,
        username=username,
        full_name=full_name,
        password=password,
        second_factor=totp.address(secret, username),
    )


def _renewed(account: Account, *, given: bool) -> Login:
    password, secret = random_password(), totp.new_secret()
    Account.objects.filter(pk=account.pk).update(
        password=make_password(password),
        password_at=Now(),
        must_change=given,
        second_factor=sealer().seal(secret, seal_owner(account.username)),
        second_factor_step=0,
        failures=0,
        locked_until=None,
    )
    account.tokens.filter(closed_at=None).update(closed_at=Now())
    return Login(
        id=account.pk,
        username=account.username,
        full_name=account.full_name,
        password=password,
        second_factor=totp.address(secret, account.username),
    )


def _require_compatible(person: bytes, role: Role) -> None:
    """Nobody is two of what excludes each other, in no two logins (I-38); the database holds to it too."""
    others = set(Account.objects.filter(person_digest=person, is_active=True).values_list("role", flat=True))
    against = {Role(other) for other in others if any({Role(other), role} <= group for group in EXCLUSIVE)} - {role}
    if against:
        raise Refused(
            rule="exclusive_roles",
            article="own",
            zh="同一人不得兼任互斥的角色",
            en="The roles of one person exclude each other",
            facts={"role": role.value, "has": sorted(each.value for each in against)},
            advice_zh="由另一人担任，或先关闭原登录",
            advice_en="Give it to somebody else, or close the other login first",
        )


def _account(actor: Actor, account_id: int) -> Account:
    found = Account.objects.select_for_update(of=("self",)).filter(pk=account_id)
    account = found.filter(organisation__path__startswith=actor.path).first()
    if account is None:
        raise NotFound("There is no such account.")
    return account
