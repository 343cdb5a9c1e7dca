"""The columns of the official collection form (居民健康卡基础数据采集表) and the headings rosters give them."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

EDITION = "2012-04-26"  # of the form, normative annex A of the card's specification: the ministry's, provinces add
CONTACTS = 3
ALLERGIES = 3
VACCINES = 10
PAYMENTS = 3
ADDRESS_PARTS = ("province", "city", "county", "township", "village")

MANDATORY = ("name", "sex", "ethnic_group", "birth_date")  # in every row
REQUIRED = (*MANDATORY, "contact_name_1", "contact_relation_1", "contact_phone_1")  # columns of every roster
DOCUMENTS = ("citizen_number", "document_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: our key, the field of a resident it is part of, the form's heading, what that is in English, other
    headings it goes by, how it is checked and by which argument.

    `argument` is the code table of a coded column and the longest value elsewhere (GBK bytes; digits for `digits`).
    """

    key: str
    field: str
    heading: str
    en: str
    also: tuple[str, ...]
    check: str
    argument: str

    @property
    def size(self) -> int:
        """The longest value in bytes of GBK."""
        return int(self.argument)


class HeadingsRefused(ValueError):
    """A roster whose headings are not those of the form."""

    def __init__(self, rule: str, headings: str) -> None:
        """`rule` is "columns_missing" or "column_twice", `headings` those it is about."""
        super().__init__(f"headings refused: {rule} {headings}")
        self.rule = rule
        self.headings = headings


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Where a roster has the form's columns: one key for each of its cells ('' = not on the form)."""

    keys: tuple[str, ...]
    unknown: tuple[str, ...]


def load(text: str) -> dict[str, Column]:
    """Parse the table of columns: key -> column, in the form's order."""
    columns: dict[str, Column] = {}
    for line in csv.DictReader(text.splitlines()):
        also = tuple(heading for heading in line.pop("also").split("|") if heading)
        columns[line["key"]] = Column(**line, also=also)
    return columns


COLUMNS = load(files("healthcard.domain").joinpath("tables", "form.csv").read_text("utf-8"))

_BRACKETS = re.compile(r"[(\[【〔].*?[)\]】〕]")
_NOISE = re.compile(r"[\W_]+|必填|选填|YYYYMMDD$")


def plain(heading: str) -> str:
    """`heading` without blanks, punctuation and marks such as 必填, in half width and capitals."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", heading).upper())


_KEYS = {plain(heading): column.key for column in COLUMNS.values() for heading in (column.heading, *column.also)}


def key_of(heading: str) -> str | None:
    """The key of the column that goes by `heading`, None for a heading that is not on the form."""
    whole = unicodedata.normalize("NFKC", heading)
    return _KEYS.get(plain(whole)) or _KEYS.get(plain(_BRACKETS.sub("", whole)))


def is_heading_row(cells: Sequence[str]) -> bool:
    """Whether a row of a file is the one with the headings: it has the name and a document's number."""
    keys = {key_of(cell) for cell in cells if cell}
    return "name" in keys and not keys.isdisjoint(DOCUMENTS)


def arrange(headings: Sequence[str]) -> Arrangement:
    """Find the form's columns in a roster's headings. Raises HeadingsRefused for a missing or doubled column."""
    keys = tuple((key_of(heading) or "") if heading else "" for heading in headings)
    _refuse_doubles(headings, keys)
    missing = [COLUMNS[key].heading for key in REQUIRED if key not in keys]
    if not set(DOCUMENTS) & set(keys):
        missing.append(f"{COLUMNS['citizen_number'].heading} / {COLUMNS['document_number'].heading}")
    if missing:
        raise HeadingsRefused("columns_missing", "、".join(missing))
    unknown = tuple(heading for heading, key in zip(headings, keys, strict=True) if heading.strip() and not key)
    return Arrangement(keys=keys, unknown=unknown)


def _refuse_doubles(headings: Sequence[str], keys: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for heading, key in zip(headings, keys, strict=True):
        if key and key in seen:
            raise HeadingsRefused("column_twice", f"{COLUMNS[key].heading}（{seen[key]}、{heading}）")
        if key:
            seen[key] = heading
