"""The answer to reset (复位应答) in its three forms, and the eight bytes a key is diversified by (card.md 4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from healthcard.card.wire.errors import MalformedAnswer

CHIP8 = 8


class Form(StrEnum):
    """How the answer reached us."""

    ATS = "ats"  # ISO 14443-4, as a contactless driver shows it: 0D 78 TA TB TC + 8 historical bytes
    PCSC = "pcsc"  # the same card behind PC/SC: 3B 88 80 01 + 8 historical bytes + TCK (PC/SC part 3, 3.1.3.2.3.1)
    CONTACT = "contact"  # 3B 6D 00 00 + 13 historical bytes


class FactorRule(StrEnum):
    """Which historical bytes are CHIP8: an attribute of the COS product, for makers differ (regulation.md 1.3)."""

    FRONT = "front"
    REAR = "rear"


@dataclass(frozen=True, slots=True)
class AnswerToReset:
    """A parsed answer: its form, its historical bytes (8 or 13), and the bytes as received."""

    form: Form
    historical: bytes
    raw: bytes

    def chip8(self, rule: FactorRule) -> bytes:
        """The 8-byte chip factor by the product's rule."""
        return self.historical[:CHIP8] if rule is FactorRule.FRONT else self.historical[-CHIP8:]


def parse(raw: bytes) -> AnswerToReset:
    """Recognise one of the three forms; raises MalformedAnswer for any other answer."""
    if len(raw) == 13 and raw[0] == 0x0D and raw[1] == 0x78:
        return AnswerToReset(Form.ATS, raw[5:], raw)
    if len(raw) == 13 and raw[:4] == bytes.fromhex("3B888001") and _check_byte(raw[1:-1]) == raw[-1]:
        return AnswerToReset(Form.PCSC, raw[4:12], raw)
    if len(raw) == 17 and raw[:4] == bytes.fromhex("3B6D0000"):
        return AnswerToReset(Form.CONTACT, raw[4:], raw)
    raise MalformedAnswer(f"no health card answers a reset with {raw.hex().upper() or 'nothing'}")


def pcsc(historical: bytes) -> bytes:
    """The answer a reader shows for a contactless card with these 8 historical bytes."""
    body = bytes.fromhex("888001") + historical
    return b"\x3b" + body + bytes([_check_byte(body)])


def ats(historical: bytes) -> bytes:
    """The answer to select of a contactless card with these 8 historical bytes (card.md 8)."""
    return bytes.fromhex("0D78807002") + historical


def contact(historical: bytes) -> bytes:
    """The answer of a contact card with these 13 historical bytes (card.md 4)."""
    return bytes.fromhex("3B6D0000") + historical


def _check_byte(body: bytes) -> int:
    check = 0
    for byte in body:
        check ^= byte
    return check
