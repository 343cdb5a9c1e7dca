"""One row's cells read as what the form asks for: text, codes, days, telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from healthcard.domain import form, names
from healthcard.domain.codes import TABLES
from healthcard.domain.findings import Finding, veil
from healthcard.domain.identity import OLDEST_YEAR, clean, mask, mask_name

NAME_LENGTH = 50

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xA0: " "}
_WIDE_FORMS = re.compile(r"[\uff01-\uff5e\u3000\xa0]")
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
    return _BLANKS.sub("", _narrow(text)).upper()


def _narrow(text: str) -> str:
    """`text` with its full-width forms as ASCII; most has none, and looking is cheaper than translating."""
    return text.translate(_WIDE) if _WIDE_FORMS.search(text) else text


SPELLINGS = {table: _spellings(table) for table in TABLES}
_SPELLINGS = {key: SPELLINGS[column.argument] for key, column in form.COLUMNS.items() if column.argument in SPELLINGS}
SIZES = {key: column.size for key, column in form.COLUMNS.items() if column.argument.isdigit()}


class Cells:
    """The cells of one row by the form's keys: what each says, and what was found wrong with it.

    `texts`, `days` and `lists` hold the good cells; a cell that is in `values` and in none of them is broken. Most rows
    are plain: every character can be shown and GBK writes it, which is asked once for the whole row, so that a county's
    400,000 rows take a minute and not three.
    """

    __slots__ = ("days", "findings", "lists", "plain", "texts", "today", "values")

    def __init__(self, values: Mapping[str, str], *, today: date) -> None:
        """`values` holds the cells as written, by key of `form.COLUMNS`; a missing key is a blank cell."""
        self.values = {key: cell for key, value in values.items() if (cell := value.strip())}
        self.plain = _is_plain(" ".join(self.values.values()))
        self.today = today
        self.texts: dict[str, str] = {}
        self.days: dict[str, date] = {}
        self.lists: dict[str, list[str]] = {}
        self.findings: list[Finding] = []
        for key, value in self.values.items():
            if self.plain or _is_readable(self, key, value):
                _READERS[key](self, key, value)

    def note(self, key: str, rule: str, shown: str = "", detail: str = "") -> None:
        """Note that the cell `key` breaks `rule`; `shown` is its value, masked already."""
        self.findings.append(Finding(column=form.COLUMNS[key].heading, value=shown, rule=rule, detail=detail))


def _number(cells: Cells, key: str, value: str) -> None:
    """A document's number is read with its kind, see `domain.roster`."""
    cells.texts[key] = value


def _text(cells: Cells, key: str, value: str) -> None:
    """Free text for the chip: written by GBK in the item's bytes, and no formula."""
    value = _written(cells, key, value)
    if value[0] in "=@":
        cells.note(key, "text_formula", mask_name(value))
    elif not names.fits(value, SIZES[key]):
        cells.note(key, "text_bytes", mask_name(value), str(SIZES[key]))
    else:
        cells.texts[key] = value


def _spelling(cells: Cells, key: str, value: str) -> None:
    """A reviewed spelling for the chip: nothing in it may be left to review."""
    missing = "" if cells.plain else names.unwritable(names.fold(value))
    if missing:
        cells.note(key, "spelling_gbk", mask_name(value), missing)
    else:
        _text(cells, key, value)


