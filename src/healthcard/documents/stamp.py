"""What the 2D code of a paper says: which paper of which application, and a signature that we printed it.

`HC1:KIND:NUMBER:SIGNATURE`, in capitals so that the code stays coarse and survives bad copies. Who signs and checks is
the caller: this room holds no key. Nothing of a person stands in it.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

SIGNATURE = 16  # bytes
_PREFIX = "HC1"
_TEXT = re.compile(r"HC1:([A-Z]+(?:-[A-Z]+)*):([0-9A-Z]+(?:-[0-9A-Z]+)*):([A-Z2-7]{26})")
LONGEST = 120  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One paper: its kind (`loss`, `first_issue` ...), the number it belongs to, and 16 bytes of signature."""

    kind: str
    number: str
    signature: bytes

    def encode(self) -> str:
        """The text of the code; raises ValueError for what no reader would take back."""
        signature = base64.b32encode(self.signature).decode().rstrip("=")
        text = ":".join((_PREFIX, self.kind.upper().replace("_", "-"), self.number.upper(), signature))
        if parse(text) != self:
            raise ValueError(f"A stamp for {self.kind!r} cannot be read back. Use a plain kind, number and 16 bytes.")
        return text


def signed_text(kind: str, number: str) -> bytes:
    """What is signed for a paper: its kind and number, and that it is a paper."""
    return f"healthcard paper 1:{kind}:{number}".encode()


def parse(text: str) -> Stamp | None:
    """The stamp in the text of a code; None for another code. Its signature is not checked here."""
    found = _TEXT.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        return None
    kind, number, signature = found.groups()
    try:
        raw = base64.b32decode(signature + "=" * 6)
    except binascii.Error:
        return None
    if base64.b32encode(raw).decode().rstrip("=") != signature:
        return None  # spare bits set: not as we write it
    return Stamp(kind=kind.lower().replace("-", "_"), number=number, signature=raw)
