"""Whole blocks: factors widened by a formula, padding, and tables of bytes whose columns move in one step."""

from __future__ import annotations

from collections.abc import Callable

FACTOR = 8
MARK = b"\x80"

Encipher = Callable[[bytes], bytes]  # whole blocks in, as many out, each for itself


def widen(formula: str, factors: bytes) -> bytes:
    """Each 8-byte factor of `factors` as the 16 bytes of `formula`: `F|~F` is the factor and its complement.

    The letter is free, `~` turns every bit over. 16 bytes are one block of SM4 and two of 3DES, which makes
    E(K,F)|E(K,~F) of it. Raises ValueError when the formula does not have two parts.
    """
    turned = (int.from_bytes(factors, "big") ^ ((1 << 8 * len(factors)) - 1)).to_bytes(len(factors), "big")
    halves = [turned if part.startswith("~") else factors for part in formula.split("|")]
    if len(halves) != 2:
        raise ValueError(f"a formula has two parts of 8 bytes, {formula} has {len(halves)}")
    wide = memoryview(bytearray(2 * len(factors))).cast("Q")
    for half, source in enumerate(halves):
        wide[half::2] = memoryview(source).cast("Q")
    return wide.tobytes()


def padding(length: int, block: int) -> bytes:
    """80 00.. that brings `length` bytes to whole blocks; a full block when they are whole already."""
    return MARK + bytes(-(length + 1) % block)


class Grid:
    """Rows of equal width in one buffer: one row for each card, so that a column of all cards moves in one step."""

    __slots__ = ("data", "width")

    def __init__(self, data: bytes, width: int) -> None:
        self.data = bytearray(data)
        self.width = width

    @classmethod
    def of(cls, row: bytes, count: int) -> Grid:
        """`count` rows like `row`, to be filled."""
        return cls(row * count, len(row))

    def fill(self, at: int, source: Grid, start: int, length: int) -> None:
        """Columns `start`..`start+length` of `source` into ours from `at` on; both have as many rows."""
        for column in range(length):
            self.data[at + column :: self.width] = source.data[start + column :: source.width]

    def row(self, index: int) -> bytes:
        """One row."""
        return bytes(self.data[index * self.width : (index + 1) * self.width])
