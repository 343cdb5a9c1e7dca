"""Rows of a roster: the official collection form's cells become a resident, or the row says why not.

Each row is judged by its own cells alone: what stands before or after it in the file changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from healthcard.domain import form, identity, names
from healthcard.domain.cells import SIZES, Cells
from healthcard.domain.findings import Finding
from healthcard.domain.resident import Allergy, Contact, Document, Resident, Vaccination

OTHER_ALERT = "99"
_NO_DOCUMENT = Document(kind="", number="")
_CONTACTS = [
    (f"contact_name_{index}", f"contact_relation_{index}", f"contact_phone_{index}")
    for index in range(1, form.CONTACTS + 1)
]
_REGISTERED, _RESIDENCE = (
    (tuple(f"{which}_{part}" for part in form.ADDRESS_PARTS), f"{which}_address")
    for which in ("registered", "residence")
)
_PAYMENTS = [f"payment_{index}" for index in range(1, form.PAYMENTS + 1)]
_ALLERGIES = [(f"allergy_{index}", f"reaction_{index}") for index in range(1, form.ALLERGIES + 1)]
_VACCINES = [(f"vaccine_{index}", f"vaccine_date_{index}") for index in range(1, form.VACCINES + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A judged row: its number in the file, the resident unless an error keeps it out, and every finding."""

    number: int
    resident: Resident | None
    findings: tuple[Finding, ...] = ()


def judge(number: int, values: Mapping[str, str], *, today: date) -> Row:
    """Judge one row: `values` are its cells by key of `form.COLUMNS`; `today` bounds every date."""
    cells = Cells(values, today=today)
    resident = _resident(cells)
    refused = any(finding.is_error for finding in cells.findings)
    return Row(number=number, resident=None if refused else resident, findings=tuple(cells.findings))


def from_headings(cells: Mapping[str, str]) -> dict[str, str]:
    """A row with the form's Chinese headings as `judge` wants it; headings that are not on the form are left out."""
    return {key: value for heading, value in cells.items() if (key := form.key_of(heading)) is not None}


def _resident(cells: Cells) -> Resident:
    """What the row says. A broken cell is blank here; its finding keeps the whole resident out."""
    for key in form.MANDATORY:
        if key not in cells.values:
            cells.note(key, "required")
    texts = cells.texts
    held = _document(cells)
    _compare(cells, held)
    _check_spelling(cells)
    alerts, other_alert = _alerts(cells)
    return Resident(
        name=texts.get("name", ""),
        chip_name=texts.get("chip_name", ""),
        document=held or _NO_DOCUMENT,
        sex=texts.get("sex", ""),
        ethnic_group=texts.get("ethnic_group", ""),
        birth_date=cells.days.get("birth_date", date.min),
        ncms_card_no=texts.get("ncms_card_no", ""),
        health_record_no=texts.get("health_record_no", ""),
        phones=tuple(texts[key] for key in ("phone_1", "phone_2") if key in texts),
        marital_status=texts.get("marital_status", ""),
        occupation=texts.get("occupation", ""),
        education=texts.get("education", ""),
        contacts=_contacts(cells),
        registered_address=_address(cells, *_REGISTERED),
        residence_address=_address(cells, *_RESIDENCE),
        payment_methods=_payments(cells),
        abo=texts.get("abo", ""),
        rh_negative=texts.get("rh_negative", ""),
        alerts=alerts,
        other_alert=other_alert,
        allergies=_allergies(cells),
        vaccinations=_vaccinations(cells),
    )


def _document(cells: Cells) -> Document | None:
    """Exactly one of citizen number and other document (form annex A)."""
    citizen, other = cells.texts.get("citizen_number"), cells.texts.get("document_number")
    kind_given = "document_kind" in cells.values
    if citizen and other:
        cells.note("document_number", "document_two", identity.mask(other))
    elif citizen:
        return _numbered(cells, "citizen_number", identity.CITIZEN, citizen)
    elif other and not kind_given:
        cells.note("document_kind", "document_kind_missing")
    elif other and (kind := cells.texts.get("document_kind")):
        return _numbered(cells, "document_number", kind, other)
    elif kind_given and not other:
        cells.note("document_number", "number_missing")
    elif not other:
        cells.note("citizen_number", "document_missing")
    return None


