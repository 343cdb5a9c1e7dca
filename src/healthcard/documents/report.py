"""The report of an import, finding by finding: .csv for a spreadsheet program, .json for another program.

It shows rows by number and values masked; no cell of the .csv can be taken for a formula.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TextIO

from healthcard.documents.errors import DocumentRefused
from healthcard.domain.findings import Finding

HEADINGS = ("行号", "栏目", "内容（已遮盖）", "级别", "规则", "问题", "处理办法", "problem", "what to do")
SEVERITIES = {"error": "错误", "warning": "提示"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")


class Report(Protocol):
    """Where findings go."""

    def write(self, row: int, findings: Iterable[Finding]) -> None:
        """Add what was found in row number `row`."""
        ...


@contextmanager
def report_to(path: Path | None) -> Iterator[Report]:
    """A report written to `path` (.csv or .json, readable by its owner alone) inside this block; None keeps nothing.

    Raises DocumentRefused for another kind of file.
    """
    if path is None:
        yield _NoReport()
        return
    if path.suffix.lower() not in _KINDS:
        raise DocumentRefused("report_type", path.suffix)
    kind, encoding = _KINDS[path.suffix.lower()]
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "w", encoding=encoding, newline="") as file:
        report = kind(file)
        yield report
        report.close()


def guarded(cell: str) -> str:
    """`cell` so that no spreadsheet program runs it: text that begins like a formula gets a quotation mark in front."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


class _NoReport:
    def write(self, row: int, findings: Iterable[Finding]) -> None:
        """Nobody asked for a report."""


class _CsvReport:
    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file)
        self._writer.writerow(HEADINGS)

    def write(self, row: int, findings: Iterable[Finding]) -> None:
        """One line for each finding."""
        for each in findings:
            said = (each.sentence(), each.advice(), each.sentence("en"), each.advice("en"))
            cells = (each.column, each.value, SEVERITIES[each.severity], each.rule, *said)
            self._writer.writerow([row, *map(guarded, cells)])

    def close(self) -> None:
        """Nothing follows the last line."""


class _JsonReport:
    def __init__(self, file: TextIO) -> None:
        self._file, self._before = file, "[\n"

    def write(self, row: int, findings: Iterable[Finding]) -> None:
        """One object for each finding, in an array."""
        for each in findings:
            self._file.write(self._before + json.dumps(_as_json(row, each), ensure_ascii=False))
            self._before = ",\n"

    def close(self) -> None:
        """End the array."""
        self._file.write("[]\n" if self._before == "[\n" else "\n]\n")


_KINDS: Mapping[str, tuple[Callable[[TextIO], _CsvReport | _JsonReport], str]] = {
    ".csv": (_CsvReport, "utf-8-sig"),
    ".json": (_JsonReport, "utf-8"),
}


def _as_json(row: int, found: Finding) -> dict[str, object]:
    return {
        "row": row,
        "column": found.column,
        "value": found.value,
        "severity": found.severity.value,
        "rule": found.rule,
        "problem": {language: found.sentence(language) for language in ("zh", "en")},
        "what_to_do": {language: found.advice(language) for language in ("zh", "en")},
    }
