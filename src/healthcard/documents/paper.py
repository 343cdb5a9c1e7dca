"""The application forms on paper: 附表 1 to 4 as the Measures print them, ours likewise; filled in or blank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from healthcard.documents import marks
from healthcard.documents.press import Press, press
from healthcard.documents.stamp import Stamp
from healthcard.domain import codes
from healthcard.domain.entries import Entry
from healthcard.domain.form_fields import Field, Type
from healthcard.domain.forms import form

_SQUARES = frozenset({Type.DAY, Type.NUMBER, Type.DOCUMENT_NUMBER})
_PLAIN = "plain"  # the template of forms that have none of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """审核 as it stands on the form: the opinion, who gave it, the day as ISO text."""

    opinion: str = ""
    reviewer: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A form to print: `values` by field as `domain.forms` keeps them, the stamp of its application if it has one."""

    kind: str
    values: Mapping[str, Entry]
    stamp: Stamp | None = None
    organisation: str = ""
    review: Review = Review()


def printed(sheet: Sheet, by: Press | None = None) -> bytes:
    """The form as PDF. Raises GlyphMissing, KeyError for an unknown kind."""
    asked = form(sheet.kind)
    values = {**sheet.values, "review": sheet.review.opinion}
    number = _card_number(sheet.values)
    data = {
        "title": asked.zh,
        "number": asked.number,
        "order": [field.key for field in asked.fields],
        "fields": {field.key: _shown(field, values.get(field.key, "")) for field in asked.fields},
        "organisation": one_line(sheet.organisation),
        "reviewer": one_line(sheet.review.reviewer),
        "reviewed": _digits(sheet.review.day),
        **page(sheet.stamp, number),
    }
    by = by or press()
    return by.print(sheet.kind if by.has(sheet.kind) else _PLAIN, data)


def blank(kind: str, by: Press | None = None) -> bytes:
    """The form with nothing filled in, to be written on by hand. Raises KeyError for an unknown kind."""
    return printed(Sheet(kind=kind, values={}), by)


def page(stamp: Stamp | None, card_number: str = "") -> dict[str, object]:
    """What every paper has: its 2D code, the bars of a card number, the number at its foot."""
    return {
        "code": marks.code(stamp) if stamp else "",
        "barcode": marks.bars(card_number) if card_number.isascii() and card_number else "",
        "barcode_text": card_number,
        "footer": f"编号 {stamp.number}" if stamp else "",
    }


def one_line(text: str) -> str:
    """`text` without line ends and rows of blanks."""
    return " ".join(text.split())


def _card_number(values: Mapping[str, Entry]) -> str:
    """The number on the card the form is about: a form names it, or the old card with its serial behind it."""
    number = values.get("card_number") or values.get("old_card") or ""
    return number.split(" ")[0] if isinstance(number, str) else ""


def _shown(field: Field, value: Entry) -> dict[str, object]:
    """One field as the templates know it."""
    text = _text(field, value)
    return {
        "label": field.zh,
        "type": field.type.value,
        "text": text,
        "squares": _digits(text) if field.type is Type.DAY else list(text) if field.type in _SQUARES else [],
        "choices": [{"code": each.code, "label": each.zh, "chosen": each.code == value} for each in field.choices],
        "columns": [column.zh for column in field.columns],
        "rows": _rows(field, value),
    }


def _text(field: Field, value: Entry) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return ""
    if field.type is Type.DOCUMENT_KIND and value:
        row = codes.TABLES["document_kind"].get(value)
        return value if row is None else row.zh
    return one_line(value)


def _rows(field: Field, value: Entry) -> list[list[str]]:
    rows = value if isinstance(value, list) else []
    return [[one_line(row.get(column.key, "")) for column in field.columns] for row in rows]


def _digits(day: str) -> list[str]:
    """The eight digits of a day in ISO text, for its boxes."""
    return [each for each in day if each.isdigit()]
