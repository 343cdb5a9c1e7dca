"""The parts of an .xlsx workbook around its cells: which sheet to read, its texts, which number formats are dates.

ECMA-376 part 1, SpreadsheetML: 18.2 workbook, 18.4 shared strings, 18.8 styles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from healthcard.documents import markup
from healthcard.documents.archive import Archive
from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import XLSX

BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
TEXTS, STYLES = "xl/sharedstrings.xml", "xl/styles.xml"
# 18.8.30: the built-in formats that show a date
_BUILT_IN_DATES = frozenset({*range(14, 18), 22, *range(27, 32), *range(50, 59), 36})
_NO_PLACE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # quoted, escaped and bracketed pieces of a format
_DAY_LETTERS = re.compile(r"[yd年月日]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What the cells of the first visible sheet need to be read."""

    sheet: str
    others: tuple[str, ...]
    since_1904: bool
    texts: list[str]
    dates: frozenset[int]


def open_book(archive: Archive) -> Book:
    """Read everything but the cells; raises DocumentRefused."""
    if BOOK not in archive:
        raise DocumentRefused("type")
    sheets, since_1904 = _sheets(archive)
    targets = _targets(archive)
    if not sheets or sheets[0][1] not in targets:
        raise DocumentRefused("damaged", BOOK)
    return Book(
        sheet=targets[sheets[0][1]],
        others=tuple(title for title, _ in sheets[1:]),
        since_1904=since_1904,
        texts=_texts(archive) if TEXTS in archive else [],
        dates=_dates(archive) if STYLES in archive else frozenset(),
    )


def _sheets(archive: Archive) -> tuple[list[tuple[str, str]], bool]:
    """Title and relation of every visible sheet, and whether days count from 1904."""
    found: list[tuple[str, str]] = []
    since_1904 = False

    def opened(tag: str, attributes: dict[str, str]) -> None:
        nonlocal since_1904
        if tag == "workbookPr":
            since_1904 = attributes.get("date1904", "0") in {"1", "true"}
        if tag == "sheet" and attributes.get("state", "visible") == "visible":
            relation = next((value for name, value in attributes.items() if name.endswith(":id")), "")
            found.append((attributes.get("name", "")[:31], relation))

    markup.parse(BOOK, archive.chunks(BOOK), opened)
    return found, since_1904


def _targets(archive: Archive) -> dict[str, str]:
    """Relation -> part name, for sheets inside the workbook."""
    found: dict[str, str] = {}

    def opened(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") == "External":
            raise DocumentRefused("active", "external link")
        if tag == "Relationship":
            target = attributes.get("Target", "")
            found[attributes.get("Id", "")] = target[1:] if target.startswith("/") else f"xl/{target}"

    markup.parse(RELATIONS, archive.chunks(RELATIONS), opened)
    return found


def _texts(archive: Archive) -> list[str]:
    """The shared texts in order; phonetic readings (rPh) are no part of a text."""
    if archive.has_more(TEXTS, "si", XLSX.strings):
        raise DocumentRefused("strings", f"{XLSX.strings:,}")
    texts: list[str] = []
    pieces: list[str] = []
    state = {"t": 0, "rPh": 0}

    def opened(tag: str, _: dict[str, str]) -> None:
        if tag == "si":
            pieces.clear()
        if tag in state:
            state[tag] += 1

    def closed(tag: str) -> None:
        if tag in state:
            state[tag] -= 1
        if tag == "si":
            texts.append("".join(pieces))

    def text(piece: str) -> None:
        if state["t"] and not state["rPh"]:
            pieces.append(piece)

    markup.parse(TEXTS, archive.chunks(TEXTS), opened, closed, text)
    return texts


def _dates(archive: Archive) -> frozenset[int]:
    """The cell styles (index into cellXfs) whose number format shows a day."""
    own: set[int] = set()
    found: set[int] = set()
    state = {"cellXfs": 0, "style": 0}

    def opened(tag: str, attributes: dict[str, str]) -> None:
        if tag == "cellXfs":
            state["cellXfs"] += 1
        elif tag == "numFmt" and _DAY_LETTERS.search(_NO_PLACE.sub("", attributes.get("formatCode", ""))):
            own.add(_number(attributes.get("numFmtId", "")))
        elif tag == "xf" and state["cellXfs"]:
            if _number(attributes.get("numFmtId", "0")) in _BUILT_IN_DATES | own:
                found.add(state["style"])
            state["style"] += 1

    def closed(tag: str) -> None:
        if tag == "cellXfs":
            state["cellXfs"] -= 1

    markup.parse(STYLES, archive.chunks(STYLES), opened, closed)
    return frozenset(found)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else -1
