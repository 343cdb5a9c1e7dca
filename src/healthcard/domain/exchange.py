"""The form's codes as other systems write them: WS 364-2011 and WS/T 364-2023 with the standards they quote.

Never pass a code through: Rh counts the other way, widowed is 3 or 30, 90 changed its meaning, 8 is not 08. A code that
has no place in an edition, or in a table we have not seen in that edition, is refused and never guessed.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from healthcard.domain import codes

EDITIONS = ("2011", "2023")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """One mapping: the form's code, the code of `standard`, and whether both say the same.

    An inexact one is the nearest there is; `note` says what gets lost. `certainty`: A official text, B seen in
    practice, C to be checked against the standard before the first partner relies on it.
    """

    table: str
    edition: str
    form: str
    code: str
    standard: str
    exact: bool
    certainty: str
    note: str


class NotMapped(LookupError):
    """A code without a counterpart in an edition: which table, which edition and what to do."""

    def __init__(self, table: str, code: str, edition: str, why: str) -> None:
        """`why` is the end of the sentence."""
        super().__init__(f"Code {code!r} of table {table} has {why} in WS 364 edition {edition}: leave the field out.")
        self.table = table
        self.edition = edition


def load(text: str) -> dict[tuple[str, str, str], Exchanged]:
    """Parse the table: (table, edition, form code) -> mapping. Raises ValueError for one given twice."""
    found: dict[tuple[str, str, str], Exchanged] = {}
    for line in csv.DictReader(text.splitlines()):
        exact = line.pop("exact") == "yes"
        row = Exchanged(**line, exact=exact)
        key = (row.table, row.edition, row.form)
        if key in found:
            raise ValueError(f"mapping {key} is given twice")
        found[key] = row
    return found


MAPPINGS: Mapping[tuple[str, str, str], Exchanged] = MappingProxyType(
    load(files("healthcard.domain").joinpath("tables", "ws364.csv").read_text("utf-8"))
)


def ws364(table: str, form_code: str, edition: str = "2011") -> Exchanged:
    """The form's `form_code` of `table` in an edition of WS 364. Raises NotMapped; KeyError for no code of the form."""
    codes.TABLES[table][form_code]
    mapped = MAPPINGS.get((table, edition, form_code))
    if mapped is None:
        raise NotMapped(table, form_code, edition, "no counterpart")
    return mapped


def from_ws364(table: str, code: str, edition: str = "2011") -> str:
    """The form's code for `code` of another system. Raises NotMapped where none or several of the form's say the same.

    Only exact mappings lead back: 40 of GB/T 4658-2006 may be either of two answers of the form.
    """
    found = {
        row.form
        for row in MAPPINGS.values()
        if (row.table, row.edition, row.code) == (table, edition, code) and row.exact
    }
    if len(found) != 1:
        raise NotMapped(table, code, edition, "no single answer of the form behind it")
    return found.pop()


def from_chip(table: str, chip: str) -> str:
    """The form's code for what a chip stores in an item of `table`; the standard's own where several share it.

    Raises KeyError for what no code of the table writes.
    """
    for row in codes.codes(table):
        if row.chip == chip and chip:
            return row.code
    raise KeyError(f"{table}: no code writes {chip!r} to the chip")
