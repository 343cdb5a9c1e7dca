"""One row's cells read as what the form asks for: text, codes, days, telephone numbers.

Each reader returns the clean value, '' or None for a blank or broken cell, and notes a finding for a broken one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from healthcard.domain import form, names
from healthcard.domain.codes import TABLES
from healthcard.domain.findings import Finding, veil
from healthcard.domain.identity import OLDEST_YEAR, clean, mask, mask_name

NAME_LENGTH = 50

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xA0: " "}
_DAY = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<mm>[0-9]{2})(?P<dd>[0-9]{2})|[-/.年](?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})日?)"
    r"(?: 0?0:00(?::00)?)?"
)
_PHONE = re.compile(r"\+?[0-9](?:-?[0-9]){4,19}")
_DIGITS = re.compile(r"[0-9A-Z]+")
_NAME = re.compile(r"[^\W\d_]+(?:[ ·'’.\-]{1,2}[^\W\d_]+)*\.?")
_LETTER = re.compile(r"[A-Za-z\u00c0-\u024f]")
_BLANKS = re.compile(r"\s+")
_SEVERAL = re.compile(r"[,;、/|\s]+")
# control characters, the replacement character, private use (fonts of one office) and marks that turn text round
_UNREADABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\uf8ff\ufffd-\uffff]"
)


class Spellings(NamedTuple):
    """A code table by what rosters write: code or text -> code; `edition` is the form's own."""

    codes: Mapping[str, str]
    edition: str


def _spellings(table: str) -> Spellings:
    rows = list(TABLES[table].values())
    found = {_key(text): row.code for row in rows for text in (row.code, row.zh, *row.also)}
    if table not in {"ethnic_group", "document_kind", "relation"}:
        found |= {f"0{row.code}": row.code for row in rows if len(row.code) == 1}
    return Spellings(found, rows[0].edition)


def _key(text: str) -> str:
    return _BLANKS.sub("", text.translate(_WIDE)).upper()


SPELLINGS = {table: _spellings(table) for table in TABLES}
SIZES = {key: column.size for key, column in form.COLUMNS.items() if column.argument.isdigit()}


class Cells:
    """The cells of one row by the form's keys, and what was found wrong with them so far.

    Most rows are plain: every character can be shown and GBK writes it, which is asked once for the whole row, so
    that 400,000 rows take a minute and not three. The other rows are looked at cell by cell.
    """

    __slots__ = ("findings", "plain", "today", "values")

    def __init__(self, values: Mapping[str, str], *, today: date) -> None:
        """`values` holds the cells as written, by key of `form.COLUMNS`; a missing key is a blank cell."""
        self.values = {key: cell for key, value in values.items() if (cell := value.strip())}
        together = " ".join(self.values.values())
        self.plain = together.isprintable() and not names.unwritable(together)
        self.today = today
        self.findings: list[Finding] = []

    def note(self, key: str, rule: str, shown: str = "", detail: str = "") -> None:
        """Note that the cell `key` breaks `rule`; `shown` is its value, masked already."""
        self.findings.append(Finding(column=form.COLUMNS[key].heading, value=shown, rule=rule, detail=detail))

    def has(self, key: str) -> bool:
        """Whether anything stands in the cell."""
        return key in self.values

    def blank(self, keys: Iterable[str]) -> bool:
        """Whether nothing stands in any of the cells."""
        return self.values.keys().isdisjoint(keys)

    def need(self, key: str) -> bool:
        """Whether anything stands in a mandatory cell; notes a blank one."""
        if key in self.values:
            return True
        self.note(key, "required")
        return False

    def raw(self, key: str) -> str:
        """The cell without blanks around it, '' after noting one that holds unreadable characters."""
        value = self.values.get(key, "")
        if self.plain or not _UNREADABLE.search(value):
            return value
        self.note(key, "text_characters", veil(value))
        return ""

    def text(self, key: str) -> str:
        """Free text for the chip: written by GBK in the item's bytes, and no formula."""
        value = self.raw(key)
        if not value:
            return ""
        if not self.plain:
            value = names.fold(_BLANKS.sub(" ", value))
            if missing := names.unwritable(value):
                self.note(key, "text_gbk", mask_name(value), missing)
                return ""
        if value[0] in "=@":
            self.note(key, "text_formula", mask_name(value))
        elif 2 * len(value) > SIZES[key] and len(value.encode("gbk")) > SIZES[key]:
            self.note(key, "text_bytes", mask_name(value), str(SIZES[key]))
        else:
            return value
        return ""

    def name(self, key: str) -> str:
        """A person's name as on the document, its dots folded; blanks between Chinese characters are dropped."""
        value = self.raw(key).translate(_WIDE)
        if not value:
            return ""
        if not (self.plain and value.isalpha()):
            value = names.fold(value)
            value = _BLANKS.sub(" " if _LETTER.search(value) else "", value)
        if len(value) > NAME_LENGTH:
            self.note(key, "text_length", mask_name(value), str(NAME_LENGTH))
        elif not _NAME.fullmatch(value):
            self.note(key, "name_characters", mask_name(value))
        else:
            return value
        return ""

    def code(self, key: str) -> str:
        """A code of the column's table, given as code or text."""
        return self._code(key, self.raw(key))

    def codes(self, key: str) -> list[str]:
        """Codes of the column's table, several in one cell."""
        value = self.raw(key)
        if not value:
            return []
        found = (self._code(key, part) for part in _SEVERAL.split(value.translate(_WIDE)) if part)
        return [code for code in found if code]

    def relation(self, key: str) -> str:
        """A relation by GB/T 4761; one that is not in the table is kept as 8 (other) with a warning."""
        value = self.raw(key)
        if not value:
            return ""
        code = SPELLINGS["relation"].codes.get(_key(value))
        if code is None:
            self.note(key, "relation_other", veil(value))
        return code or "8"

    def day(self, key: str) -> date | None:
        """A day between 1900 and today."""
        value = self.raw(key)
        if not value:
            return None
        day = _day(value)
        if day is None:
            self.note(key, "date_shape", veil(value))
        elif day.year < OLDEST_YEAR or day > self.today:
            self.note(key, "date_range", veil(value))
        else:
            return day
        return None

    def phone(self, key: str) -> str:
        """A telephone number: digits, with + and - where they were written."""
        value = self.raw(key)
        if not value or (value.isdecimal() and value.isascii() and 5 <= len(value) <= SIZES[key]):
            return value
        number = clean(value).replace("—", "-").replace("转", "-").replace("(", "").replace(")", "-")
        if len(number) <= SIZES[key] and _PHONE.fullmatch(number):
            return number
        self.note(key, "phone_shape", mask(value))
        return ""

    def digits(self, key: str) -> str:
        """A number of another register: digits or capitals."""
        value = clean(self.raw(key))
        if not value or (_DIGITS.fullmatch(value) and len(value) <= SIZES[key]):
            return value
        self.note(key, "digits_shape", mask(value), str(SIZES[key]))
        return ""

    def _code(self, key: str, value: str) -> str:
        if not value:
            return ""
        spellings = SPELLINGS[form.COLUMNS[key].argument]
        code = spellings.codes.get(value) or spellings.codes.get(_key(value))
        if code is None:
            self.note(key, "code_unknown", veil(value), spellings.edition)
        return code or ""


def _day(value: str) -> date | None:
    found = _DAY.fullmatch(value if value.isascii() else value.translate(_WIDE))
    if not found:
        return None
    year, month, day = found["year"], found["mm"] or found["month"], found["dd"] or found["day"]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
