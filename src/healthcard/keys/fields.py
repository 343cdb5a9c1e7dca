"""The fields of requests, parsed once: what is not exactly of its kind is refused."""

from __future__ import annotations

import re
from datetime import date

from healthcard.keys.anchors import Head
from healthcard.keys.errors import OutOfShape
from healthcard.keys.frames import Json
from healthcard.keys.requests import KeyLoad

MOST_LOADS = 64
MOST_CHAINS = 64
HASH = re.compile("[0-9a-f]{64}")
NAME = re.compile(r"[A-Z0-9_]{1,32}|TRANSPORT:[a-z0-9-]{1,32}")
PRODUCT = re.compile(r"[a-z0-9-]{1,32}")


def loads(head: Json) -> list[KeyLoad]:
    """The loads of a request."""
    rows = head["loads"]
    if not isinstance(rows, list) or len(rows) > MOST_LOADS:
        raise OutOfShape(f"A request has up to {MOST_LOADS} loads.")
    return [_load(row) for row in rows]


def _load(row: object) -> KeyLoad:
    if not isinstance(row, dict) or row.keys() != {"name", "header", "clear", "prefix", "padded"}:
        raise OutOfShape("A load has the fields name, header, clear, prefix, padded.")
    if not isinstance(row["padded"], bool):
        raise OutOfShape("padded of a load is true or false.")
    header, clear, prefix = (_hex(row[part]) for part in ("header", "clear", "prefix"))
    return KeyLoad(name=key_name(row["name"]), header=header, clear=clear, prefix=prefix, padded=row["padded"])


def heads(rows: object) -> list[Head]:
    """Chain, number and hash (hex) of each."""
    if not isinstance(rows, list) or len(rows) > MOST_CHAINS:
        raise OutOfShape(f"A request has up to {MOST_CHAINS} heads.")
    return [_head(row) for row in rows]


def _head(row: object) -> Head:
    match row:
        case [int(chain), int(seq), str(text)] if (
            0 <= chain < MOST_CHAINS and 0 <= seq < 2**63 and HASH.fullmatch(text)
        ):
            return Head(chain=chain, seq=seq, hash=bytes.fromhex(text))
    raise OutOfShape("A head is a chain, the number of its last entry (0: none), and its hash in hex.")


def triples(rows: object) -> list[tuple[int, int, int]]:
    """Chain, last entry left and last one lost, of each gap."""
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_CHAINS:
        raise OutOfShape(f"A request has 1 to {MOST_CHAINS} gaps.")
    found = []
    for row in rows:
        match row:
            case [int(chain), int(since), int(until)] if 0 <= chain < MOST_CHAINS and 0 <= since < until < 2**63:
                found.append((chain, since, until))
            case _:
                raise OutOfShape("A gap is a chain, the last entry that is left and the last one lost.")
    return found


def key_name(value: object) -> str:
    """A key name; anything else would only travel into messages and logs."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise OutOfShape("A key name is up to 32 of A-Z, 0-9 and _, or TRANSPORT:<product>.")
    return value


def product(head: Json) -> str:
    """The product of a request."""
    product = str(head["product"])
    if not PRODUCT.fullmatch(product):
        raise OutOfShape("A product name is up to 32 of a-z, 0-9 and -.")
    return product


def _hex(value: object) -> bytes:
    try:
        return bytes.fromhex(str(value))
    except ValueError:
        raise OutOfShape("Header, clear and prefix of a load are hex.") from None


def version(head: Json) -> int:
    """The key version of a request; 0, which no key has, for what is none."""
    version = head["version"]
    return version if isinstance(version, int) else 0


def day(value: object) -> date:
    """A day of a request."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise OutOfShape("A day is written YYYY-MM-DD.") from None
