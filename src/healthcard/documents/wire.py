"""Judged rows as plain data for the pipe between the reading process and ours, and back: lists and strings only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import Any

from healthcard.domain.findings import Finding
from healthcard.domain.resident import Allergy, Contact, Document, Resident, Vaccination
from healthcard.domain.roster import Row

Plain = list[Any]  # what JSON carries: its shape is checked by building the values again

_OWN_SHAPE = ("document", "birth_date", "contacts", "alerts", "allergies", "vaccinations")
_ON_NO_ROSTER = ("photo", "other_documents")
_PLAIN_FIELDS = tuple(field.name for field in fields(Resident) if field.name not in {*_OWN_SHAPE, *_ON_NO_ROSTER})
_PLAIN_VALUES = attrgetter(*_PLAIN_FIELDS)


def to_plain(row: Row) -> Plain:
    """`row` as lists and strings; a roster has no photo and no second document, so none travels."""
    resident = None if row.resident is None else _resident_to_plain(row.resident)
    return [row.number, resident, [[each.column, each.value, each.rule, each.detail] for each in row.findings]]


def from_plain(plain: Plain) -> Row:
    """The row again; raises ValueError, TypeError or KeyError for anything `to_plain` does not write."""
    number, resident, findings = plain
    return Row(
        number=number,
        resident=None if resident is None else _resident_from_plain(resident),
        findings=tuple(
            Finding(column=column, value=value, rule=rule, detail=detail) for column, value, rule, detail in findings
        ),
    )


def _resident_to_plain(person: Resident) -> Plain:
    return [
        _PLAIN_VALUES(person),
        (person.document.kind, person.document.number),
        person.birth_date.isoformat(),
        [(contact.name, contact.relation, contact.phone) for contact in person.contacts],
        sorted(person.alerts),
        [(allergy.substance, allergy.reaction) for allergy in person.allergies],
        [(dose.vaccine, dose.given.isoformat()) for dose in person.vaccinations],
    ]


def _resident_from_plain(plain: Sequence[Any]) -> Resident:
    values, document, born, contacts, alerts, allergies, vaccinations = plain
    named = dict(zip(_PLAIN_FIELDS, values, strict=True))
    named["phones"] = tuple(named["phones"])
    named["payment_methods"] = tuple(named["payment_methods"])
    return Resident(
        **named,
        document=Document(kind=document[0], number=document[1]),
        birth_date=date.fromisoformat(born),
        contacts=tuple(Contact(name=name, relation=relation, phone=phone) for name, relation, phone in contacts),
        alerts=frozenset(alerts),
        allergies=tuple(Allergy(substance=substance, reaction=reaction) for substance, reaction in allergies),
        vaccinations=tuple(
            Vaccination(vaccine=vaccine, given=date.fromisoformat(given)) for vaccine, given in vaccinations
        ),
    )
