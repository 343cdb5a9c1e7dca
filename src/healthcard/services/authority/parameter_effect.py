"""What a version of parameters would change before anybody proposes it: which values, from when, and for whom not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from healthcard.domain.parameters import PARAMETERS, Parameters, shown
from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.authority import parameters
from healthcard.services.authority.issuing_body import body_of
from healthcard.services.desk.applications.acceptance import OPEN
from healthcard.storage.models import Application


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One parameter whose value would be another; values as text, the article or source it rests on."""

    name: str
    zh: str
    en: str
    source: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Open applications of a kind that go on under the version (0 = the table's defaults) they were accepted under."""

    kind: str
    version: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What would change on `since`, and which open applications would not be touched by it."""

    since: date
    changes: tuple[Change, ...]
    keeping: tuple[Keeping, ...]


def effect(actor: Actor, values: Mapping[str, object], since: date) -> Effect:
    """What `values` (as `parameters.propose` takes them) would change; nothing is written. Raises NotAllowed, Invalid.

    It is compared with what will be in force on `since` without it.
    """
    actor.require(Permission.PARAMETER_PROPOSE)
    issuer = body_of(actor)
    before, after = parameters.at(issuer.path, since).values, Parameters(values=parameters.typed(values))
    found = (_change(name, before, after) for name in PARAMETERS)
    return Effect(
        since=since,
        changes=tuple(each for each in found if each.before != each.after),
        keeping=_keeping(issuer.path),
    )


def _change(name: str, before: Parameters, after: Parameters) -> Change:
    row = PARAMETERS[name]
    return Change(
        name=name,
        zh=row.zh,
        en=row.en,
        source=row.source,
        before=shown(before.value(name)),
        after=shown(after.value(name)),
    )


def _keeping(path: str) -> tuple[Keeping, ...]:
    rows = Application.objects.filter(state__in=OPEN, home_path__startswith=path)
    counted = rows.values("kind", "parameters__version").annotate(number=Count("pk")).order_by("kind")
    return tuple(
        Keeping(kind=row["kind"], version=row["parameters__version"] or 0, number=row["number"]) for row in counted
    )
