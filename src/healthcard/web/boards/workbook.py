"""A list as an .xlsx workbook: every cell is text, whatever it begins with."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the beginning of a formula


def written(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> bytes:
    """The workbook: one sheet called `title` (31 characters at most count): a `note`, if any, headings, then `rows`."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    if not isinstance(sheet, WriteOnlyWorksheet):
        raise TypeError("a workbook that is only written has sheets of its own kind")
    head = ((note,), headings) if note else (headings,)
    sheet.freeze_panes = f"A{len(head) + 1}"
    for row in (*head, *rows):
        sheet.append([_cell(sheet, text) for text in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _cell(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    """A cell of text; one that looks like a formula is also marked as quoted, so that editing it makes no formula."""
    cell = WriteOnlyCell(sheet, value="")
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    if text.startswith(_FORMULA):
        cell.quotePrefix = True
    return cell
