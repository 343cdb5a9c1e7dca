"""A chip's persistent state as bytes and back: JSON with bytes in hex, versioned, the same for the same state.

The bytes hold keys. They are written to disk encrypted only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from healthcard.card.os.files import Access, Block, Directory, File, Key, Pin, Usage
from healthcard.card.os.products import PRODUCTS
from healthcard.card.os.state import Persistent
from healthcard.card.wire.errors import CardError
from healthcard.card.wire.layout import Structure

FORMAT = "healthcard chip"
VERSION = 1

Row = dict[str, Any]


class UnknownSnapshot(CardError, ValueError):
    """Bytes that are no state of a chip this version knows."""


def freeze(state: Persistent) -> bytes:
    """The state as bytes."""
    row = {
        "format": FORMAT,
        "version": VERSION,
        "product": state.product,
        "serial": state.serial.hex(),
        "transport": _key_row(state.transport),
        "ended": state.ended,
        "used": state.used,
        "blocked": state.blocked,
        "root": _directory_row(state.root),
    }
    return json.dumps(row, separators=(",", ":"), sort_keys=True).encode("ascii")


def thaw(raw: bytes) -> Persistent:
    """The state again; raises UnknownSnapshot."""
    try:
        row = json.loads(raw)
        if (row["format"], row["version"]) != (FORMAT, VERSION):
            raise UnknownSnapshot(f"a chip of version {row['version']} is not known here (version {VERSION} is)")
        if row["product"] not in PRODUCTS:
            raise UnknownSnapshot(f"a chip of COS product {row['product']!r}, which is not on file here")
        return Persistent(
            product=row["product"],
            serial=bytes.fromhex(row["serial"]),
            transport=_key(row["transport"]),
            ended=row["ended"],
            used=row["used"],
            blocked=row["blocked"],
            root=_directory(row["root"], None),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, UnknownSnapshot):
            raise
        raise UnknownSnapshot("these bytes are no state of a chip") from None


def _directory_row(directory: Directory) -> Row:
    return {
        "fid": directory.fid,
        "name": directory.name.hex(),
        "block": directory.block.value,
        "whole": directory.whole,
        "pin": None if directory.pin is None else _pin_row(directory.pin),
        "keys": [[kid, _key_row(key)] for kid, key in directory.keys.items()],
        "files": [_file_row(file) for file in directory.files.values()],
        "directories": [_directory_row(child) for child in directory.directories.values()],
    }


def _directory(row: Mapping[str, Any], parent: Directory | None) -> Directory:
    made = Directory(fid=row["fid"], name=bytes.fromhex(row["name"]), parent=parent)
    made.block, made.whole = Block(row["block"]), row["whole"]
    made.pin = None if row["pin"] is None else _pin(row["pin"])
    made.keys = {kid: _key(key) for kid, key in row["keys"]}
    made.files = {file["fid"]: _file(file) for file in row["files"]}
    made.directories = {child["fid"]: _directory(child, made) for child in row["directories"]}
    return made


def _file_row(file: File) -> Row:
    return {
        "fid": file.fid,
        "structure": file.structure.value,
        "access": file.access.encode().hex(),
        "sfi": file.sfi,
        "size": file.size,
        "count": file.count,
        "record_size": file.record_size,
        "whole": file.whole,
        "content": file.content.hex(),
        "records": [[number, record.hex()] for number, record in sorted(file.records.items())],
        "newest": file.newest,
    }


def _file(row: Mapping[str, Any]) -> File:
    plain = {name: row[name] for name in ("fid", "sfi", "size", "count", "record_size", "whole", "newest")}
    return File(
        **plain,
        structure=Structure(row["structure"]),
        access=Access.parse(bytes.fromhex(row["access"])),
        content=bytearray.fromhex(row["content"]),
        records={number: bytearray.fromhex(record) for number, record in row["records"]},
    )


def _key_row(key: Key) -> Row:
    return {
        "value": key.value.hex(),
        "usage": key.usage.value,
        "version": key.version,
        "tries": key.tries,
        "left": key.left,
        "whole": key.whole,
    }


def _key(row: Mapping[str, Any]) -> Key:
    return Key(**{**row, "value": bytes.fromhex(row["value"]), "usage": Usage(row["usage"])})


def _pin_row(pin: Pin) -> Row:
    return {"value": pin.value.hex(), "tries": pin.tries, "left": pin.left, "whole": pin.whole}


def _pin(row: Mapping[str, Any]) -> Pin:
    return Pin(**{**row, "value": bytes.fromhex(row["value"])})
