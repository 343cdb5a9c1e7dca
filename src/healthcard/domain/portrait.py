"""A portrait for a synthetic resident: a grey head and shoulders of 160 x 200 points, a baseline JPEG of < 1,000 bytes.

Every 8 x 8 block has one shade, so of each only the DC coefficient is written (ITU-T T.81, F.1.2.1); the AC table holds
nothing but "end of block". Real photos come in as JPEG and are never made here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random

COLUMNS, ROWS = 20, 25  # blocks; the card's photo is 20 x 25 mm
_BLOCK = 8
# T.81 table K.3: how many DC codes there are of each length 1..16; the categories are 0..11 in order
_DC_LENGTHS = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
_AC_LENGTHS = bytes([1, *[0] * 15])
_END_OF_BLOCK = "0"
_HAIR, _SKIN, _COAT, _GROUND = (25, 45, 60, 90), (150, 170, 190, 205), (40, 65, 90, 115, 140), 245


def portrait(shades: Random, *, remark: str = "synthetic") -> bytes:
    """A JPEG drawn with `shades`; `remark` (ASCII) goes into its comment."""
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
            _segment(0xFE, remark.encode("ascii")),
            _segment(0xDB, bytes([0, *[_BLOCK] * 64])),
            _segment(0xC0, bytes([8, 0, ROWS * _BLOCK, 0, COLUMNS * _BLOCK, 1, 1, 0x11, 0])),
            _segment(0xC4, b"\x00" + _DC_LENGTHS + bytes(range(12))),
            _segment(0xC4, b"\x10" + _AC_LENGTHS + b"\x00"),
            _segment(0xDA, bytes([1, 1, 0, 0, 63, 0])),
            _scan(shades.choice(_HAIR), shades.choice(_SKIN), shades.choice(_COAT)),
            b"\xff\xd9",
        )
    )


def _drawing(hair: int, skin: int, coat: int) -> Iterator[int]:
    """One shade 0..255 for each block, row by row: hair, a face and shoulders before a white ground."""
    for row in range(ROWS):
        for column in range(COLUMNS):
            across = (column - 9.5) / 5.2
            if across**2 + ((row - 10) / 6.5) ** 2 < 1:
                yield hair if row < 7 else skin
            elif row > 17 and across**2 < (row - 16) * 0.45:
                yield coat
            else:
                yield _GROUND


@cache
def _scan(hair: int, skin: int, coat: int) -> bytes:
    """The entropy-coded blocks: each the difference to the one before, zero bytes stuffed after FF."""
    codes, bits, before = list(_dc_codes()), [], 0
    for shade in _drawing(hair, skin, coat):
        difference, before = shade - 128 - before, shade - 128
        category = abs(difference).bit_length()
        low = difference if difference >= 0 else difference + (1 << category) - 1
        bits += [codes[category], f"{low:0{category}b}" if category else "", _END_OF_BLOCK]
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    return int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xff", b"\xff\x00")


def _dc_codes() -> Iterator[str]:
    code = 0
    for length, count in enumerate(_DC_LENGTHS, start=1):
        for _ in range(count):
            yield f"{code:0{length}b}"
            code += 1
        code <<= 1


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content
