"""One field of an application form as entered: read into its type, or said what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from healthcard.domain.cells import is_unreadable, read_day, read_phone
from healthcard.domain.form_fields import Field, Type
from healthcard.domain.identity import OLDEST_YEAR

Rows = list[dict[str, str]]
Entry = str | bool | Rows  # ready for JSON; days are ISO text
MOST_ROWS = 20


class Wrong(NamedTuple):
    """A broken rule (a key of `forms.RULES`) and what completes its sentence."""

    rule: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What became of one entry: its value, None for a blank or a broken one, and what is wrong with it."""

    value: Entry | None = None
    wrong: tuple[Wrong, ...] = ()


BLANK = Read()


def read(field: Field, given: object, *, today: date) -> Read:
    """Read what was entered for `field` (None = nothing); `today` bounds days."""
    if given is None:
        return BLANK
    if field.type is Type.ROWS:
        return _rows(field, given)
    if field.type is Type.FLAG:
        return _flag(given)
    if not isinstance(given, str):
        return _refused("not_text")
    text = given.strip()
    if not text:
        return BLANK
    if is_unreadable(text):
        return _refused("unreadable")
    if len(text) > field.size:
        return _refused("too_long", str(field.size))
    return _TEXTS[field.type](field, text, today)


def _refused(rule: str, detail: str = "") -> Read:
    return Read(wrong=(Wrong(rule, detail),))


def _text(_field: Field, text: str, _today: date) -> Read:
    return Read(value=text)


def _day(_field: Field, text: str, today: date) -> Read:
    day = read_day(text)
    if day is None:
        return _refused("not_a_day")
    if day > today:
        return _refused("future_day")
    return Read(value=day.isoformat()) if day.year >= OLDEST_YEAR else _refused("ancient_day")


def _phone(_field: Field, text: str, _today: date) -> Read:
    number = read_phone(text)
    return Read(value=number) if number else _refused("not_a_phone")


def _choice(field: Field, text: str, _today: date) -> Read:
    if text in {choice.code for choice in field.choices}:
        return Read(value=text)
    return _refused("not_a_choice", "、".join(f"{choice.code} {choice.zh}" for choice in field.choices))


_TEXTS: Mapping[Type, Callable[[Field, str, date], Read]] = {
    Type.TEXT: _text,
    Type.DAY: _day,
    Type.PHONE: _phone,
    Type.CHOICE: _choice,
}


def _flag(given: object) -> Read:
    """A confirmation: only a yes is one, and nothing is a yes by default."""
    return Read(value=True) if given is True or given == "true" else _refused("not_ticked")


def _rows(field: Field, given: object) -> Read:
    """Rows of text by the keys of the field's columns; rows with nothing in them are left out."""
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        return _refused("not_rows")
    if len(given) > MOST_ROWS:
        return _refused("many_rows", str(MOST_ROWS))
    rows, wrong = [], []
    for number, row in enumerate(given, start=1):
        cells = {column.key: str(row.get(column.key) or "").strip() for column in field.columns}
        if any(cells.values()):
            wrong += _row_problems(field, number, cells)
            rows.append(cells)
    wrong += _twice(rows)
    return Read(wrong=tuple(wrong)) if wrong else Read(value=rows) if rows else BLANK


def _row_problems(field: Field, number: int, cells: Mapping[str, str]) -> list[Wrong]:
    gaps = [column.zh for column in field.columns if not (cells[column.key] or column.blank)]
    found = [Wrong("row_missing", f"{number} 行 {'、'.join(gaps)}")] if gaps else []
    found += [Wrong("too_long", str(column.size)) for column in field.columns if len(cells[column.key]) > column.size]
    found += [Wrong("unreadable") for column in field.columns if is_unreadable(cells[column.key])]
    if cells["old"] == cells["new"] and not gaps:
        found.append(Wrong("row_same", str(number)))
    return found


def _twice(rows: Rows) -> list[Wrong]:
    items = [row["item"] for row in rows]
    return [Wrong("row_twice", item) for item in dict.fromkeys(items) if item and items.count(item) > 1]
