"""What others may ask of the key service, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

TRANSPORT = "TRANSPORT:"  # + product name: the transport key of that COS product's lot (第十一条)
PIN = "PIN"  # the holder's initial PIN: six digits nobody has seen


class Address(Protocol):
    """Whose card keys: CHIP8 (8 bytes), CITY8 (8 bytes) and key version (1..255)."""

    @property
    def chip(self) -> bytes:
        """CHIP8."""
        ...

    @property
    def city(self) -> bytes:
        """CITY8."""
        ...

    @property
    def version(self) -> int:
        """Key version."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLoad:
    """One key (or the PIN) to be written to a chip, as that COS product wants it.

    The data field becomes `clear | E(TK, prefix | value | padding) | MAC4(TK, header | clear | cipher text)`, where TK
    is the chip's transport key, value the card key (16 bytes; the PIN 3 bytes BCD), padding 80 00.. to 16 bytes when
    `padded` (a full block when already aligned) and nothing otherwise. `header` is CLA INS P1 P2 Lc, Lc counting the
    whole data field. The MAC is a CBC-MAC with zero initial value over its input padded 80 00.. .
    """

    name: str
    header: bytes
    clear: bytes = b""
    prefix: bytes = b""
    padded: bool = True