def _person(cells: Cells, key: str, value: str) -> None:
    """Somebody else's name, which the chip may carry cut."""
    value = _written(cells, key, value)
    if value[0] in "=@" or len(value) > NAME_LENGTH:
        cells.note(key, "text_formula" if value[0] in "=@" else "text_length", mask_name(value), str(NAME_LENGTH))
        return
    if not names.fits(value, names.CHIP_BYTES):
        cells.note(key, "name_cut", mask_name(value), str(names.CHIP_BYTES // 2))
    cells.texts[key] = value


def _written(cells: Cells, key: str, value: str) -> str:
    """`value` as the record keeps it; warns of characters that the chip will show as a blank."""
    if cells.plain:
        return value
    value = names.fold(_BLANKS.sub(" ", value))
    if missing := names.unwritable(value):
        cells.note(key, "text_gbk", mask_name(value), missing)
    return value


def _name(cells: Cells, key: str, value: str) -> None:
    """A person's name as on the document, its dots folded; blanks between Chinese characters are dropped."""
    value = _narrow(value)
    if not (cells.plain and value.isalpha()):
        value = names.fold(value)
        value = _BLANKS.sub(" " if _LETTER.search(value) else "", value)
    if len(value) > NAME_LENGTH:
        cells.note(key, "text_length", mask_name(value), str(NAME_LENGTH))
    elif not _NAME.fullmatch(value):
        cells.note(key, "name_characters", mask_name(value))
    else:
        cells.texts[key] = value


def _code(cells: Cells, key: str, value: str) -> None:
    """A code of the column's table, given as code or text."""
    if code := _decoded(cells, key, value):
        cells.texts[key] = code


def _codes(cells: Cells, key: str, value: str) -> None:
    """Codes of the column's table, several in one cell."""
    found = [_decoded(cells, key, part) for part in _SEVERAL.split(_narrow(value)) if part]
    cells.lists[key] = [code for code in found if code]


def _decoded(cells: Cells, key: str, value: str) -> str | None:
    spellings = _SPELLINGS[key]
    code = spellings.codes.get(value) or spellings.codes.get(_key(value))
    if code is None:
        cells.note(key, "code_unknown", veil(value), spellings.edition)
    return code


def _relation(cells: Cells, key: str, value: str) -> None:
    """A relation by GB/T 4761; one that is not in the table is kept as 8 (other) with a warning."""
    spellings = SPELLINGS["relation"].codes
    code = spellings.get(value) or spellings.get(_key(value))
    if code is None:
        cells.note(key, "relation_other", veil(value))
    cells.texts[key] = code or "8"


def _date(cells: Cells, key: str, value: str) -> None:
    """A day between 1900 and today."""
    day = read_day(value)
    if day is None:
        cells.note(key, "date_shape", veil(value))
    elif day.year < OLDEST_YEAR or day > cells.today:
        cells.note(key, "date_range", veil(value))
    else:
        cells.days[key] = day


def _phone(cells: Cells, key: str, value: str) -> None:
    """A telephone number: digits, with + and - where they were written."""
    number = read_phone(value)
    if number and len(number) <= SIZES[key]:
        cells.texts[key] = number
    else:
        cells.note(key, "phone_shape", mask(value))


def read_phone(value: str) -> str | None:
    """The telephone number in `value` (5 to 20 digits, + and - where they were written), None where there is none."""
    number = value
    if not (value.isdecimal() and value.isascii()):
        number = clean(value).replace("—", "-").replace("转", "-").replace("(", "").replace(")", "-")
    return number if _PHONE.fullmatch(number) else None


def _digits(cells: Cells, key: str, value: str) -> None:
    """A number of another register: digits or capitals."""
    number = clean(value)
    if _DIGITS.fullmatch(number) and len(number) <= SIZES[key]:
        cells.texts[key] = number
    else:
        cells.note(key, "digits_shape", mask(value), str(SIZES[key]))


# the checks that form.csv names
_CHECKS: Mapping[str, Callable[[Cells, str, str], None]] = {
    "number": _number,
    "text": _text,
    "spelling": _spelling,
    "person": _person,
    "name": _name,
    "code": _code,
    "codes": _codes,
    "relation": _relation,
    "date": _date,
    "phone": _phone,
    "digits": _digits,
}
_READERS = {key: _CHECKS[column.check] for key, column in form.COLUMNS.items()}


def _is_readable(cells: Cells, key: str, value: str) -> bool:
    if not is_unreadable(value):
        return True
    cells.note(key, "text_characters", veil(value))
    return False


def is_unreadable(value: str) -> bool:
    """Whether `value` holds control characters, private use or marks that turn text round."""
    return _UNREADABLE.search(value) is not None


def _is_plain(row: str) -> bool:
    if not row.isprintable():
        return False
    try:
        row.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def read_day(value: str) -> date | None:
    """The day that `value` writes (yyyymmdd, yyyy-m-d, yyyy年m月d日 and the like), None where it writes none."""
    if len(value) == 8 and value.isascii() and value.isdecimal():
        return _iso_day(value)
    found = _DAY.fullmatch(value if value.isascii() else _narrow(value))
    if not found:
        return None
    year, month, day = found["year"], found["mm"] or found["month"], found["dd"] or found["day"]
    return _iso_day(f"{year}{month:0>2}{day:0>2}")


def _iso_day(digits: str) -> date | None:
    try:
        return date.fromisoformat(digits)
    except ValueError:
        return None
