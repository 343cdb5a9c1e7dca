"""A person's home organisation changed (迁移, 第九条第二项): a recorded act that knows whether the card must change.

The city (item 57) can never be rewritten, and from its first two digits the card's keys are derived: beyond the city a
card says something wrong, beyond the province nobody there has its keys.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models.functions import Now

from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.services.acting import Act, act, alone_with_person
from healthcard.services.actor import Actor
from healthcard.services.desk import applications
from healthcard.services.desk.applications.reach import FORWARD, home_path, reached, require_another
from healthcard.services.desk.applications.request import Accepted, Request
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.wording import written
from healthcard.storage.models import (
    Application,
    ApplicationKind,
    Card,
    Organisation,
    OrganisationKind,
    Resident,
    ResidentChange,
)

KIND = ApplicationKind.MOVE.value
_NO_HOMES = (OrganisationKind.DESK, OrganisationKind.INSTITUTION, OrganisationKind.MAKER)
_SAID = {"city": "是，应用城市不同", "keys": "是，卡片密钥属于原发卡机构", "": "否"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A move taken; where it was carried out at once, `home` is the new one and `replace` says what the card needs.

    `replace` is "" (the card stays), "city" (item 57 differs) or "keys" (another issuer's keys).
    """

    application: Accepted
    home: int | None
    replace: str


def ask(actor: Actor, request: Request) -> Moved:
    """Take a move to the organisation the actor works for; done in this act where nobody reviews it.

    Raises as `applications.take`, TransitionRefused for somebody at home there, Invalid for another kind.
    """
    if request.kind != KIND:
        raise Invalid("kind", "应为迁移", "should be a move")
    with (
        act(actor, Permission.RESIDENT_MOVE, "move.accept", resident=request.resident) as now,
        reached(actor, KIND, request.resident) as found,
    ):
        here = require_another_home(now.actor, found.person)
        taken = applications.take(now, request, found)
        alone = found.parameters.code(f"review.{KIND}") == "none"
        if not alone or found.elsewhere == FORWARD:
            return Moved(application=taken, home=None, replace=_needed(found.person, here))
        why = carried_out(now, applications.ready(taken.id, KIND))
        return Moved(application=taken, home=here.pk, replace=why)


def require_another_home(actor: Actor, person: Resident) -> Organisation:
    """The organisation that the actor's desk works for; raises TransitionRefused for somebody at home there."""
    here = _home_of(actor.organisation)
    require("another_home", person.home_id != here.pk)
    return here


def carried_out(now: Act, row: Application) -> str:
    """Within the act that decides it: the person is at home where the application was taken; what the card needs."""
    person = Resident.objects.select_for_update(of=("self",)).get(pk=row.resident_id)
    here = _home_of(row.desk_id)
    require("another_home", person.home_id != here.pk)
    why = _needed(person, here)
    applications.complete(now, row, why or "moved")
    _rehome(now, person, here, f"迁移 {row.number}", why)
    return why


def across(actor: Actor, resident_id: int, home_id: int, *, reason: str) -> str:
    """Move somebody between two organisations of the actor's part of the tree, also to another province.

    For who stands above both homes, on the papers of both. What the card needs; raises NotFound, TransitionRefused.
    """
    with act(actor, Permission.RESIDENT_MOVE, "move.across", resident=resident_id) as now:
        alone_with_person(resident_id)
        person = Resident.objects.select_for_update(of=("self",)).filter(pk=resident_id).first()
        homes = Organisation.objects.filter(path__startswith=actor.path, closed_on=None).exclude(kind__in=_NO_HOMES)
        here = homes.filter(pk=home_id).first()
        if person is None or here is None:
            raise NotFound("There is no such person, or no such organisation that people are at home at.")
        require_another(actor, person)
        require("another_home", person.home_id != here.pk)
        why = _needed(person, here)
        _rehome(now, person, here, written("reason", reason), why)
        return why


def _rehome(now: Act, person: Resident, here: Organisation, reason: str, why: str) -> None:
    ResidentChange.objects.create(
        resident=person,
        fields="home",
        sealed_before=bytes(person.sealed),
        owner=bytes(person.identity_digest),
        reason=reason,
        account_id=now.actor.account,
        operation=now.operation,
    )
    before = person.home_id
    Resident.objects.filter(pk=person.pk).update(home=here, updated_at=Now())
    now.note(home_before=before, home=here.pk, replace=why)
    now.tell(person.pk, "home.moved", place=here.name, what=_SAID[why])


def _needed(person: Resident, here: Organisation) -> str:
    """What the person's living cards need when he is at home `here`."""
    cards = list(Card.objects.filter(resident=person, life__in=["planned", "made", "issued"]))
    if any(card.city[:2] != here.division[:2] for card in cards):
        return "keys"
    return "city" if any(card.city != here.division for card in cards) else ""


def _home_of(organisation_id: int) -> Organisation:
    """The organisation whose people are served there: a desk works for the one it stands in."""
    desk = Organisation.objects.select_related("parent").get(pk=organisation_id)
    return Organisation.objects.get(path=home_path(desk))
