"""What an issuer decided (第七条第五项): versions one person proposes, another approves, both filed upward.

An act uses the version of the day it was accepted on, and keeps which one that was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.conf import settings
from django.db.models import F, Max
from django.db.models.functions import Now

from healthcard.domain.lifecycle import require
from healthcard.domain.parameters import PARAMETERS, ParameterRefused, Parameters, Value, shown, validate
from healthcard.domain.permissions import Permission
from healthcard.services.acting import act, clock
from healthcard.services.actor import Actor
from healthcard.services.authority.issuing_body import above, body_of, require_issuing_body
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.second_person import is_another
from healthcard.storage import statements
from healthcard.storage.models import Organisation, ParameterSet


@dataclass(frozen=True, slots=True, kw_only=True)
class ParametersInForce:
    """The parameters an act goes by; `set_id` None = nothing decided: the table's defaults."""

    values: Parameters
    set_id: int | None = None
    version: int = 0

    def value(self, name: str) -> Value:
        """The value of a parameter; KeyError for an unknown name."""
        return self.values.value(name)

    def number(self, name: str) -> int:
        """The value of an integer; raises as `domain.parameters.Parameters.number`."""
        return self.values.number(name)

    def allows(self, name: str) -> bool:
        """The value of a flag."""
        return self.values.allows(name)

    def code(self, name: str) -> str:
        """The value of a choice."""
        return self.values.code(name)

    def codes(self, name: str) -> tuple[str, ...]:
        """The value of a parameter with several choices."""
        return self.values.codes(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version as lists show it; `values` holds what differs from the table's defaults, as text."""

    id: int
    issuer: int
    version: int
    values: Mapping[str, str]
    valid_from: date
    proposed_by: str
    proposed_at: datetime
    approved_by: str
    approved_at: datetime | None
    filed_at: datetime | None


def of(organisation: Organisation, day: date) -> ParametersInForce:
    """What the issuer of `organisation` (the nearest province at or above it) has in force on `day`."""
    return at(organisation.path or Organisation.objects.values_list("path", flat=True).get(pk=organisation.pk), day)


def at(path: str, day: date) -> ParametersInForce:
    """The same for the organisation with this path."""
    found = statements.fetch(_IN_FORCE, [day, above(path)])
    return recorded(found[0][0] if found else None)


# Asked for every act.
_IN_FORCE = """
    SELECT id FROM parameter_set WHERE approved_at IS NOT NULL AND valid_from <= %s AND issuer_id = (
        SELECT id FROM organisation WHERE id = ANY(%s) AND kind = 'province' ORDER BY path DESC LIMIT 1)
    ORDER BY valid_from DESC, version DESC LIMIT 1"""


@lru_cache(maxsize=64)
def recorded(set_id: int | None) -> ParametersInForce:
    """The version an act was accepted under (None: the defaults were in force); its values never change."""
    return _in_force(None if set_id is None else ParameterSet.objects.get(pk=set_id))


def propose(actor: Actor, values: Mapping[str, object], valid_from: date) -> int:
    """Propose a whole version for the actor's province, in force from `valid_from` once approved; its id.

    `values` names what shall differ from the defaults. Raises NotAllowed, TransitionRefused, Invalid.
    """
    with act(actor, Permission.PARAMETER_PROPOSE, "parameters.propose") as now:
        require_issuing_body(actor)
        issuer = Organisation.objects.select_for_update().get(pk=body_of(actor).pk)  # versions follow each other
        _, today = clock()
        if valid_from < today:
            raise Invalid("valid_from", "生效日期不能早于今天", "a version cannot be in force before today")
        wanted = typed(values)
        _refuse_demo(wanted)
        last = issuer.parameter_sets.aggregate(last=Max("version"))["last"] or 0
        row = ParameterSet.objects.create(
            issuer=issuer, version=last + 1, values=wanted, valid_from=valid_from, proposed_by_id=actor.account
        )
        now.note(set=row.pk, version=row.version, valid_from=valid_from, values=wanted)
    return row.pk


def approve(actor: Actor, set_id: int) -> None:
    """Put a proposed version in force; another person than the proposer does it.

    Raises NotAllowed, NotFound, TransitionRefused, Invalid when its day has passed meanwhile.
    """
    with act(actor, Permission.PARAMETER_APPROVE, "parameters.approve") as now:
        require_issuing_body(actor)
        row = _own(actor, set_id)
        require("not_decided", row.approved_at is None, version=row.version)
        require("another_person", is_another(actor, row.proposed_by_id), version=row.version)
        _, today = clock()
        if row.valid_from < today:
            raise Invalid("valid_from", "生效日期已过，请重新提出", "its day has passed: propose it anew")
        ParameterSet.objects.filter(pk=row.pk).update(approved_by_id=actor.account, approved_at=Now())
        now.note(set=row.pk, version=row.version)


def file(actor: Actor, set_id: int) -> None:
    """Note that an approved version was filed with the ministry (报备); raises as `approve`."""
    with act(actor, Permission.PARAMETER_APPROVE, "parameters.file") as now:
        require_issuing_body(actor)
        row = _own(actor, set_id)
        require("approved_first", row.approved_at is not None, version=row.version)
        ParameterSet.objects.filter(pk=row.pk, filed_at__isnull=True).update(filed_at=Now())
        now.note(set=row.pk, version=row.version)


def listed(actor: Actor) -> tuple[Version, ...]:
    """Every version of the actor's province, the newest first."""
    actor.require(Permission.ORGANISATION_VIEW)
    rows = ParameterSet.objects.filter(issuer=body_of(actor)).select_related("proposed_by", "approved_by")
    return tuple(map(_version, rows.order_by(F("version").desc())))


def in_force(actor: Actor) -> ParametersInForce:
    """What counts today where the actor works."""
    actor.require(Permission.ORGANISATION_VIEW)
    _, today = clock()
    return of(Organisation.objects.get(pk=actor.organisation), today)


def _in_force(row: ParameterSet | None) -> ParametersInForce:
    if row is None:
        return ParametersInForce(values=Parameters())
    return ParametersInForce(values=Parameters(values=typed(row.values)), set_id=row.pk, version=row.version)


def typed(values: Mapping[str, object]) -> dict[str, Value]:
    """Values as the table's types; raises Invalid for the first that it does not allow."""
    try:
        return validate(values)
    except ParameterRefused as error:
        raise Invalid(error.name, error.zh, error.en) from error


def _refuse_demo(typed: Mapping[str, Value]) -> None:
    """What shortens a demonstration has no place where real people are served."""
    wanted = [name for name in typed if PARAMETERS[name].demo]
    if wanted and not settings.DEMO:
        raise Invalid(wanted[0], f"参数 {wanted[0]} 仅供演示系统使用", f"{wanted[0]} is for demonstrations alone")


def _own(actor: Actor, set_id: int) -> ParameterSet:
    row = ParameterSet.objects.select_for_update().filter(pk=set_id, issuer__path__startswith=actor.path).first()
    if row is None:
        raise NotFound("There is no such version of parameters.")
    return row


def _version(row: ParameterSet) -> Version:
    return Version(
        id=row.pk,
        issuer=row.issuer_id,
        version=row.version,
        values={name: shown(value) for name, value in typed(row.values).items()},
        valid_from=row.valid_from,
        proposed_by=row.proposed_by.full_name if row.proposed_by else "",
        proposed_at=row.proposed_at,
        approved_by=row.approved_by.full_name if row.approved_by else "",
        approved_at=row.approved_at,
        filed_at=row.filed_at,
    )
