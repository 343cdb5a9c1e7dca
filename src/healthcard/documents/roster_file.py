"""Rosters written: rows of the collection form as .csv (UTF-8 with mark, as spreadsheet programs like it) or .xlsx."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import XLSX
from healthcard.domain import form

HEADINGS = [column.heading for column in form.COLUMNS.values()]
Progress = Callable[[int], None]


def write_roster(path: Path, rows: Iterable[Mapping[str, str]], *, on_row: Progress | None = None) -> int:
    """Write form rows (by heading) to `path`, readable by its owner alone; how many. `on_row` hears each number.

    Raises DocumentRefused for a kind of file that cannot be written and for more rows than an .xlsx may have.
    """
    writers = {".csv": _write_csv, ".xlsx": _write_xlsx}
    if path.suffix.lower() not in writers:
        raise DocumentRefused("type")
    return writers[path.suffix.lower()](path, _values(rows), on_row or _silent)


def _values(rows: Iterable[Mapping[str, str]]) -> Iterable[list[str]]:
    return ([row.get(heading, "") for heading in HEADINGS] for row in rows)


def _write_csv(path: Path, rows: Iterable[list[str]], on_row: Progress) -> int:
    count = 0
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for count, row in enumerate(rows, start=1):
            writer.writerow(row)
            on_row(count)
    return count


def _write_xlsx(path: Path, rows: Iterable[list[str]], on_row: Progress) -> int:
    """Every cell is text: a spreadsheet program must not round a number or take a value for a formula."""
    count = 0
    book = Workbook(write_only=True)
    sheet = book.create_sheet("居民健康卡基础数据采集表")
    with closing(sheet):
        sheet.append(HEADINGS)
        for count, row in enumerate(rows, start=1):
            if count > XLSX.rows:
                raise DocumentRefused("rows", f"{XLSX.rows:,}")
            sheet.append([text_cell(sheet, value) if value else None for value in row])
            on_row(count)
    path.touch(mode=0o600)
    book.save(path)
    return count


def text_cell(sheet: object, value: str) -> WriteOnlyCell:
    """A cell that holds `value` as text and nothing else."""
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _silent(_: int) -> None:
    """Nobody wants to know."""
