"""The limits of `limits.toml`, parsed once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLimits:
    """What the reading process may use: bytes of address space, seconds of silence, bytes of one message."""

    memory: int
    silence: int
    frame: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvLimits:
    """Of a .csv file: CPU seconds (and more per megabyte), bytes of a line, characters of a cell, columns."""

    cpu: int
    cpu_per_megabyte: int
    line: int
    cell: int
    columns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class XlsxLimits:
    """Of an .xlsx file: CPU seconds, bytes packed and expanded, their ratio, and counts of what is inside."""

    cpu: int
    file: int
    expanded: int
    ratio: int
    ratio_from: int
    members: int
    rows: int
    columns: int
    strings: int
    cell: int
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoLimits:
    """Of a picture for the card: CPU seconds, bytes and points that come in, size and bytes that go to the chip."""

    cpu: int
    file: int
    pixels: int
    width: int
    height: int
    card: int
    narrowest: int
    tallest: int
    contrast: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanLimits:
    """Of a paper that comes back: CPU seconds, bytes, points and pages that come in; how pages are drawn and kept."""

    cpu: int
    file: int
    pixels: int
    pages: int
    dots: int
    side: int
    page: int
    quality: int


_TABLE = tomllib.loads(files("healthcard.documents").joinpath("limits.toml").read_text("utf-8"))

READER = ReaderLimits(**_TABLE["reader"])
CSV = CsvLimits(**_TABLE["csv"])
XLSX = XlsxLimits(**_TABLE["xlsx"])
PHOTO = PhotoLimits(**_TABLE["photo"])
SCAN = ScanLimits(**_TABLE["scan"])
