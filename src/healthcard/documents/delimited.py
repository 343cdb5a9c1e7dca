"""A .csv file as numbered rows of text, however long the file: UTF-8 with or without mark, or GB18030."""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Iterator
from typing import BinaryIO

from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import CSV

SNIFFED = 65_536
_BINARY = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"\x1f\x8b",
    b"\x7fELF",
    b"MZ",
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"{\\rtf",
)


class Delimited:
    """One .csv file; `consumed` of `size` bytes are read."""

    def __init__(self, stream: BinaryIO) -> None:
        """`stream` stands at the file's beginning and is seekable. Raises DocumentRefused for what is no text."""
        beginning = stream.read(SNIFFED)
        self.encoding = encoding(beginning)
        self.consumed = len(codecs.BOM_UTF8) if beginning.startswith(codecs.BOM_UTF8) else 0
        self.size = os.fstat(stream.fileno()).st_size
        stream.seek(self.consumed)
        self._stream = stream

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows numbered from 1. What is no character of the encoding becomes U+FFFD; raises DocumentRefused."""
        csv.field_size_limit(CSV.cell)
        number = 0
        reader = csv.reader(self._lines())
        while True:
            number += 1
            try:
                row = next(reader, None)
            except csv.Error:
                raise DocumentRefused("cell", f"{number:,}") from None
            if row is None:
                return
            if len(row) > CSV.columns:
                raise DocumentRefused("columns", str(CSV.columns))
            yield number, row

    def _lines(self) -> Iterator[str]:
        number, read, name = 0, self._stream.readline, self.encoding
        while line := read(CSV.line + 1):
            number += 1
            if len(line) > CSV.line:
                raise DocumentRefused("line", f"{number:,}")
            self.consumed += len(line)
            yield line.decode(name, errors="replace").replace("\x00", "\ufffd")


def encoding(beginning: bytes) -> str:
    """The encoding of a text that begins so, "utf-8" or "gb18030", told by the first line that is not plain ASCII.

    That line has the Chinese headings, and Chinese text in GB18030 is not by chance valid UTF-8. Raises
    DocumentRefused for UTF-16 and for files that are no text at all.
    """
    if not beginning.strip():
        raise DocumentRefused("empty")
    if beginning.startswith(_BINARY):
        raise DocumentRefused("type")
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in beginning[:512]:
        raise DocumentRefused("encoding")
    telling = next((line for line in beginning.splitlines() if not line.isascii()), b"")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(telling)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"
