"""The cells of one worksheet as numbered rows of text (ECMA-376 part 1, 18.3), in one pass.

Numbers come as a person would type them, days as yyyymmdd; a formula comes as "=" and its text, so that it is refused
where a value is asked for: what it shows depends on the program that opened the file last.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from healthcard.documents import markup
from healthcard.documents.archive import Archive
from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import XLSX
from healthcard.documents.workbook import Book

HEADING_ROWS = 10  # title and headings may stand above the rows that count
_DIGITS = "0123456789"
_EXACT_DIGITS = 15  # a double holds no more: longer numbers have lost their end


class Sheet:
    """The first visible sheet of a workbook; `consumed` of `size` bytes are read."""

    def __init__(self, archive: Archive, book: Book) -> None:
        """`book` tells which part of `archive` holds the cells."""
        self.consumed = 0
        self.size = archive.size(book.sheet)
        self._archive, self._book = archive, book

    def survey(self) -> None:
        """Count the rows beforehand, so that a flood is refused before a single one is read."""
        if self._archive.has_more(self._book.sheet, "row", XLSX.rows + HEADING_ROWS):
            raise DocumentRefused("rows", f"{XLSX.rows:,}")

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows with their numbers in the sheet; rows without a value are left out. Raises DocumentRefused."""
        reader = _Reader(self._book)
        for chunk in self._archive.chunks(self._book.sheet):
            self.consumed += len(chunk)
            reader.parser.feed(chunk)
            yield from reader.taken()
        reader.parser.feed(b"", last=True)
        yield from reader.taken()


class _Reader:
    """Hears the sheet's elements and keeps the rows that are complete."""

    def __init__(self, book: Book) -> None:
        self.parser = markup.Parser(book.sheet, self._opened, self._closed, self._heard)
        self._book = book
        self._rows: list[tuple[int, list[str]]] = []
        self._number = self._column = 0
        self._cells: dict[int, str] = {}
        self._kind = self._style = ""
        self._value: list[str] = []
        self._formula = False
        self._listening = self._reading_aid = False

    def taken(self) -> list[tuple[int, list[str]]]:
        """The rows completed since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def _opened(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            place = attributes.get("r")
            self._column = _column(place.rstrip(_DIGITS)) if place else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._value.clear()
            self._formula = False
        elif tag in ("v", "t"):
            self._listening = not self._reading_aid
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":
            self._reading_aid = True
        elif tag == "row":
            self._number = _number(attributes.get("r"), self._number)
            self._column = 0
            self._cells = {}

    def _closed(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._listening = False
        elif tag == "c":
            self._keep(self._cell())
        elif tag == "rPh":
            self._reading_aid = False
        elif tag == "row" and self._cells:
            self._complete()

    def _heard(self, text: str) -> None:
        if self._listening:
            self._value.append(text)

    def _cell(self) -> str:
        text = "".join(self._value)
        if self._formula or self._kind == "e":
            return f"={text}"
        if self._kind == "s":
            return self._shared(text)
        if self._kind == "n" and text:
            return self._typed(text)
        if self._kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        return text[:10] if self._kind == "d" else text

    def _shared(self, text: str) -> str:
        place = int(text) if text.isdecimal() and len(text) < 10 else len(self._book.texts)
        if place >= len(self._book.texts):
            raise DocumentRefused("damaged", "shared text")
        return self._book.texts[place]

    def _typed(self, text: str) -> str:
        if self._style and self._style.isdecimal() and int(self._style) in self._book.dates:
            return _day(text, since_1904=self._book.since_1904)
        return _plain(text)

    def _keep(self, value: str) -> None:
        if not value or value.isspace():
            return
        if self._column > XLSX.columns:
            raise DocumentRefused("columns", str(XLSX.columns))
        if len(value) > XLSX.cell:
            raise DocumentRefused("cell", f"{self._number:,}")
        self._cells[self._column] = value

    def _complete(self) -> None:
        if self._number > XLSX.rows + HEADING_ROWS:
            raise DocumentRefused("rows", f"{XLSX.rows:,}")
        cells = self._cells
        self._rows.append((self._number, [cells.get(column, "") for column in range(1, max(cells) + 1)]))


def _number(written: str | None, before: int) -> int:
    """A row's number; without one it follows the row before. Raises DocumentRefused for one that goes back."""
    if written is None:
        return before + 1
    number = int(written) if written.isdecimal() and len(written) < 8 else 0
    if number <= before:
        raise DocumentRefused("damaged", "row numbers")
    return number


@cache
def _column(letters: str) -> int:
    """The column with these letters, counted from 1."""
    column = 0
    for letter in letters[:4].upper():
        column = column * 26 + ord(letter) - 64
    if not 0 < column <= 16_384:
        raise DocumentRefused("damaged", "cell names")
    return column


def _day(text: str, *, since_1904: bool) -> str:
    """A serial day of either calendar as yyyymmdd; what is none stays as it is (then it is no date either)."""
    try:
        days = int(float(text))
        first = date(1904, 1, 1) if since_1904 else date(1899, 12, 30)  # serial 60 is a day that never was
        return f"{first + timedelta(days=days):%Y%m%d}" if days > 60 else text
    except (ValueError, OverflowError):
        return text


def _plain(text: str) -> str:
    """A number as a person would type it; one that has lost digits keeps its exponent, so that it shows."""
    if text.isdecimal() and len(text) <= _EXACT_DIGITS:
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    if abs(number) >= 10**_EXACT_DIGITS:
        return f"{number:.14E}"
    return str(int(number)) if number.is_integer() else text
