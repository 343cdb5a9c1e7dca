"""Figures of a new file as the products send them; the products differ in the order of fields only."""

from __future__ import annotations

from collections.abc import Mapping

from healthcard.card.os.commands.making import CreateFile
from healthcard.card.os.files import Access
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.layout import Structure

DIRECTORY_TYPE = 0x38
TYPES = {
    0x28: Structure.TRANSPARENT,
    0x2A: Structure.FIXED,
    0x2C: Structure.VARIABLE,
    0x2E: Structure.CYCLIC,
}


def structure(code: int, table: Mapping[int, Structure] = TYPES) -> Structure:
    """The structure a type byte means; raises Denied."""
    found = table.get(code)
    if found is None:
        raise Denied(Word.WRONG_DATA)
    return found


def new_file(*, fid: int, kind: Structure, figures: bytes, total: bytes, access: bytes, sfi: int) -> CreateFile:
    """`figures`: T size(2), F and Y records(1) record size(1), V records(1) and one byte unused; `total`: V size(2)."""
    if len(figures) != 2 or len(total) != (2 if kind is Structure.VARIABLE else 0):
        raise Denied(Word.WRONG_LENGTH)
    size, count, record_size = int.from_bytes(figures, "big"), 0, 0
    if kind is Structure.VARIABLE:
        size, count = int.from_bytes(total, "big"), figures[0]
    if kind in (Structure.FIXED, Structure.CYCLIC):
        count, record_size = figures
        size = count * record_size
    return CreateFile(
        fid=fid,
        structure=kind,
        access=Access.parse(access),
        sfi=sfi,
        size=size,
        count=count,
        record_size=record_size,
    )


def number(raw: bytes) -> int:
    """Two bytes, such as a file identifier."""
    if len(raw) != 2:
        raise Denied(Word.WRONG_LENGTH)
    return int.from_bytes(raw, "big")
