"""What an application to change data on the card asks for (第十二条第六项): its rows of changes, read.

A row names a heading of the collection form and what its cell shall say; 照片 is the photo on file, 卡有效期 the card's
last day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from healthcard.domain import form
from healthcard.domain.cells import read_day
from healthcard.domain.roads import WAYS, Road

PHOTO, VALIDITY = "photo", "valid_until"  # which the chip shows and no form has


class UnknownItem(ValueError):
    """A row of changes that names nothing there is on a card, or holds no such thing; `place` counts from 1."""

    def __init__(self, place: int) -> None:
        """The text names the row, never what was entered."""
        super().__init__(f"row {place} of the changes names no item of the collection form, or no day")
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The cells of the collection form that shall say something else, and all fields of the base data touched."""

    cells: Mapping[str, str] = field(repr=False)
    fields: frozenset[str]
    valid_until: date | None = None


def wanted(rows: Iterable[Mapping[str, str]]) -> Wanted:
    """The rows `item`, `new` of the form's 变更条目; raises UnknownItem."""
    cells: dict[str, str] = {}
    fields: set[str] = set()
    until: date | None = None
    for place, row in enumerate(rows, start=1):
        item, new = row["item"].strip(), row["new"]
        column = item if item in form.COLUMNS else form.key_of(item)
        if column is not None:
            cells[column] = new
            fields.add(field_of(column))
            continue
        fields.add(name := _named(item, place))
        if name == VALIDITY:
            until = read_day(new)
            if until is None:
                raise UnknownItem(place)
    return Wanted(cells=cells, fields=frozenset(fields), valid_until=until)


def items() -> tuple[str, ...]:
    """What a row may name, as the collection form prints it: its headings, the photo, the card's last day."""
    return (*(column.heading for column in form.COLUMNS.values()), WAYS[PHOTO].zh, WAYS[VALIDITY].zh)


def field_of(column: str) -> str:
    """The field of the base data (domain.roads) that a column of the collection form belongs to."""
    if column in form.DOCUMENTS or column == "document_kind":
        return "document"
    return next((name for start, name in _GROUPS.items() if column.startswith(start)), column)


def _named(item: str, place: int) -> str:
    """A field that no cell says: what the chip shows besides, and what only a new card can."""
    for name, way in WAYS.items():
        if item in (name, way.zh) and (name in (PHOTO, VALIDITY) or way.road is Road.REPLACE):
            return name
    raise UnknownItem(place)


_GROUPS: Mapping[str, str] = {
    "phone_": "phones",
    "contact_": "contacts",
    "payment_": "payment_methods",
    "registered_": "registered_address",
    "residence_": "residence_address",
    "allergy_": "allergies",
    "reaction_": "allergies",
    "vaccine_": "vaccinations",
}
