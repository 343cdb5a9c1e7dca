"""Tables for the terminal: columns as wide as their text, a Chinese character counting two."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

GAP = "  "
WIDE = ("W", "F")
LONGEST = 72  # columns of a cell; what is longer is cut, `--json` has it whole


def lines(rows: Iterable[Mapping[str, object]], columns: Sequence[tuple[str, str]]) -> list[str]:
    """`rows` as lines of text; `columns` are (key of the row, heading)."""
    table = [[heading for _, heading in columns]]
    table += [[shortened(printable(str(row[key]))) for key, _ in columns] for row in rows]
    widths = [max(width(row[at]) for row in table) for at in range(len(columns))]
    return [GAP.join(cell + " " * (widths[at] - width(cell)) for at, cell in enumerate(row)).rstrip() for row in table]


def width(text: str) -> int:
    """Columns `text` takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in WIDE else 1 for char in text)


def printable(text: str) -> str:
    """`text` with what could move the cursor shown as a dot: a card may hold any bytes."""
    return "".join(char if char.isprintable() else "·" for char in text)


def shortened(text: str) -> str:
    """`text` in at most 72 columns."""
    while width(text) > LONGEST:
        text = text[:-2] + "…"
    return text
