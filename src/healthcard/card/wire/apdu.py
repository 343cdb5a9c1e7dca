"""Short command and response APDUs (ISO 7816-4, cases 1 to 4)."""

from __future__ import annotations

from dataclasses import dataclass

from healthcard.card.wire.errors import BadCommand, MalformedAnswer

LE_MAX = 256
LC_MAX = 255
HEADER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command: header bytes, data of 0..255 bytes, and the expected length `le` (1..256, None for absent)."""

    cla: int
    ins: int
    p1: int = 0
    p2: int = 0
    data: bytes = b""
    le: int | None = None

    @classmethod
    def parse(cls, raw: bytes) -> Command:
        """Read `raw` once; raises BadCommand for anything that is no short APDU.

        A fifth byte with nothing after it is Le (case 2), so `00 D6 .. .. 00` reads as Le = 256: a client that
        writes nothing sends exactly this (card.md 7, edge cases).
        """
        if len(raw) < HEADER:
            raise BadCommand(f"a command has at least 4 bytes, not {len(raw)}")
        cla, ins, p1, p2 = raw[:HEADER]
        data, le = _split_body(raw[HEADER:])
        return cls(cla=cla, ins=ins, p1=p1, p2=p2, data=data, le=le)

    def encode(self) -> bytes:
        """The command as sent; raises BadCommand when data or le do not fit a short APDU."""
        if len(self.data) > LC_MAX:
            raise BadCommand(f"a short command carries at most 255 bytes of data, not {len(self.data)}")
        if self.le is not None and not 1 <= self.le <= LE_MAX:
            raise BadCommand(f"le runs from 1 to 256, not {self.le}")
        body = bytes([len(self.data)]) + self.data if self.data else b""
        tail = b"" if self.le is None else bytes([self.le % LE_MAX])
        return self.header + body + tail

    @property
    def header(self) -> bytes:
        """CLA INS P1 P2."""
        return bytes([self.cla, self.ins, self.p1, self.p2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer: data and status word."""

    data: bytes = b""
    sw: int

    @classmethod
    def parse(cls, raw: bytes) -> Response:
        """Raises MalformedAnswer when there is no status word: a card that dies in mid-command answers nothing."""
        if len(raw) < 2:
            raise MalformedAnswer(f"an answer has at least its two status bytes, not {len(raw)}")
        return cls(data=raw[:-2], sw=int.from_bytes(raw[-2:], "big"))

    def encode(self) -> bytes:
        """Data followed by SW1 SW2."""
        return self.data + self.sw.to_bytes(2, "big")


def _split_body(body: bytes) -> tuple[bytes, int | None]:
    if not body:
        return b"", None
    if len(body) == 1:
        return b"", body[0] or LE_MAX
    lc, rest = body[0], body[1:]
    if lc == 0:
        raise BadCommand("extended length is not spoken by this card")
    if len(rest) == lc:
        return rest, None
    if len(rest) == lc + 1:
        return rest[:-1], rest[-1] or LE_MAX
    raise BadCommand(f"Lc says {lc} bytes of data, {len(rest)} follow")
