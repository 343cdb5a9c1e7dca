"""A resident as the bytes that are sealed: JSON, versioned, every field by name."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import fields
from datetime import date
from typing import Any

from healthcard.domain.resident import Allergy, Contact, Document, Resident, Vaccination
from healthcard.services.errors import NotFound, ServiceError

VERSION = 1
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_TEXTS = tuple(field.name for field in fields(Resident) if field.type == "str")
_LISTS = ("phones", "payment_methods")  # of texts


ERASED = b'{"erased":true}'  # what is left of a record that was deleted


class Erased(NotFound):
    """The data of this person were deleted at his wish, their time being over."""


class UnknownRecord(ServiceError):
    """A record of a version that this release does not read."""


def to_bytes(resident: Resident) -> bytes:
    """The record of a resident, to be sealed; fields left blank are left out."""
    table: dict[str, Any] = {name: value for name in _TEXTS + _LISTS if (value := getattr(resident, name))}
    table["v"] = VERSION
    table["document"] = (resident.document.kind, resident.document.number)
    table["birth_date"] = resident.birth_date.isoformat()
    if resident.contacts:
        table["contacts"] = [(each.name, each.relation, each.phone) for each in resident.contacts]
    if resident.alerts:
        table["alerts"] = sorted(resident.alerts)
    if resident.allergies:
        table["allergies"] = [(each.substance, each.reaction) for each in resident.allergies]
    if resident.vaccinations:
        table["vaccinations"] = [(each.vaccine, each.given.isoformat()) for each in resident.vaccinations]
    if resident.photo:
        table["photo"] = b64encode(resident.photo).decode()
    if resident.other_documents:
        table["other_documents"] = [(each.kind, each.number) for each in resident.other_documents]
    return _ENCODE(table).encode()


def from_bytes(record: bytes) -> Resident:
    """The resident of a record; raises UnknownRecord, Erased."""
    if record == ERASED:
        raise Erased("The data of this person were deleted: nothing of them is left.")
    table: dict[str, Any] = json.loads(record)
    if table.pop("v", None) != VERSION:
        raise UnknownRecord("A resident's record has a version that this release does not read: update healthcard.")
    kind, number = table.pop("document")
    return Resident(
        document=Document(kind=kind, number=number),
        birth_date=date.fromisoformat(table.pop("birth_date")),
        contacts=tuple(Contact(name=n, relation=r, phone=p) for n, r, p in table.pop("contacts", ())),
        alerts=frozenset(table.pop("alerts", ())),
        allergies=tuple(Allergy(substance=s, reaction=r) for s, r in table.pop("allergies", ())),
        vaccinations=tuple(
            Vaccination(vaccine=v, given=date.fromisoformat(g)) for v, g in table.pop("vaccinations", ())
        ),
        photo=b64decode(table.pop("photo", "")),
        other_documents=tuple(Document(kind=k, number=n) for k, n in table.pop("other_documents", ())),
        phones=tuple(table.pop("phones", ())),
        payment_methods=tuple(table.pop("payment_methods", ())),
        **{name: table.pop(name, "") for name in _TEXTS},
    )
