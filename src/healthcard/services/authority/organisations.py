"""The tree of organisations (第六条至第九条): opened, closed, merged with all that belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from django.db import IntegrityError, connection, transaction

from healthcard.domain import lifecycle
from healthcard.domain import organisations as codes
from healthcard.domain.permissions import Permission
from healthcard.services import scope
from healthcard.services.acting import Act, act, clock
from healthcard.services.actor import Actor
from healthcard.services.errors import Conflict, Invalid, NotFound
from healthcard.storage.models import Account, Application, Card, Credential, Organisation, OrganisationKind, Resident

_OPEN = ("accepted", "approved", "making", "arrived")
_STOCK = ("maker", "transit", "desk", "recovered")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRow:
    """One organisation as screens show it; `path` is /…/parent/self/ by id."""

    id: int
    code: str
    name: str
    kind: str
    parent: int | None
    division: str
    issuer_code: str | None
    credit_code: str
    path: str
    opened_on: date | None
    closed_on: date | None
    successor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrganisation:
    """What is told of an organisation that opens; a province has the 22 digits its cards carry (item 4)."""

    code: str
    name: str
    kind: OrganisationKind
    parent: int
    division: str
    credit_code: str = ""
    issuer_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What went over to the successor."""

    residents: int
    applications: int
    stock: int
    organisations: int
    logins: int


def listed(actor: Actor) -> tuple[OrganisationRow, ...]:
    """The actor's part of the tree, each below its own."""
    actor.require(Permission.ORGANISATION_VIEW)
    rows = map(_row, Organisation.objects.filter(path__startswith=actor.path))
    return tuple(sorted(rows, key=lambda row: [int(part) for part in row.path.split("/") if part]))


def shown(actor: Actor, organisation_id: int) -> OrganisationRow:
    """One organisation of the actor's part of the tree; raises NotFound."""
    actor.require(Permission.ORGANISATION_VIEW)
    return _row(_found(actor, organisation_id))


def create(actor: Actor, new: NewOrganisation) -> int:
    """Open an organisation below one of the actor's; its id.

    Raises NotFound for the parent, Invalid for a field that cannot be, Conflict for a code in use.
    """
    with act(actor, Permission.ORGANISATION_CHANGE, "organisation.open") as now:
        above = _open(_found(actor, new.parent))
        _require_place(new, above)
        issuer_code, credit_code = _codes(new)
        try:
            with transaction.atomic():
                row = Organisation.objects.create(
                    code=new.code,
                    name=new.name,
                    kind=new.kind,
                    parent=above,
                    division=new.division,
                    issuer_code=issuer_code,
                    credit_code=credit_code,
                    opened_on=clock()[1],
                )
        except IntegrityError as error:
            raise Conflict(
                "机构代码已存在，或某项不合格式：代码为 1 至 22 位 0-9、A-Z、-，行政区划六位数字，"
                "只有省级机构有 22 位发卡机构代码。",
                "There is an organisation with this code, or a field has not its form: code is 1 to 22 of 0-9 A-Z -, "
                "division six digits, and provinces alone have an issuer code of 22 digits.",
            ) from error
        now.note(organisation=row.pk, kind=new.kind.value, parent=above.pk)
        return row.pk


def close(actor: Actor, organisation_id: int) -> None:
    """An organisation to which nothing belongs any more ends today, with its logins and credentials.

    Raises NotFound, TransitionRefused while something belongs to it: then it is merged.
    """
    with act(actor, Permission.ORGANISATION_CHANGE, "organisation.close") as now:
        row = _open(_found(actor, organisation_id, locked=True))
        left = _belongings(row)
        lifecycle.require("organisation_empty", not any(left.values()), **left)
        row.closed_on = clock()[1]
        row.save(update_fields=["closed_on"])
        Account.objects.filter(organisation=row).update(is_active=False)
        Credential.objects.filter(organisation=row, revoked_at=None).update(revoked_at=clock()[0])
        now.note(organisation=row.pk)


def merge(actor: Actor, organisation_id: int, into_id: int) -> Merged:
    """End an organisation and give all that belongs to it to another of its kind, in one act.

    People, open applications, stock (each card by an event), organisations right below it, logins and credentials.
    Raises NotFound, TransitionRefused.
    """
    with act(actor, Permission.ORGANISATION_CHANGE, "organisation.merge") as now:
        first, second = sorted((organisation_id, into_id))
        rows = {each: _found(actor, each, locked=True) for each in dict.fromkeys((first, second))}
        old, new = _open(rows[organisation_id]), rows[into_id]
        fits = old.pk != new.pk and old.kind == new.kind and new.closed_on is None
        lifecycle.require("same_kind", fits, kind=old.kind, into=new.kind)
        merged = Merged(
            organisations=_move_below(old, new),
            residents=Resident.objects.filter(home=old).update(home=new),
            applications=_move_applications(old, new),
            stock=_move_stock(now, old, new),
            logins=Account.objects.filter(organisation=old, is_active=True).update(organisation=new),
        )
        Credential.objects.filter(organisation=old, revoked_at=None).update(organisation=new)
        old.closed_on, old.successor = clock()[1], new
        old.save(update_fields=["closed_on", "successor"])
        now.note(organisation=old.pk, into=new.pk, residents=merged.residents, applications=merged.applications)
        now.note(stock=merged.stock, organisations=merged.organisations, logins=merged.logins)
        return merged


