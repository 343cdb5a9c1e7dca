"""Machines that act for an organisation: a secret told once, of which we keep a digest."""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from healthcard.domain.permissions import Permission, Role
from healthcard.services import audit
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.authority import login, tokens
from healthcard.services.authority.reach import open_organisation
from healthcard.services.authority.tokens import Issued
from healthcard.services.errors import Invalid, NotAuthenticated, NotFound, Refused
from healthcard.storage.models import Credential, OrganisationKind

BYTES = 32
_ROLES = {  # what a machine may be, by the kind of its organisation
    OrganisationKind.INSTITUTION: frozenset({Role.INSTITUTION}),
    OrganisationKind.MAKER: frozenset({Role.MAKER}),
}
_OFFICES = frozenset({Role.CLERK, Role.MAKER, Role.INSTITUTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A new credential with its secret in clear, told this once."""

    id: int
    name: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """What a list shows of a credential."""

    id: int
    name: str
    role: str
    organisation: int
    created_at: datetime
    valid_to: datetime | None
    revoked_at: datetime | None


def create(
    actor: Actor, organisation_id: int, *, name: str, role: Role = Role.INSTITUTION, valid_to: datetime | None = None
) -> Told:
    """A credential for a machine of an organisation; raises NotFound, Invalid for a role machines do not have there."""
    with act(actor, Permission.ACCOUNT_CHANGE, "credential.create") as now:
        organisation = open_organisation(actor, organisation_id)
        if role not in _ROLES.get(OrganisationKind(organisation.kind), _OFFICES):
            raise Invalid("role", "该机构的系统不能有此角色。", "A machine of this organisation cannot have this role.")
        secret = urlsafe_b64encode(secrets.token_bytes(BYTES)).rstrip(b"=").decode()
        row = Credential.objects.create(
            name=name[:60],
            organisation=organisation,
            role=role,
            secret_digest=_digest(secret),
            created_by_id=actor.account,
            valid_to=valid_to,
        )
        now.note(credential=row.pk, organisation=organisation.pk, role=role.value)
        return Told(id=row.pk, name=row.name, secret=secret)


def revoke(actor: Actor, credential_id: int) -> None:
    """From now on nobody enters with it, and its sessions end; raises NotFound."""
    with act(actor, Permission.ACCOUNT_CHANGE, "credential.revoke") as now:
        rows = Credential.objects.select_for_update(of=("self",)).filter(pk=credential_id)
        row = rows.filter(organisation__path__startswith=actor.path).first()
        if row is None:
            raise NotFound("There is no such credential.")
        if row.revoked_at is not None:
            raise Refused(
                rule="credential_revoked",
                article="own",
                zh="该凭据已吊销",
                en="This credential was revoked before",
                advice_zh="如仍需接入，请新建凭据",
                advice_en="Create another one if the machine is to come back",
            )
        Credential.objects.filter(pk=row.pk).update(revoked_at=Now())
        row.tokens.filter(closed_at=None).update(closed_at=Now())
        now.note(credential=row.pk)


def listed(actor: Actor) -> tuple[CredentialRow, ...]:
    """Every credential of the actor's part of the tree, the newest first."""
    actor.require(Permission.ACCOUNT_CHANGE)
    rows = Credential.objects.filter(organisation__path__startswith=actor.path).order_by("-id")
    return tuple(CredentialRow(**row) for row in rows.values(*CredentialRow.__dataclass_fields__))


def enter(secret: str, terminal: str = "", *, address: str = "") -> Issued:
    """A session for the machine that shows this secret; raises NotAuthenticated. Both are noted in the audit.

    256 random bits are not guessed, so nothing rests after failures; an address that only guesses is not listened to.
    """
    login.require_calm(address)
    usable = Q(valid_to__isnull=True) | Q(valid_to__gt=Now())
    with transaction.atomic():
        rows = Credential.objects.filter(usable, revoked_at=None, organisation__closed_on=None)
        row = rows.filter(secret_digest=_digest(secret)).first()
        visitor = Actor(
            account=None,
            credential=row.pk if row else None,
            name="machine",
            organisation=row.organisation_id if row else 0,
            permissions=frozenset(),
            path="",
            terminal=terminal[:60],
            address=address[:60],
        )
        audit.write(actor=visitor, action="login.accept" if row else "login.refuse", operation=uuid4())
        issued = tokens.open_for_machine(row.pk, terminal) if row else None
    if issued is None:
        raise NotAuthenticated("There is no such credential, or it was revoked. 凭据无效或已吊销。")
    return issued


def _digest(secret: str) -> bytes:
    """SM3: the secret itself is random enough."""
    return hashlib.new("sm3", secret.encode()).digest()
