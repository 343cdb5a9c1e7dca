"""What others may ask of the key service, as values."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from healthcard.keys.blocks import FACTOR
from healthcard.keys.entries import VERSIONS
from healthcard.keys.errors import OutOfShape

TRANSPORT = "TRANSPORT:"  # + product name: the transport key of that COS product's lot (第十一条)
PIN = "PIN"  # the holder's initial PIN: six digits nobody has seen
RECORD = 2 * FACTOR + 1
HEADER = 5
LONGEST_PREFIX = 5  # with 8 a caller could choose a whole block of 3DES and so have a session key computed
LONGEST_CLEAR = 8


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
class CardAddress:
    """An address as it arrives at the service."""

    chip: bytes
    city: bytes
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLoad:
    """One key (or the PIN) to be written to a chip, as that COS product wants it.

    The data field becomes `clear | E(TK, prefix | value | padding) | MAC4(TK, header | clear | cipher text)`, where TK
    is the chip's transport key, value the card key (16 bytes; the PIN 3 bytes BCD), padding 80 00.. to whole blocks of
    TK's cipher (16 bytes with SM4) when `padded` (a full block when already aligned) and nothing otherwise. `header`
    is CLA INS P1 P2 Lc, Lc counting the whole data field. The MAC is a CBC-MAC with zero initial value over its input
    padded 80 00.. . `clear` has up to 8 bytes, `prefix` up to 5.
    """

    name: str
    header: bytes
    clear: bytes = b""
    prefix: bytes = b""
    padded: bool = True

    def __post_init__(self) -> None:
        if len(self.header) != HEADER:
            raise OutOfShape(f"The header of load {self.name} has 5 bytes (CLA INS P1 P2 Lc), not {len(self.header)}.")
        if len(self.prefix) > LONGEST_PREFIX or len(self.clear) > LONGEST_CLEAR:
            raise OutOfShape(f"Load {self.name}: the clear part has up to 8 bytes, the prefix up to 5.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """The data fields of a batch: chip after chip, field after field; `lengths` of one chip's fields in bytes."""

    lengths: tuple[int, ...]
    blob: bytes

    def rows(self) -> list[tuple[bytes, ...]]:
        """For each chip the tuple of its data fields."""
        row = struct.Struct("".join(f"{length}s" for length in self.lengths))
        return list(row.iter_unpack(self.blob))


def pack(addresses: Sequence[Address]) -> bytes:
    """17 bytes for each: CHIP8 | CITY8 | version. Raises OutOfShape for a factor that has not 8 bytes."""
    return b"".join(map(_record, addresses))


def unpack(record: bytes) -> CardAddress:
    """One address of 17 bytes; raises OutOfShape."""
    if len(record) != RECORD or record[-1] not in VERSIONS:
        raise OutOfShape("An address is CHIP8 (8 bytes), CITY8 (8 bytes) and a key version 1..255.")
    return CardAddress(chip=record[:FACTOR], city=record[FACTOR:-1], version=record[-1])


def _record(address: Address) -> bytes:
    if len(address.chip) != FACTOR or len(address.city) != FACTOR or address.version not in VERSIONS:
        raise OutOfShape("An address is CHIP8 (8 bytes), CITY8 (8 bytes) and a key version 1..255.")
    return address.chip + address.city + bytes((address.version,))
