"""Dossiers as screens and API show them: the centre's queue, one file, the public short list (备选目录)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from healthcard.domain.admission import procedure
from healthcard.domain.permissions import Permission
from healthcard.services import scope
from healthcard.services.acting import clock
from healthcard.services.actor import Actor
from healthcard.services.admission import dossiers
from healthcard.storage import statements
from healthcard.storage.models import Dossier, DossierEvent, Organisation, OrganisationKind, Validity

PAGE = 100
IN_HAND = ("applied", "returned", "reviewed", "appealed")


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierRow:
    """One admission or filing in a list; `valid_until` is the last day of its newest certificate."""

    id: int
    kind: str
    field: str
    producer: int
    producer_name: str
    name: str
    product: str
    step: str
    standing: str
    purpose: str
    number: str
    valid_until: date | None
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One step of its life; who did it is told at the centre alone."""

    version: int
    act: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityRow:
    """Days a certificate counts."""

    number: str
    first_day: date
    last_day: date
    cut_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A document that was handed in."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierFile:
    """A whole dossier. `possible` are the acts its facts and this actor's role allow."""

    row: DossierRow
    basis: int | None
    laboratory: int | None
    report: str
    report_on: date | None
    documents: tuple[DocumentRow, ...]
    events: tuple[EventRow, ...]
    validities: tuple[ValidityRow, ...]
    possible: tuple[str, ...]


def queue(actor: Actor) -> tuple[DossierRow, ...]:
    """What waits at the registration centre, the oldest first."""
    return _rows(actor, "dossier.step = ANY(%(steps)s)", "dossier.id", {"steps": list(IN_HAND)})


def listed(actor: Actor, *, field: str = "", after: int | None = None) -> tuple[DossierRow, ...]:
    """Every dossier the actor may see, the newest first, a hundred at once; `after` is the last id before."""
    where = "(%(field)s = '' OR dossier.field = %(field)s) AND (%(after)s::bigint IS NULL OR dossier.id < %(after)s)"
    return _rows(actor, where, "dossier.id DESC", {"field": field, "after": after})


def short_list(actor: Actor) -> tuple[DossierRow, ...]:
    """备选目录: admissions and filings whose certificates count today, those of their producers too (第七条第一项)."""
    return _rows(
        actor, "on_short_list(dossier.id, %(today)s)", "dossier.field, dossier.kind, producer.name, dossier.id", {}
    )


def short_list_ids(today: date) -> frozenset[int]:
    """The dossiers on the short list of a day."""
    rows = statements.fetch("SELECT id FROM dossier WHERE on_short_list(id, %s)", [today])
    return frozenset(number for (number,) in rows)


def public_short_list() -> tuple[DossierRow, ...]:
    """The same for anybody: it is public, and names no person."""
    centre = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).first()
    if centre is None:
        return ()
    scope.limit(centre.path)
    try:
        return short_list(
            Actor(
                account=None,
                name="public",
                organisation=centre.pk,
                permissions=frozenset({Permission.ADMISSION_VIEW}),
                path=centre.path,
            )
        )
    finally:
        scope.limit(scope.NOBODY)


def shown(actor: Actor, dossier_id: int) -> DossierFile:
    """One dossier with all that happened; raises NotFound."""
    actor.require(Permission.ADMISSION_VIEW)
    dossier = dossiers.found(dossier_id)
    (row,) = _rows(actor, "dossier.id = %(id)s", "dossier.id", {"id": dossier_id})
    return DossierFile(
        row=row,
        basis=dossier.basis_id,
        laboratory=dossier.laboratory_id,
        report=dossier.report,
        report_on=dossier.report_on,
        documents=tuple(DocumentRow(**each) for each in dossier.documents),
        events=_events(dossier),
        validities=_validities(dossier),
        possible=_possible(actor, dossier),
    )


def _rows(actor: Actor, where: LiteralString, order: LiteralString, given: dict[str, object]) -> tuple[DossierRow, ...]:
    actor.require(Permission.ADMISSION_VIEW)
    asked = {"today": clock()[1], "page": PAGE, **given}
    statement = _ROWS.format(where=where, order=order)
    return tuple(DossierRow(**dict(zip(_COLUMNS, each, strict=True))) for each in statements.fetch(statement, asked))


_COLUMNS = DossierRow.__slots__
_ROWS = """
    SELECT dossier.id, kind, field, producer_id, producer.name, dossier.name, product, step, standing, purpose, number,
        (SELECT last_day FROM validity WHERE dossier_id = dossier.id ORDER BY version DESC LIMIT 1),
        in_force(dossier.id, %(today)s)
    FROM dossier JOIN producer ON producer.id = producer_id WHERE {where} ORDER BY {order} LIMIT %(page)s"""


def _events(dossier: Dossier) -> tuple[EventRow, ...]:
    rows = DossierEvent.objects.filter(dossier=dossier).select_related("account").order_by("version")
    return tuple(
        EventRow(
            version=row.version, act=row.act, text=row.text, by=row.account.full_name if row.account else "", at=row.at
        )
        for row in rows
    )


def _validities(dossier: Dossier) -> tuple[ValidityRow, ...]:
    rows = Validity.objects.filter(dossier=dossier).order_by("version")
    return tuple(
        ValidityRow(number=row.number, first_day=row.first_day, last_day=row.last_day, cut_on=row.cut_on)
        for row in rows
    )


def _possible(actor: Actor, dossier: Dossier) -> tuple[str, ...]:
    allowed = procedure.applicable(dossier.step, dossier.standing)
    return tuple(rule.name for rule in allowed if actor.may(rule.permission))
