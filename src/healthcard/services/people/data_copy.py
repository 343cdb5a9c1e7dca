"""Everything on file about one person, as he may have it (个人信息保护法第四十五条): plain JSON, in words."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime

from healthcard.domain import form, form_row
from healthcard.domain.identity import title
from healthcard.domain.resident import Resident as Form
from healthcard.services.desk import scans
from healthcard.services.desk.applications import content
from healthcard.services.people import messages, person_requests, registering, residents
from healthcard.services.people.record_changes import told_rows
from healthcard.storage.models import (
    Access,
    Application,
    Card,
    CardEvent,
    Collection,
    Message,
    PersonRequest,
    Registration,
    Resident,
    Verification,
)


def everything(resident_id: int) -> Mapping[str, object]:
    """The whole of it, by part; times as ISO text. The caller has judged who may have it, and has logged it."""
    row = Resident.objects.select_related("home").get(pk=resident_id)
    copied = {
        "record": _record(residents.opened(resident_id)),
        "home": row.home.name,
        "on_file_since": row.created_at,
        "died_on": row.died_on,
        "left_on": row.left_on,
        "restricted": row.restricted,
        "collections": [_collection(each) for each in Collection.objects.filter(resident=row).order_by("pk")],
        "changes": [asdict(each) for each in told_rows(resident_id)],
        "cards": [_card(each) for each in Card.objects.filter(resident=row).order_by("pk")],
        "applications": [_application(each) for each in Application.objects.filter(resident=row).order_by("pk")],
        "requests": [_request(each) for each in PersonRequest.objects.filter(resident=row).order_by("pk")],
        "messages": [asdict(messages.told(each)) for each in Message.objects.filter(resident=row).order_by("pk")],
        "registrations": _registrations(resident_id),
        "verifications": _verifications(resident_id),
        "accesses": _accesses(resident_id),
    }
    return {name: _plain(part) for name, part in copied.items()}


def _record(person: Form) -> Mapping[str, object]:
    """The form by its own headings, with what no form holds."""
    cells = form_row.cells(person)
    told: dict[str, object] = {form.COLUMNS[key].heading: text for key, text in cells.items() if text}
    told["其他证件"] = [{"证件": title(each), "号码": each.number} for each in person.other_documents]
    told["照片"] = b64encode(person.photo).decode()
    return told


def _collection(row: Collection) -> Mapping[str, object]:
    names = ("edition", "by", "identity", "presented", "consented", "at")
    return {name: getattr(row, name) for name in names} | dict(registering.opened(row))


def _card(row: Card) -> Mapping[str, object]:
    names = ("issuer_code", "issue_serial", "kind", "life", "issued_on", "valid_until", "end_reason", "chip_end")
    events = CardEvent.objects.filter(card=row).select_related("organisation").order_by("version")
    history = [{"at": each.at, "event": each.event, "where": each.organisation.name} for each in events]
    return {name: getattr(row, name) for name in names} | {"history": history}


def _application(row: Application) -> Mapping[str, object]:
    names = ("number", "kind", "state", "reason", "by", "presented", "accepted_at", "closed_at", "opinion", "outcome")
    whole = content.opened(row)
    delegate = asdict(whole.delegate) if whole.delegate else None
    pages = [b64encode(each).decode() for each in scans.pictures(row)]
    return {name: getattr(row, name) for name in names} | {
        "form": dict(whole.fields),
        "delegate": delegate,
        "scans": pages,
    }


def _request(row: PersonRequest) -> Mapping[str, object]:
    return asdict(person_requests.shown(row)) | {"said": dict(person_requests.opened(row))}


def _registrations(resident_id: int) -> list[Mapping[str, object]]:
    rows = Registration.objects.filter(resident=resident_id).select_related("organisation").order_by("pk")
    return [{"at": each.at, "where": each.organisation.name, "business": each.business} for each in rows]


def _verifications(resident_id: int) -> list[Mapping[str, object]]:
    rows = Verification.objects.filter(card__resident=resident_id).select_related("organisation").order_by("pk")
    names = ("purpose", "step", "usable", "present")
    return [
        {"at": each.started, "where": each.organisation.name} | {name: getattr(each, name) for name in names}
        for each in rows
    ]


def _accesses(resident_id: int) -> list[Mapping[str, object]]:
    rows = Access.objects.filter(resident=resident_id).select_related("organisation").order_by("pk")
    names = ("at", "purpose", "what", "reason")
    return [{name: getattr(each, name) for name in names} | {"where": each.organisation.name} for each in rows]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
