"""A person's data as the cells of the collection form (居民健康卡基础数据采集表): what `domain.roster` reads back."""

from __future__ import annotations

from collections.abc import Iterable

from healthcard.domain import codes, form, identity
from healthcard.domain.resident import Document, Resident

_ADDRESSES = ("registered", "residence")


def cells(person: Resident) -> dict[str, str]:
    """The cells that say `person`, by key of `form.COLUMNS`; the form has no photo and one document."""
    written = {
        "name": person.name,
        "chip_name": person.chip_name,
        "sex": person.sex,
        "ethnic_group": codes.label("ethnic_group", person.ethnic_group),
        "birth_date": f"{person.birth_date:%Y%m%d}",
        "ncms_card_no": person.ncms_card_no,
        "health_record_no": person.health_record_no,
        "marital_status": person.marital_status,
        "occupation": person.occupation,
        "education": person.education,
        "registered_address": person.registered_address,
        "residence_address": person.residence_address,
        "abo": person.abo,
        "rh_negative": person.rh_negative,
        "alerts": "、".join(sorted(person.alerts, key=int)),
        "other_alert": person.other_alert,
        **_document(person.document),
        **_numbered("phone_{}", person.phones),
        **_numbered("payment_{}", person.payment_methods),
    }
    for index, contact in enumerate(person.contacts, start=1):
        relation = codes.label("relation", contact.relation)
        written |= {f"contact_name_{index}": contact.name, f"contact_phone_{index}": contact.phone}
        written[f"contact_relation_{index}"] = relation
    for index, allergy in enumerate(person.allergies, start=1):
        written |= {f"allergy_{index}": allergy.substance, f"reaction_{index}": allergy.reaction}
    for index, dose in enumerate(person.vaccinations, start=1):
        written |= {f"vaccine_{index}": dose.vaccine, f"vaccine_date_{index}": f"{dose.given:%Y%m%d}"}
    return written


def changed(person: Resident, given: dict[str, str]) -> dict[str, str]:
    """The cells of `person` with `given` in their place; '' empties one.

    One part of an address or of the document replaces the whole of it: halves of two say neither.
    """
    written = cells(person)
    for group in _groups():
        if not group.isdisjoint(given):
            written = {key: text for key, text in written.items() if key not in group}
    return written | given


def _groups() -> Iterable[frozenset[str]]:
    yield frozenset({"citizen_number", "document_kind", "document_number"})
    for which in _ADDRESSES:
        yield frozenset({f"{which}_address", *(f"{which}_{part}" for part in form.ADDRESS_PARTS)})


def _document(held: Document) -> dict[str, str]:
    if held.kind == identity.CITIZEN:
        return {"citizen_number": held.number}
    return {"document_kind": codes.label("document_kind", held.kind), "document_number": held.number}


def _numbered(key: str, values: tuple[str, ...]) -> dict[str, str]:
    return {key.format(index): value for index, value in enumerate(values, start=1)}
