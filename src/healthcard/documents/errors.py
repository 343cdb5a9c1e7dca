"""The error tree of the documents room; why a file is refused is a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib.resources import files


class DocumentError(Exception):
    """Something about a file; the message tells the operator what to do."""


class GlyphMissing(DocumentError, ValueError):
    """Characters that our fonts cannot print: named, because a blank box in a name would be taken for the name."""

    def __init__(self, characters: Sequence[str]) -> None:
        """`characters` are those the fonts lack."""
        named = [f"{each if each.isprintable() else ''}(U+{ord(each):04X})" for each in characters]
        self.characters = tuple(characters)
        self.zh = f"字体中没有这些字，无法打印：{'、'.join(named)}。请改用系统登记的字形，或用手写表格办理"
        super().__init__(
            f"No font of ours has {', '.join(named)}: this paper cannot be printed. "
            "Correct the record if the character is wrong; else use the blank form and write it by hand."
        )


class DocumentRefused(DocumentError, ValueError):
    """A file that is not read, or not read to its end; the message says why and what to do."""

    def __init__(self, kind: str, detail: str = "") -> None:
        """`kind` is a row of refusals.csv, `detail` completes its sentences; neither holds data of a person."""
        sentences = _SENTENCES[kind]
        super().__init__(sentences["en"].replace("{detail}", detail))
        self.kind = kind
        self.detail = detail
        self.zh = sentences["zh"].replace("{detail}", detail)


def load(text: str) -> dict[str, dict[str, str]]:
    """Parse the table of refusals: kind -> its sentences by language."""
    return {line["kind"]: line for line in csv.DictReader(text.splitlines())}


_SENTENCES = load(files("healthcard.documents").joinpath("refusals.csv").read_text("utf-8"))
KINDS = frozenset(_SENTENCES)
