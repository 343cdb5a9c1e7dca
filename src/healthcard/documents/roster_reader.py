"""What the reading process does with a roster: find the headings, judge every row, say the rows in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, BinaryIO, Protocol

from healthcard.documents.archive import Archive
from healthcard.documents.delimited import Delimited
from healthcard.documents.errors import DocumentRefused
from healthcard.documents.sheet import HEADING_ROWS, Sheet
from healthcard.documents.wire import to_plain
from healthcard.documents.workbook import open_book
from healthcard.domain import form, roster
from healthcard.domain.findings import Finding, veil

BATCH = 500  # rows in one message

Cells = tuple[int, list[str]]
Message = Mapping[str, Any]  # see `healthcard.documents.bounded`


class Source(Protocol):
    """A file read as numbered rows, and how far it is read."""

    consumed: int
    size: int

    def rows(self) -> Iterator[Cells]:
        """Rows of text with their numbers."""
        ...


def messages(source: BinaryIO, *, kind: str, today: str) -> Iterator[Message]:
    """Read a roster of `kind` "csv" or "xlsx" on the ISO day `today`; messages as `healthcard.documents.roster` wants.

    A workbook is read to its end before the first row is said: either it is whole or none of it comes in.
    """
    judging = partial(_judged, today=date.fromisoformat(today))
    if kind == "csv":
        return judging(Delimited(source))
    archive = Archive(source)
    book = open_book(archive)
    sheet = Sheet(archive, book)
    sheet.survey()
    return _held_back(judging(sheet, others=book.others))


def _held_back(batches: Iterable[Message]) -> Iterator[Message]:
    """Progress alone while the workbook is read, then its rows."""
    held = []
    for message in batches:
        held.append({**message, "consumed": message["size"]})
        yield {**message, "unread": [], "rows": []}
    yield from held


def _judged(source: Source, *, today: date, others: tuple[str, ...] = ()) -> Iterator[Message]:
    rows = iter(source.rows())
    arrangement = _arrangement(rows)
    yield {"unread": [*arrangement.unknown, *others], "rows": [], **_progress(source)}
    batch = []
    for number, cells in rows:
        if any(cells):
            batch.append(to_plain(_judge(number, cells, arrangement.keys, today)))
        if len(batch) == BATCH:
            yield {"rows": batch, **_progress(source)}
            batch = []
    yield {"rows": batch, **_progress(source)}


def _progress(source: Source) -> Message:
    return {"consumed": source.consumed, "size": source.size}


def _arrangement(rows: Iterable[Cells]) -> form.Arrangement:
    """The headings, in one of the first rows; raises DocumentRefused."""
    for _, cells in zip(range(HEADING_ROWS), rows, strict=False):
        if form.is_heading_row(cells[1]):
            try:
                return form.arrange(cells[1])
            except form.HeadingsRefused as refusal:
                raise DocumentRefused(refusal.rule, refusal.headings) from None
    raise DocumentRefused("no_headings")


def _judge(number: int, cells: list[str], keys: tuple[str, ...], today: date) -> roster.Row:
    values = dict(zip(keys, cells, strict=False))
    values.pop("", None)  # headings that are not on the form
    row = roster.judge(number, values, today=today)
    surplus = [cell for cell in cells[len(keys) :] if cell.strip()]
    if not surplus:
        return row
    finding = Finding(column="", value=veil(surplus[0]), rule="row_width")
    return roster.Row(number=number, resident=None, findings=(*row.findings, finding))
