"""What a province chose from the short list (第七条第一项): selected by one person, filed upward by another, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from healthcard.domain.admission.procedure import require
from healthcard.domain.permissions import Permission
from healthcard.services.acting import act, clock
from healthcard.services.actor import Actor
from healthcard.services.admission.centre import require_province
from healthcard.services.admission.looking import short_list_ids
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.second_person import is_another
from healthcard.storage.models import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionRow:
    """One choice of a province; `filed_on` None = not filed yet, `valid_to` = the first day without it."""

    id: int
    province: int
    province_name: str
    dossier: int
    field: str
    kind: str
    name: str
    producer_name: str
    document: str
    valid_from: date
    valid_to: date | None
    filed_on: date | None


def select(actor: Actor, dossiers: tuple[int, ...], *, document: str, valid_from: date) -> tuple[int, ...]:
    """Choose from the short list, by one document; the ids of the choices. One that is refused refuses all.

    Raises NotAllowed, TransitionRefused, Invalid.
    """
    with act(actor, Permission.SUPPLY_DECIDE, "supply.select") as now:
        province = require_province(actor)
        _require_document(document)
        listed = short_list_ids(clock()[1])
        for dossier in dossiers:
            require("on_short_list", dossier in listed, dossier=dossier)
            taken = Selection.objects.filter(organisation=province, dossier=dossier, valid_to=None).exists()
            require("selected_once", not taken, dossier=dossier)
        rows = [
            Selection.objects.create(
                organisation=province,
                dossier_id=dossier,
                document=document,
                valid_from=valid_from,
                selected_by_id=actor.account,
            )
            for dossier in dict.fromkeys(dossiers)
        ]
        now.note(dossiers=list(dossiers), document=document, valid_from=valid_from)
        return tuple(row.pk for row in rows)


def file(actor: Actor, selections: tuple[int, ...], filed_on: date) -> None:
    """Note that choices were filed with the ministry, as another person than chose them.

    Raises NotAllowed, NotFound, TransitionRefused, Invalid.
    """
    with act(actor, Permission.SUPPLY_DECIDE, "supply.file") as now:
        if filed_on > clock()[1]:
            raise Invalid("filed_on", "报备日期不能晚于今天", "it cannot be filed on a day to come")
        for number in selections:
            row = _own(actor, number)
            require("not_decided", row.filed_on is None, selection=row.pk)
            require("two_people", is_another(actor, row.selected_by_id), selection=row.pk)
            Selection.objects.filter(pk=row.pk).update(filed_on=filed_on, filed_by=actor.account)
        now.note(selections=list(selections), filed_on=filed_on)


def end(actor: Actor, selection_id: int, first_day_without: date) -> None:
    """A choice ends. Raises NotAllowed, NotFound, TransitionRefused, Invalid."""
    with act(actor, Permission.SUPPLY_DECIDE, "supply.end") as now:
        row = _own(actor, selection_id)
        require("not_decided", row.valid_to is None, selection=row.pk)
        if first_day_without < max(row.valid_from, clock()[1]):
            raise Invalid("valid_to", "终止日期不能早于今天", "it ends today or later")
        Selection.objects.filter(pk=row.pk).update(valid_to=first_day_without)
        now.note(selection=row.pk, valid_to=first_day_without)


def listed(actor: Actor) -> tuple[SelectionRow, ...]:
    """The choices of the actor's province, at the centre those of all, the newest first."""
    actor.require(Permission.ADMISSION_VIEW)
    rows = Selection.objects.select_related("organisation", "dossier__producer").order_by("-pk")
    return tuple(map(_row, rows))


def _own(actor: Actor, selection_id: int) -> Selection:
    """A choice of the province where the actor works, held until the transaction ends; raises NotFound."""
    province = require_province(actor)
    row = Selection.objects.select_for_update().filter(pk=selection_id, organisation=province).first()
    if row is None:
        raise NotFound("There is no such selection.")
    return row


def _require_document(document: str) -> None:
    if not 0 < len(document.strip()) <= 80:
        raise Invalid("document", "须填写文号，不超过 80 个字符", "name the document, in at most 80 characters")


def _row(row: Selection) -> SelectionRow:
    dossier = row.dossier
    return SelectionRow(
        id=row.pk,
        province=row.organisation_id,
        province_name=row.organisation.name,
        dossier=dossier.pk,
        field=dossier.field,
        kind=dossier.kind,
        name=dossier.name,
        producer_name=dossier.producer.name,
        document=row.document,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        filed_on=row.filed_on,
    )
