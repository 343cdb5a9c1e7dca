"""The three encodings of data items (card.md 2): ans, cn and b.

`encode` and `decode` are inverse for every value that fits; a value that does not fit raises ItemError and is never
cut here: cutting is a rule of the person's name, not of the wire.
"""

from __future__ import annotations

from healthcard.card.wire.errors import CardError
from healthcard.card.wire.facts import FACTS

TEXT = "gbk"


class ItemError(CardError, ValueError):
    """A value does not fit the item's type or length."""


def encode(kind: str, length: int, value: str | bytes) -> bytes:
    """`value` as the item's `length` bytes: text for ans, digits for cn, raw bytes for b; empty means unset."""
    raw = _ENCODERS[kind](value)
    if len(raw) > length:
        raise ItemError(f"needs {len(raw)} bytes, the item has {length}")
    filler = FACTS.unset[kind] if not raw else FACTS.padding[kind]
    return raw + filler * (length - len(raw))


def decode(kind: str, raw: bytes) -> str | bytes:
    """The value in `raw`: text or digits without padding ('' when unset); b items stay bytes, b'' when unset."""
    if kind == "b":
        return b"" if raw == FACTS.unset["b"] * len(raw) else raw
    if kind == "cn":
        return raw.hex().upper().split("F", 1)[0]
    return raw.rstrip(b"\x00").decode(TEXT, errors="replace")


def _ans(value: str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return value.encode(TEXT)
    except UnicodeEncodeError as error:
        raise ItemError(f"the chip's GBK has no {value[error.start : error.end]!r}") from None


def _cn(value: str | bytes) -> bytes:
    digits = value.decode("ascii", errors="replace") if isinstance(value, bytes) else value
    if not all(char in "0123456789" for char in digits):
        raise ItemError("a cn item holds digits only")
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def _b(value: str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    return bytes.fromhex(value)


_ENCODERS = {"ans": _ans, "cn": _cn, "b": _b}
