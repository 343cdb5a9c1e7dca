"""The zip around an .xlsx workbook, opened warily: everything is checked before anything is unpacked.

What a part says of its size binds it: `zipfile` gives no byte more, and a part that lied fails its check sum.
"""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import XLSX

CHUNK = 65_536
MEGABYTE = 1_048_576
_END_RECORD = 22  # bytes of a zip's end record without a comment
_ENCRYPTED = 0x1
_TAG = 32  # bytes of the longest opening looked for
# parts that act, link or hide: no roster needs them
_ACTIVE = ("vbaproject", "macrosheets/", "externallinks/", "embeddings/", "activex/", "connections.xml", "querytables/")


class Archive:
    """The checked parts of one workbook. Raises DocumentRefused wherever the file breaks a limit or a rule."""

    def __init__(self, stream: BinaryIO) -> None:
        """`stream` is the seekable file; nothing is unpacked yet."""
        _check_frame(stream)
        try:
            self._zip = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
            raise DocumentRefused("damaged", "zip") from None
        self._parts = {info.filename.lower(): info for info in self._zip.infolist()}
        self._check_parts()

    def __contains__(self, name: str) -> bool:
        """Whether there is a part of this name."""
        return name.lower() in self._parts

    def size(self, name: str) -> int:
        """How many bytes the part says it has; 0 for a missing one."""
        info = self._parts.get(name.lower())
        return info.file_size if info else 0

    def chunks(self, name: str) -> Iterator[bytes]:
        """The unpacked bytes of a part, at most 64 KB at a time."""
        if name not in self:
            raise DocumentRefused("damaged", name)
        try:
            with self._zip.open(self._parts[name.lower()]) as part:
                while chunk := part.read(CHUNK):
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            raise DocumentRefused("damaged", name) from None

    def has_more(self, name: str, element: str, limit: int) -> bool:
        """Whether a part has more than `limit` of an element; counted in the bytes, much faster than any parsing."""
        opening, count, tail = re.compile(rb"<(?:\w+:)?%b[\s/>]" % element.encode()), 0, b""
        for chunk in self.chunks(name):
            piece = tail + chunk
            found = list(opening.finditer(piece))
            count += len(found)
            tail = piece[max(found[-1].end() if found else 0, len(piece) - _TAG) :]
            if count > limit:
                return True
        return False

    def _check_parts(self) -> None:
        infos = self._zip.infolist()
        if len(infos) > XLSX.members or len(self._parts) != len(infos):
            raise DocumentRefused("members")
        for info in infos:
            _check_part(info)
        if sum(info.file_size for info in infos) > XLSX.expanded:
            raise DocumentRefused("expands", str(XLSX.expanded // MEGABYTE))


def _check_frame(stream: BinaryIO) -> None:
    """The file as a whole: its size, its beginning and its end belong to one zip and to nothing else."""
    size = stream.seek(0, os.SEEK_END)
    if size > XLSX.file:
        raise DocumentRefused("too_large", str(XLSX.file // MEGABYTE))
    stream.seek(0)
    beginning = stream.read(8)
    if not beginning:
        raise DocumentRefused("empty")
    if beginning.startswith(b"\xd0\xcf\x11\xe0"):
        raise DocumentRefused("old_workbook")
    if not beginning.startswith(b"PK\x03\x04"):
        raise DocumentRefused("type")
    stream.seek(max(size - _END_RECORD, 0))
    if not stream.read().startswith(b"PK\x05\x06"):
        raise DocumentRefused("damaged", "zip")
    stream.seek(0)


def _check_part(info: zipfile.ZipInfo) -> None:
    name = info.filename.lower()
    if info.flag_bits & _ENCRYPTED:
        raise DocumentRefused("encrypted")
    if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
        raise DocumentRefused("path")
    if any(word in name for word in _ACTIVE):
        raise DocumentRefused("active", info.filename[-40:])
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DocumentRefused("damaged", "compression")
    if info.file_size > XLSX.ratio_from and info.file_size > XLSX.ratio * max(info.compress_size, 1):
        raise DocumentRefused("ratio", str(XLSX.ratio))
