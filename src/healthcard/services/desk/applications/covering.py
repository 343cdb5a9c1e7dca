"""What is shown of a filled form: names, numbers and telephones covered, wherever they were written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from healthcard.domain import codes, form
from healthcard.domain.entries import Entry
from healthcard.domain.form_fields import Type
from healthcard.domain.forms import form as form_of
from healthcard.domain.identity import mask, mask_name

_NUMBER = re.compile(r"[0-9]{9,}[Xx]?")  # longer than any day: a telephone, an account, an identity number
_NUMBERS = frozenset({Type.NUMBER, Type.DOCUMENT_NUMBER, Type.PHONE})
_CODED = frozenset({"code", "codes"})
# By how the collection form checks a column.
_COVERS: Mapping[str, Callable[[str], str]] = {
    "name": mask_name,
    "person": mask_name,
    "spelling": mask_name,
    "number": mask,
    "phone": mask,
    "digits": mask,
}


def masked(kind: str, fields: Mapping[str, Entry]) -> dict[str, Entry]:
    """The fields of a form of `kind`, rows of changes (变更条目) too."""
    types = {field.key: field.type for field in form_of(kind).fields}
    return {key: _covered(key, types.get(key), value) for key, value in fields.items()}


def row(change: Mapping[str, str]) -> dict[str, str]:
    """One row of changes: its item, the old and the new content by what the item is, the reason."""
    column = column_of(change["item"])
    return {key: cell(column, text) if key in ("old", "new") else numberless(text) for key, text in change.items()}


def column_of(item: str) -> form.Column | None:
    """The column of the collection form that an item's name stands for; None for another name."""
    return form.COLUMNS.get(item) or form.COLUMNS.get(form.key_of(item) or "")


def cell(column: form.Column | None, text: str) -> str:
    """What a cell says: codes by their names, names and numbers covered."""
    if column is None:
        return numberless(text)
    if column.check in _CODED:
        table = codes.TABLES[column.argument]
        return "、".join(table[each].zh if each in table else each for each in text.split("、"))
    return _COVERS.get(column.check, numberless)(text)


def numberless(text: str) -> str:
    """Free text without the whole number of anybody."""
    return _NUMBER.sub(lambda found: mask(found[0]), text)


def _covered(key: str, kind: Type | None, value: Entry) -> Entry:
    if isinstance(value, list):
        return [
            row(change) if "item" in change else {key: numberless(text) for key, text in change.items()}
            for change in value
        ]
    if not isinstance(value, str) or not value:
        return value
    if key == "name":
        return mask_name(value)
    if key == "old_card":
        number, _, serial = value.rpartition(" ")
        return f"{mask(number)} {serial}"
    return mask(value) if kind in _NUMBERS else numberless(value)
