"""The error tree of the documents room; why a file is refused is a table."""

from __future__ import annotations

import csv
from importlib.resources import files


class DocumentError(Exception):
    """Something about a file; the message tells the operator what to do."""


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
