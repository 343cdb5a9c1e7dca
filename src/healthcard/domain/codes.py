"""The code tables behind the official collection form, and what the chip stores for each of their codes.

A code belongs to a table *and an edition*: "widowed" is 3 on the form and 30 on the chip, "Rh negative?" is answered
1 no / 2 yes on form and chip while WS 364 counts the other way. So codes are mapped here and never passed through.

A resident's field names its table: sex, ethnic_group, marital_status, occupation, education, abo, rh_negative;
`payment_methods` holds codes of payment_method, `alerts` of alert, `Contact.relation` of relation, `Document.kind` of
document_kind. `address_kind` is the chip's own (items 21 and 23).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One row: the form's code, its text, and what the chip stores ('' = nothing).

    `chip` is digits or characters for ans and cn items, two hex digits for the b items sex and abo, and for an alert
    the number of the item that carries it. `also` are other spellings that rosters use.
    """

    table: str
    edition: str
    code: str
    zh: str
    en: str
    chip: str
    also: tuple[str, ...] = ()


def load(text: str) -> dict[str, dict[str, Code]]:
    """Parse the table of tables: table name -> code -> row; a code given twice raises ValueError."""
    tables: dict[str, dict[str, Code]] = {}
    for line in csv.DictReader(text.splitlines()):
        also = tuple(spelling for spelling in line.pop("also").split("|") if spelling)
        row = Code(**line, also=also)
        if row.code in tables.setdefault(row.table, {}):
            raise ValueError(f"code table {row.table} has {row.code} twice")
        tables[row.table][row.code] = row
    return tables


TABLES = load(files("healthcard.domain").joinpath("tables", "codes.csv").read_text("utf-8"))


def codes(table: str) -> tuple[Code, ...]:
    """All rows of `table` in the standard's order; an unknown table raises KeyError."""
    return tuple(TABLES[table].values())


def label(table: str, code: str) -> str:
    """The Chinese text of `code` as forms and screens show it ('' for ''); an unknown code raises KeyError."""
    return TABLES[table][code].zh if code else ""


def chip_code(table: str, code: str) -> str:
    """What the chip stores for the form's `code` ('' for ''), see `Code.chip`; an unknown code raises KeyError."""
    return TABLES[table][code].chip if code else ""
