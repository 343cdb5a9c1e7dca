"""Records of the V files: tag (1 byte) | length (1 byte) | value (card.md 1.3), and the BER template of an FCI."""

from __future__ import annotations

from dataclasses import dataclass

from healthcard.card.wire.errors import MalformedAnswer


@dataclass(frozen=True, slots=True)
class Tlv:
    """One record; tag 0..255, value at most 255 bytes."""

    tag: int
    value: bytes

    def encode(self) -> bytes:
        """tag | length | value."""
        return bytes([self.tag, len(self.value)]) + self.value


def parse(raw: bytes) -> Tlv:
    """Exactly one record; raises MalformedAnswer when lengths disagree."""
    records = parse_all(raw)
    if len(records) != 1:
        raise MalformedAnswer(f"one record expected, {len(records)} found")
    return records[0]


def parse_all(raw: bytes) -> tuple[Tlv, ...]:
    """Records one after the other; raises MalformedAnswer when the last one is cut."""
    records = []
    at = 0
    while at < len(raw):
        if at + 2 > len(raw) or at + 2 + raw[at + 1] > len(raw):
            raise MalformedAnswer(f"the record at byte {at} is cut short")
        end = at + 2 + raw[at + 1]
        records.append(Tlv(raw[at], raw[at + 2 : end]))
        at = end
    return tuple(records)
