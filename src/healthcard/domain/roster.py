"""Rows of a roster: the official collection form's cells become a resident, or the row says why not.

Each row is judged by its own cells alone: what stands before or after it in the file changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from healthcard.domain import form, identity, names
from healthcard.domain.cells import SIZES, Cells
from healthcard.domain.findings import Finding
from healthcard.domain.resident import Allergy, Contact, Document, Resident, Vaccination

PAYMENTS = 3  # items 18 to 20
OTHER_ALERT = "99"
_NO_DOCUMENT = Document(kind="", number="")
_CONTACTS = tuple(
    (f"contact_name_{index}", f"contact_relation_{index}", f"contact_phone_{index}")
    for index in range(1, form.CONTACTS + 1)
)
_ADDRESSES = {
    which: (tuple(f"{which}_{part}" for part in form.ADDRESS_PARTS), f"{which}_address")
    for which in ("registered", "residence")
}
_ALLERGIES = tuple((f"allergy_{index}", f"reaction_{index}") for index in range(1, form.ALLERGIES + 1))
_VACCINES = tuple((f"vaccine_{index}", f"vaccine_date_{index}") for index in range(1, form.VACCINES + 1))


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


def judge_all(rows: Iterable[tuple[int, Mapping[str, str]]], *, today: date) -> Iterator[Row]:
    """Judge numbered rows one by one."""
    return (judge(number, values, today=today) for number, values in rows)


def from_headings(cells: Mapping[str, str]) -> dict[str, str]:
    """A row with the form's Chinese headings as `judge` wants it; headings that are not on the form are left out."""
    return {key: value for heading, value in cells.items() if (key := form.key_of(heading)) is not None}


def _resident(cells: Cells) -> Resident:
    """What the row says, read in the form's order so that findings come in that order too.

    A broken cell is blank here; its finding keeps the whole resident out.
    """
    held = _document(cells)
    name = cells.name("name") if cells.need("name") else ""
    chip_name = _chip_name(cells, name)
    sex = cells.code("sex") if cells.need("sex") else ""
    group = cells.code("ethnic_group") if cells.need("ethnic_group") else ""
    born = cells.day("birth_date") if cells.need("birth_date") else None
    _compare(cells, held, sex, born)
    alerts, other_alert = _alerts(cells)
    return Resident(
        name=name,
        chip_name=chip_name,
        document=held or _NO_DOCUMENT,
        sex=sex,
        ethnic_group=group,
        birth_date=born or date.min,
        ncms_card_no=cells.digits("ncms_card_no"),
        health_record_no=cells.digits("health_record_no"),
        phones=tuple(phone for key in ("phone_1", "phone_2") if (phone := cells.phone(key))),
        marital_status=cells.code("marital_status"),
        occupation=cells.code("occupation"),
        education=cells.code("education"),
        contacts=_contacts(cells),
        registered_address=_address(cells, "registered"),
        residence_address=_address(cells, "residence"),
        payment_methods=_payments(cells),
        abo=cells.code("abo"),
        rh_negative=cells.code("rh_negative"),
        alerts=alerts,
        other_alert=other_alert,
        allergies=_allergies(cells),
        vaccinations=_vaccinations(cells),
    )


def _document(cells: Cells) -> Document | None:
    """Exactly one of citizen number and other document (form annex A)."""
    citizen, other = cells.raw("citizen_number"), cells.raw("document_number")
    if citizen and other:
        cells.note("document_number", "document_two", identity.mask(other))
    elif citizen:
        return _numbered(cells, "citizen_number", identity.CITIZEN, citizen)
    elif cells.raw("document_kind") and not other:
        cells.note("document_number", "number_missing")
    elif not other:
        cells.note("citizen_number", "document_missing")
    elif not cells.raw("document_kind"):
        cells.note("document_kind", "document_kind_missing")
    elif kind := cells.code("document_kind"):
        return _numbered(cells, "document_number", kind, other)
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


def _compare(cells: Cells, held: Document | None, sex: str, born: date | None) -> None:
    """Birth and sex against the number: a warning, because real documents do differ."""
    said = identity.claims(held) if held else None
    if said and born and said.birth_date != born:
        cells.note("birth_date", "birth_differs", f"{born:%Y}****")
    if said and sex and said.sex != sex:
        cells.note("sex", "sex_differs", sex)


