"""Rosters read: a .csv or .xlsx file becomes batches of judged rows, in memory that does not grow with the file."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from healthcard.documents.bounded import Message, Work, messages
from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import CSV, XLSX
from healthcard.documents.wire import from_plain
from healthcard.domain.roster import Row

MEGABYTE = 1_048_576
_MODULE = "healthcard.documents.roster_reader"
_OTHER_WORKBOOKS = {".xls": ("old_workbook", ""), ".xlsm": ("active", ".xlsm"), ".xlsb": ("type", "")}

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some judged rows; `unread` names headings and sheets that are not on the form (first batch only)."""

    rows: tuple[Row, ...]
    unread: tuple[str, ...] = ()


def read_roster(path: Path, *, on_progress: Progress | None = None, today: date | None = None) -> Iterator[Batch]:
    """Judge the roster at `path` row by row; `on_progress` hears bytes read and bytes in all after each batch.

    Raises DocumentRefused when the file is not read: before the first row for a workbook, at the row where reading
    ended for a .csv (the rows before it have been given out).
    """
    kind = _kind(path)
    with _opened(path) as source:
        size = os.fstat(source.fileno()).st_size
        work = Work(
            module=_MODULE,
            arguments={"kind": kind, "today": (today or date.today()).isoformat()},  # noqa: DTZ011 - the desk's day
            cpu=XLSX.cpu if kind == "xlsx" else CSV.cpu + CSV.cpu_per_megabyte * size // MEGABYTE,
        )
        for message in messages(work, source):
            batch = _batch(message)
            if batch.rows or batch.unread:
                yield batch
            if on_progress:
                on_progress(min(message["consumed"], message["size"]), message["size"])


def _batch(message: Message) -> Batch:
    """The batch in a message; one that holds anything else shows that the reading process went wrong."""
    try:
        return Batch(rows=tuple(map(from_plain, message["rows"])), unread=tuple(message.get("unread", ())))
    except (KeyError, TypeError, ValueError):
        raise DocumentRefused("stopped", "no rows") from None


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in {".csv", ".xlsx"}:
        return suffix[1:]
    raise DocumentRefused(*_OTHER_WORKBOOKS.get(suffix, ("type", "")))


def _opened(path: Path) -> BinaryIO:
    """The file, opened once; only a regular file will do. O_NONBLOCK keeps a pipe from holding us up."""
    try:
        source = os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb")
    except FileNotFoundError:
        raise DocumentRefused("missing", path.name) from None
    except IsADirectoryError:
        raise DocumentRefused("not_a_file", path.name) from None
    except PermissionError:
        raise DocumentRefused("closed", path.name) from None
    if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
        source.close()
        raise DocumentRefused("not_a_file", path.name)
    return source