def _require_place(new: NewOrganisation, above: Organisation) -> None:
    found = codes.misplacements(new.kind.value, new.division, above.kind, above.division)
    for wrong in filter(attrgetter("is_error"), found):
        raise Invalid("parent" if wrong.rule == "parent_kind" else "division", f"{wrong.zh}。", f"It {wrong.en}.")


def _codes(new: NewOrganisation) -> tuple[str | None, str]:
    """Issuer code and credit code, each checked; Invalid names the field."""
    if (new.kind is OrganisationKind.PROVINCE) != bool(new.issuer_code):
        raise Invalid(
            "issuer_code", "省级发卡机构须有发卡机构代码，其他机构没有。", "Provinces alone have an issuer code."
        )
    try:
        return codes.issuer_code(new.issuer_code) if new.issuer_code else None, (
            codes.credit_code(new.credit_code) if new.credit_code else ""
        )
    except codes.CodeRefused as refusal:
        field = "issuer_code" if "数据项" in refusal.standard else "credit_code"
        raise Invalid(field, refusal.zh, refusal.en) from refusal


def _belongings(row: Organisation) -> dict[str, int]:
    """How much still belongs to an organisation."""
    return {
        "residents": Resident.objects.filter(home=row).count(),
        "applications": Application.objects.filter(desk_path=row.path, state__in=_OPEN).count(),
        "stock": len(_stock(row)),
        "organisations": Organisation.objects.filter(parent=row, closed_on=None).count(),
    }


def _move_below(old: Organisation, new: Organisation) -> int:
    """Organisations below the old one hang below the new one, and whoever is at home there is found there."""
    below = list(Organisation.objects.select_for_update(of=("self",)).filter(parent=old).order_by("pk"))
    for child in below:
        before, child.parent = child.path, new
        child.save(update_fields=["parent"])  # the database keeps the path, and refuses where others hang below
        child.refresh_from_db(fields=["path"])
        Application.objects.filter(desk_path=before).update(desk_path=child.path)
    with connection.cursor() as cursor:
        ids = [child.pk for child in below]
        cursor.execute("UPDATE resident SET home_path = home_path WHERE home_id = ANY(%s)", [ids])
    return sum(child.closed_on is None for child in below)


def _move_applications(old: Organisation, new: Organisation) -> int:
    """Open applications are the successor's to finish; where they were accepted stays on record.

    Also those that came to the old organisation by a merger before: whose they are is told by their path.
    """
    new.refresh_from_db(fields=["path"])
    return Application.objects.filter(desk_path=old.path, state__in=_OPEN).update(desk_path=new.path)


def _move_stock(now: Act, old: Organisation, new: Organisation) -> int:
    with scope.widened(scope.EVERYBODY):
        stock = _stock(old)
        for card in stock:
            now.event(card, "rehomed", place_org=new.pk)
    return len(stock)


def _stock(row: Organisation) -> list[int]:
    """The cards that lie there, whoever issued them: a returned one is taken at any desk (第十三条)."""
    with scope.widened(scope.EVERYBODY):
        cards = Card.objects.filter(place_org=row, place__in=_STOCK).order_by("resident_id", "pk")
        return list(cards.values_list("pk", flat=True))


def _found(actor: Actor, organisation_id: int, *, locked: bool = False) -> Organisation:
    rows = Organisation.objects.select_for_update(of=("self",)) if locked else Organisation.objects.all()
    row = rows.filter(pk=organisation_id, path__startswith=actor.path).first()
    if row is None:
        raise NotFound("There is no such organisation.")
    return row


def _open(row: Organisation) -> Organisation:
    if row.closed_on is not None:
        raise Conflict("该机构已关闭。", "This organisation was closed.")
    return row


def _row(row: Organisation) -> OrganisationRow:
    return OrganisationRow(
        id=row.pk,
        code=row.code,
        name=row.name,
        kind=row.kind,
        parent=row.parent_id,
        division=row.division,
        issuer_code=row.issuer_code,
        credit_code=row.credit_code,
        path=row.path,
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        successor=row.successor_id,
    )
