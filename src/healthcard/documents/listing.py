"""Lists as .xlsx workbooks: one sheet, every cell text, so that no program takes a value for a formula or a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from io import BytesIO

from openpyxl import Workbook

from healthcard.documents.roster_file import text_cell

TITLE = 31  # characters a sheet's title may have


def workbook(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The workbook with these headings and rows."""
    book, target = Workbook(write_only=True), BytesIO()
    sheet = book.create_sheet(title[:TITLE])
    with closing(sheet):
        for row in (headings, *rows):
            sheet.append([text_cell(sheet, value) if value else None for value in row])
    book.save(target)
    return target.getvalue()
