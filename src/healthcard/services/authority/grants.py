"""Dated authorisations between organisations (第六条至第八条): given downwards, filed upwards, asked before acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Q

from healthcard.domain.lifecycle import require as require_rule
from healthcard.domain.permissions import Permission
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.authority.reach import open_organisation
from healthcard.services.errors import Invalid, NotFound
from healthcard.storage.models import Authorisation, GrantKind, Organisation, OrganisationKind

# Whose it is to give, and to whom: kind -> grantor's kind, grantees' kinds
_GIVEN: Final = {
    GrantKind.ISSUE: (OrganisationKind.MINISTRY, {OrganisationKind.PROVINCE}),
    GrantKind.MAKING: (OrganisationKind.PROVINCE, {OrganisationKind.CITY, OrganisationKind.IMPLEMENTER}),
    GrantKind.PLATFORM: (OrganisationKind.PROVINCE, {OrganisationKind.CITY, OrganisationKind.IMPLEMENTER}),
    GrantKind.IMPLEMENT: (OrganisationKind.PROVINCE, {OrganisationKind.CITY}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One authorisation; `filed_on` is when it was filed upward (报备), None = not yet."""

    id: int
    kind: str
    grantor: int
    grantee: int
    document: str
    valid_from: date
    valid_to: date | None
    filed_on: date | None


def give(
    actor: Actor,
    kind: GrantKind,
    grantee_id: int,
    *,
    document: str,
    valid_from: date,
    valid_to: date | None = None,
) -> int:
    """Authorise a body below the actor's organisation from `valid_from` until before `valid_to`; the grant's id.

    What the ministry gives needs no filing above it. Raises NotFound, Invalid, TransitionRefused.
    """
    with act(actor, Permission.ORGANISATION_CHANGE, "grant.give") as now:
        if valid_to is not None and valid_to <= valid_from:
            raise Invalid("valid_to", "终止日期须晚于起始日期。", "It ends before it begins.")
        grantor = Organisation.objects.get(pk=actor.organisation)
        grantee = open_organisation(actor, grantee_id)
        giver, takers = _GIVEN[kind]
        require_rule("below_grantor", grantor.kind == giver and grantee.kind in takers, kind=kind.value)
        row = Authorisation.objects.create(
            kind=kind,
            grantor=grantor,
            grantee=grantee,
            document=document[:80],
            valid_from=valid_from,
            valid_to=valid_to,
            filed_on=valid_from if grantor.parent_id is None else None,
            entered_by_id=actor.account,
        )
        now.note(grant=row.pk, kind=kind.value, grantor=grantor.pk, grantee=grantee.pk, valid_from=valid_from)
        return row.pk


def file(actor: Actor, grant_id: int, filed_on: date) -> None:
    """Note that a grant of the actor's organisation was filed upward; raises NotFound."""
    with act(actor, Permission.ORGANISATION_CHANGE, "grant.file") as now:
        row = _own(actor, grant_id)
        if row.filed_on is None:
            Authorisation.objects.filter(pk=row.pk).update(filed_on=filed_on)
        now.note(grant=row.pk, filed_on=filed_on)


def end(actor: Actor, grant_id: int, last_day: date) -> None:
    """A grant of the actor's organisation ends; `last_day` is the first day without it. Raises NotFound, Invalid."""
    with act(actor, Permission.ORGANISATION_CHANGE, "grant.end") as now:
        row = _own(actor, grant_id)
        if last_day <= row.valid_from or (row.valid_to is not None and row.valid_to < last_day):
            raise Invalid("last_day", "终止日期不在授权期内。", "The grant is not in force on that day.")
        Authorisation.objects.filter(pk=row.pk).update(valid_to=last_day)
        now.note(grant=row.pk, valid_to=last_day)


def listed(actor: Actor) -> tuple[Grant, ...]:
    """Every grant to the actor's part of the tree or from it, the newest first."""
    actor.require(Permission.ORGANISATION_VIEW)
    theirs = Q(grantee__path__startswith=actor.path) | Q(grantor__path__startswith=actor.path)
    return tuple(
        Grant(
            id=row.pk,
            kind=row.kind,
            grantor=row.grantor_id,
            grantee=row.grantee_id,
            document=row.document,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            filed_on=row.filed_on,
        )
        for row in Authorisation.objects.filter(theirs).order_by("-id")
    )


def _own(actor: Actor, grant_id: int) -> Authorisation:
    row = Authorisation.objects.select_for_update().filter(pk=grant_id, grantor=actor.organisation).first()
    if row is None:
        raise NotFound("There is no such grant.")
    return row
