"""The record of a person changed (第十二条第六项): what stood before is kept sealed, with who changed it and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from uuid import UUID

from django.db.models.functions import Now

from healthcard.domain.identity import mask, mask_name
from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Resident as Form
from healthcard.domain.roads import WAYS, Road
from healthcard.services.acting import Act, alone_with_person
from healthcard.services.actor import Actor
from healthcard.services.errors import Conflict, NotFound
from healthcard.services.people import finding, resident_keys, resident_record
from healthcard.services.sealing import sealer
from healthcard.storage.models import Organisation, PersoJob, Resident, ResidentChange
from healthcard.storage.models.perso import OPEN

_OTHER = ("other_documents", "其他证件", "further documents")  # what no chip carries and no form asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One field that was changed: how the chip takes it (write, replace, record) and which of its items show it."""

    field: str
    zh: str
    en: str
    road: str
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One change as the history shows it: never what stood there."""

    id: int
    fields: tuple[str, ...]
    zh: tuple[str, ...]
    reason: str
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """A change with what stood before it, for services that compare; never shown."""

    before: Form = field(repr=False)
    fields: tuple[str, ...]
    operation: UUID
    at: datetime


def change(
    now: Act, resident_id: int, edit: Callable[[Form], Form], *, reason: str, **columns: object
) -> tuple[Changed, ...]:
    """Within an act: change a record, keep what stood before, tell the person; what was changed, field by field.

    Not while a card of the person is begun: that could not be settled any more. `columns` are set besides.
    Raises NotFound, Conflict, TransitionRefused for a document of somebody else and where nothing changes.
    """
    alone_with_person(resident_id)
    row = Resident.objects.select_for_update(of=("self",)).filter(pk=resident_id).first()
    if row is None:
        raise NotFound("There is no such person on file.")
    if PersoJob.objects.filter(card__resident=row, state__in=OPEN).exists():
        raise Conflict(
            "此人的卡正在制作：请先制完或报废。", "A card of this person is being made: settle or scrap it first."
        )
    seals, owner = sealer(), bytes(row.identity_digest)
    before = resident_record.from_bytes(seals.open(bytes(row.sealed), owner))
    after = edit(before)
    names = [each.name for each in fields(Form) if getattr(before, each.name) != getattr(after, each.name)]
    require("something_changed", bool(names or columns))
    _require_own(row.pk, after)
    if names:
        _keep(now, row, names, reason)
    _write(row, after, columns)
    told = tuple(map(_told, names))
    now.about(resident=row.pk)
    now.note(fields=names)
    if not told:
        return ()
    place = Organisation.objects.values_list("name", flat=True).get(pk=now.actor.organisation)
    now.tell(row.pk, "data.changed", place=place, what="、".join(each.zh for each in told))
    return told


def since(resident_id: int, moment: datetime) -> Iterator[Stood]:
    """What stood in a record before each change after `moment`, the first first; what was deleted is left out."""
    rows = ResidentChange.objects.filter(resident=resident_id, changed_at__gt=moment).exclude(sealed_before=b"")
    for row in rows.order_by("pk"):
        raw = sealer().open(bytes(row.sealed_before), bytes(row.owner or b""))
        yield Stood(
            before=resident_record.from_bytes(raw),
            fields=tuple(row.fields.split()),
            operation=row.operation,
            at=row.changed_at,
        )


def history(actor: Actor, resident_id: int) -> tuple[Row, ...]:
    """Every change of a person's record, the newest first; raises NotFound."""
    actor.require(Permission.RESIDENT_VIEW)
    if not Resident.objects.filter(pk=resident_id).exists():
        raise NotFound("There is no such person on file.")
    return told_rows(resident_id)


def told_rows(resident_id: int) -> tuple[Row, ...]:
    """The history of a record, for services that may show it."""
    rows = ResidentChange.objects.filter(resident=resident_id).select_related("account").order_by("-pk")
    return tuple(map(_row, rows))


def _require_own(resident_id: int, person: Form) -> None:
    for document in (person.document, *person.other_documents):
        require("one_person", finding.holder(document) in (None, resident_id))


def _keep(now: Act, row: Resident, names: list[str], reason: str) -> None:
    ResidentChange.objects.create(
        resident=row,
        fields=" ".join(names),
        sealed_before=bytes(row.sealed),
        owner=bytes(row.identity_digest),
        reason=reason,
        account_id=now.actor.account,
        operation=now.operation,
    )


def _write(row: Resident, person: Form, columns: dict[str, object]) -> None:
    seals = sealer()
    digest = seals.digest(person.document)
    known: dict[str, object] = {
        "identity_digest": digest,
        "sealed": seals.seal(resident_record.to_bytes(person), digest),
    }
    known |= {"name_masked": mask_name(person.name), "birth_year": person.birth_date.year}
    known |= {"document_kind": person.document.kind, "document_masked": mask(person.document.number)}
    if digest != bytes(row.identity_digest):
        resident_keys.add_document(row.pk, digest)  # before it leads: the database wants it to be the person's own
    Resident.objects.filter(pk=row.pk).update(updated_at=Now(), **known, **columns)
    row.refresh_from_db(fields=["identity_digest"])
    resident_keys.indexed(row, person)


def _told(name: str) -> Changed:
    way = WAYS.get(name)
    if way is None:
        return Changed(field=name, zh=_OTHER[1], en=_OTHER[2], road=Road.RECORD.value, items=())
    return Changed(field=name, zh=way.zh, en=way.en, road=way.road.value, items=way.items)


def _row(row: ResidentChange) -> Row:
    names = tuple(row.fields.split())
    return Row(
        id=row.pk,
        fields=names,
        zh=tuple(_told(name).zh for name in names),
        reason=row.reason,
        changed_by=row.account.full_name if row.account else "",
        changed_at=row.changed_at,
    )
