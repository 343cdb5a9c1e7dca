"""Rosters of synthetic residents, for demonstrations and benchmarks: files only, nothing comes on file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import XLSX
from healthcard.documents.roster_file import write_roster
from healthcard.domain.synthetic import as_form_row, residents


def write_synthetic(path: Path, rows: int, seed: int, on_row: Callable[[int], None]) -> int:
    """Write a roster of `rows` synthetic residents to `path` (.csv or .xlsx); how many were written.

    Every second rare name still needs its spelling reviewed, as in real rosters. Raises DocumentRefused for another
    kind of file and for more rows than an .xlsx may have, ValueError for more than there are synthetic residents.
    """
    if path.suffix.lower() == ".xlsx" and rows > XLSX.rows:
        raise DocumentRefused("rows", f"{XLSX.rows:,}")
    return write_roster(path, map(as_form_row, residents(rows, seed, reviewed=False)), on_row=on_row)