def _chip_name(cells: Cells, name: str) -> str:
    """The reviewed spelling; warns when the chip will need one or will cut the name."""
    spelling = cells.text("chip_name")
    missing = "" if cells.plain else names.unwritable(spelling or name)
    if missing:
        cells.note("name", "name_review", identity.mask_name(name), missing)
    elif 2 * len(name) > names.CHIP_BYTES and len((spelling or name).encode("gbk")) > names.CHIP_BYTES:
        cells.note("name", "name_cut", identity.mask_name(name), str(len(names.chip_spelling(spelling or name))))
    return spelling


def _contacts(cells: Cells) -> tuple[Contact, ...]:
    """The complete contacts; at least one is mandatory, and one with a gap is left out with a warning."""
    found = [contact for keys in _CONTACTS if not cells.blank(keys) and (contact := _contact(cells, *keys))]
    if not found:
        cells.note("contact_name_1", "contact_missing")
    return tuple(found)


def _contact(cells: Cells, name_key: str, relation_key: str, phone_key: str) -> Contact | None:
    before = len(cells.findings)
    name, relation, phone = cells.text(name_key), cells.relation(relation_key), cells.phone(phone_key)
    if name and relation and phone:
        return Contact(name=name, relation=relation, phone=phone)
    gaps = [word for word, value in (("姓名", name), ("关系", relation), ("电话", phone)) if not value]
    if len(gaps) < 3 and len(cells.findings) == before:
        cells.note(name_key, "contact_incomplete", identity.mask_name(name), "、".join(gaps))
    return None


def _address(cells: Cells, which: str) -> str:
    """The five parts joined, or the address as written in one cell; parts that repeat the one above are left out."""
    parts, whole_key = _ADDRESSES[which]
    joined = ""
    for text in map(cells.text, parts):
        if not joined.endswith(text):
            joined += text
    if joined and not cells.has(parts[0]):
        cells.note(parts[0], "address_parts")
    whole = cells.text(whole_key)
    address = whole if whole.startswith(joined) else joined + whole
    size = SIZES[whole_key]
    if 2 * len(address) > size and len(address.encode("gbk")) > size:
        cells.note(whole_key, "text_bytes", identity.mask_name(address), str(size))
    return address


def _payments(cells: Cells) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(code for index in (1, 2, 3) for code in cells.codes(f"payment_{index}")))
    if len(found) > PAYMENTS:
        cells.note("payment_1", "payment_many", "".join(found))
    return found


def _alerts(cells: Cells) -> tuple[frozenset[str], str]:
    """The ticked alerts and the text of the other one, which the text alone ticks."""
    ticked, text = set(cells.codes("alerts")), cells.text("other_alert")
    if text:
        ticked.add(OTHER_ALERT)
    elif OTHER_ALERT in ticked and not cells.has("other_alert"):
        cells.note("other_alert", "alert_text_missing")
    return frozenset(ticked), text


def _present(cells: Cells, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return (pair for pair in pairs if not cells.blank(pair))


def _allergies(cells: Cells) -> tuple[Allergy, ...]:
    found = []
    for substance_key, reaction_key in _present(cells, _ALLERGIES):
        substance, reaction = cells.text(substance_key), cells.text(reaction_key)
        if substance:
            found.append(Allergy(substance=substance, reaction=reaction))
        elif reaction and not cells.has(substance_key):
            cells.note(substance_key, "allergy_substance_missing")
    return tuple(found)


def _vaccinations(cells: Cells) -> tuple[Vaccination, ...]:
    found = []
    for vaccine_key, date_key in _present(cells, _VACCINES):
        vaccine, given = cells.text(vaccine_key), cells.day(date_key)
        if vaccine and given:
            found.append(Vaccination(vaccine=vaccine, given=given))
        elif vaccine and not cells.has(date_key):
            cells.note(date_key, "vaccine_date_missing")
        elif given and not cells.has(vaccine_key):
            cells.note(vaccine_key, "vaccine_name_missing")
    return tuple(found)