def _numbered(cells: Cells, key: str, kind: str, number: str) -> Document | None:
    try:
        held = identity.document(kind, number)
    except identity.NumberRefused as refusal:
        cells.note(key, refusal.rule, identity.mask(number), refusal.detail)
        return None
    if not identity.known_province(held):
        cells.note(key, "number_province", identity.mask(held.number))
    return held


def _compare(cells: Cells, held: Document | None) -> None:
    """Birth and sex against the number: a warning, because real documents do differ."""
    said = identity.claims(held) if held else None
    born, sex = cells.days.get("birth_date"), cells.texts.get("sex")
    if said and born and said.birth_date != born:
        cells.note("birth_date", "birth_differs", f"{born:%Y}****")
    if said and sex and said.sex != sex:
        cells.note("sex", "sex_differs", sex)


def _check_spelling(cells: Cells) -> None:
    """Warn when the chip will need a reviewed spelling or will cut the name."""
    name = cells.texts.get("name", "")
    spelling = cells.texts.get("chip_name") or name
    missing = "" if cells.plain else names.unwritable(spelling)
    if missing:
        cells.note("name", "name_review", identity.mask_name(name), missing)
    elif not names.fits(spelling, names.CHIP_BYTES):
        cells.note("name", "name_cut", identity.mask_name(name), str(len(names.chip_spelling(spelling))))


def _contacts(cells: Cells) -> tuple[Contact, ...]:
    """The complete contacts; at least one is mandatory, and one with a gap is left out with a warning."""
    found = [contact for keys in _CONTACTS if (contact := _contact(cells, keys))]
    if not found:
        cells.note("contact_name_1", "contact_missing")
    return tuple(found)


def _contact(cells: Cells, keys: tuple[str, str, str]) -> Contact | None:
    if cells.values.keys().isdisjoint(keys):
        return None
    name, relation, phone = map(cells.texts.get, keys)
    if name and relation and phone:
        return Contact(name=name, relation=relation, phone=phone)
    gaps = [word for word, key in zip(("姓名", "关系", "电话"), keys, strict=True) if key not in cells.values]
    if gaps:
        cells.note(keys[0], "contact_incomplete", identity.mask_name(name or ""), "、".join(gaps))
    return None


def _address(cells: Cells, parts: tuple[str, ...], whole_key: str) -> str:
    """The five parts joined, or the address as written in one cell; parts that repeat the one above are left out."""
    joined = ""
    for key in parts:
        text = cells.texts.get(key, "")
        if not joined.endswith(text):
            joined += text
    if joined and parts[0] not in cells.values:
        cells.note(parts[0], "address_parts")
    whole = cells.texts.get(whole_key, "")
    address = whole if whole.startswith(joined) else joined + whole
    size = SIZES[whole_key]
    if not names.fits(address, size):
        cells.note(whole_key, "text_bytes", identity.mask_name(address), str(size))
    return address


def _payments(cells: Cells) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(code for key in _PAYMENTS for code in cells.lists.get(key, ())))
    if len(found) > len(_PAYMENTS):
        cells.note("payment_1", "payment_many", "".join(found))
    return found


def _alerts(cells: Cells) -> tuple[frozenset[str], str]:
    """The ticked alerts and the text of the other one, which the text alone ticks."""
    ticked, text = set(cells.lists.get("alerts", ())), cells.texts.get("other_alert", "")
    if text:
        ticked.add(OTHER_ALERT)
    elif OTHER_ALERT in ticked and "other_alert" not in cells.values:
        cells.note("other_alert", "alert_text_missing")
    return frozenset(ticked), text


def _allergies(cells: Cells) -> tuple[Allergy, ...]:
    found = []
    for substance_key, reaction_key in _ALLERGIES:
        substance, reaction = cells.texts.get(substance_key), cells.texts.get(reaction_key, "")
        if substance:
            found.append(Allergy(substance=substance, reaction=reaction))
        elif reaction and substance_key not in cells.values:
            cells.note(substance_key, "allergy_substance_missing")
    return tuple(found)


def _vaccinations(cells: Cells) -> tuple[Vaccination, ...]:
    found = []
    for vaccine_key, date_key in _VACCINES:
        vaccine, given = cells.texts.get(vaccine_key), cells.days.get(date_key)
        if vaccine and given:
            found.append(Vaccination(vaccine=vaccine, given=given))
        elif vaccine and date_key not in cells.values:
            cells.note(date_key, "vaccine_date_missing")
        elif given and vaccine_key not in cells.values:
            cells.note(vaccine_key, "vaccine_name_missing")
    return tuple(found)
