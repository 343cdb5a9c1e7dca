"""What a SAM remembers without power: its files, keys, PIN and how far its life has come (card.md 5.6)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

FORMAT = 1  # of the dump; a new form keeps reading the old ones
FILLER = b"\xff"  # of a file nobody has written


@dataclass(frozen=True, slots=True, kw_only=True)
class SamFile:
    """A transparent file: FID of its directory, own FID, SFI, size in bytes."""

    directory: int
    fid: int
    sfi: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SamProduct:
    """sam.toml, parsed: what every SAM of this product has in common."""

    name: str
    version: bytes
    historical: bytes
    transport_kid: int
    transport_tries: int
    maintain_kid: int
    pin_lengths: tuple[int, ...]
    authenticate: int
    maintain: int
    directories: Mapping[int, bytes]
    files: tuple[SamFile, ...]


@dataclass(slots=True, kw_only=True, repr=False)
class SamKey:
    """A key: the P1 of DELIVERY KEY it serves (levels in the high three bits, use in the low five), version, value."""

    serves: int
    version: int
    value: bytes


@dataclass(slots=True, kw_only=True, repr=False)
class SamPin:
    """The PIN: 2 or 3 BCD bytes, tries left and tries at most."""

    digits: bytes
    left: int
    most: int


@dataclass(slots=True, kw_only=True, repr=False)
class SamMemory:
    """The persistent memory; `keys` is addressed by (FID of directory, key id), `contents` by (directory, FID)."""

    serial: bytes
    transport_key: bytes
    transport_left: int
    ended: bool = False
    pin: SamPin | None = None
    keys: dict[tuple[int, int], SamKey] = field(default_factory=dict)
    contents: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def dump(self) -> bytes:
        """The whole memory, keys in the clear: for the encrypted image only."""
        table = {
            "format": FORMAT,
            "serial": self.serial.hex(),
            "transport": [self.transport_key.hex(), self.transport_left],
            "ended": self.ended,
            "pin": self.pin and [self.pin.digits.hex(), self.pin.left, self.pin.most],
            "keys": [[*at, key.serves, key.version, key.value.hex()] for at, key in self.keys.items()],
            "files": [[*at, content.hex()] for at, content in self.contents.items()],
        }
        return json.dumps(table, separators=(",", ":")).encode()


def parse(dump: bytes) -> SamMemory:
    """The memory in `dump`; raises ValueError for anything `SamMemory.dump` did not write."""
    table = json.loads(dump)
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise ValueError("not the memory of a SAM, or of a later version of this program")
    try:
        return _memory(table)
    except (KeyError, TypeError) as error:
        raise ValueError(f"the memory of the SAM lacks {error}") from None


def _memory(table: Mapping[str, Any]) -> SamMemory:
    key, left = table["transport"]
    return SamMemory(
        serial=bytes.fromhex(table["serial"]),
        transport_key=bytes.fromhex(key),
        transport_left=left,
        ended=table["ended"],
        pin=table["pin"] and _pin(*table["pin"]),
        keys={
            (directory, kid): SamKey(serves=serves, version=version, value=bytes.fromhex(value))
            for directory, kid, serves, version, value in table["keys"]
        },
        contents={(directory, fid): bytes.fromhex(content) for directory, fid, content in table["files"]},
    )


def _pin(digits: str, left: int, most: int) -> SamPin:
    return SamPin(digits=bytes.fromhex(digits), left=left, most=most)


def _product() -> SamProduct:
    table = tomllib.loads(files("healthcard.card.os").joinpath("sam.toml").read_text("utf-8"))
    reset = table["reset"]
    return SamProduct(
        name=table["product"],
        version=table["version"].encode("ascii"),
        historical=bytes.fromhex(reset["chip_maker"] + reset["cos"] + reset["card_maker"]),
        transport_kid=table["transport"]["kid"],
        transport_tries=table["transport"]["tries"],
        maintain_kid=table["maintain"]["kid"],
        pin_lengths=tuple(table["pin"]["lengths"]),
        authenticate=table["use"]["authenticate"],
        maintain=table["use"]["maintain"],
        directories={row["fid"]: bytes.fromhex(row["name"]) for row in table["directory"]},
        files=tuple(SamFile(**row) for row in table["file"]),
    )


PRODUCT = _product()
