"""What the line asks of a station, step by step, and what the station answers; JSON-ready at the edge, bytes inside."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from healthcard.services.errors import Invalid

WELL = ("9000", "61xx")  # status words after which a run goes on
LONGEST = 4096  # hexadecimal characters of one response


class Kind(StrEnum):
    """What a step asks for."""

    RESET = "reset"  # power the card off and on; its answer to reset
    RUN = "run"  # send the commands in their order, stop after the first unexpected status word
    PAD = "pad"  # have the holder type a new PIN on the station's pad


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step; `number` counts from 1 in its session. `commands` are whole APDUs."""

    number: int
    kind: Kind
    commands: tuple[bytes, ...] = field(default=(), repr=False)

    def told(self) -> dict[str, object]:
        """As JSON. Without `expect` any status word is as good as another: it ends the run in any case."""
        table: dict[str, object] = {"number": self.number, "kind": self.kind.value}
        if self.kind is Kind.RUN:
            last = len(self.commands) - 1
            table["commands"] = [
                {"apdu": command.hex().upper(), "expect": list(WELL) if place < last else []}
                for place, command in enumerate(self.commands)
            ]
        return table


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the station did: the responses it got, `gone` in words when the card or the holder left it, digits."""

    responses: tuple[bytes, ...] = field(default=(), repr=False)
    gone: str = ""
    digits: str = field(default="", repr=False)

    @property
    def digest(self) -> bytes:
        """SM3 over all of it: a repetition is known by it, and nothing of a PIN is kept."""
        parts = [self.gone.encode(), self.digits.encode(), *self.responses]
        return hashlib.new("sm3", b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()


def read(kind: Kind, commands: int, told: Mapping[str, object]) -> Answer:
    """A station's answer to a step of `kind` with that many commands; raises Invalid naming the field."""
    gone = told.get("gone", "")
    if not isinstance(gone, str) or len(gone) > 200:
        raise _invalid("gone", "a sentence of at most 200 characters")
    if kind is Kind.PAD:
        return _read_digits(gone, told.get("digits", ""))
    responses = _responses(told.get("responses", []))
    most = commands if kind is Kind.RUN else 1
    if len(responses) > most or (not gone and not responses):
        raise _invalid("responses", f"1 to {most} responses, or the reason why the card is gone")
    if kind is Kind.RUN and not gone and len(responses) < most and _is_well(responses[-1]):
        raise _invalid("responses", "a run goes on after 9000 and 61xx")
    return Answer(responses=responses, gone=gone)


def _read_digits(gone: str, digits: object) -> Answer:
    if not isinstance(digits, str) or len(digits) > 12 or (not gone and not digits):
        raise _invalid("digits", "what the holder typed, or the reason why he did not")
    return Answer(gone=gone, digits=digits)


def _responses(raw: object) -> tuple[bytes, ...]:
    if not isinstance(raw, list) or not all(isinstance(one, str) and 4 <= len(one) <= LONGEST for one in raw):
        raise _invalid("responses", "a list of responses in hexadecimal, each with its status word")
    try:
        return tuple(bytes.fromhex(one) for one in raw)
    except ValueError:
        raise _invalid("responses", "hexadecimal digits only") from None


def _is_well(response: bytes) -> bool:
    return response[-2:] == b"\x90\x00" or response[-2] == 0x61


def _invalid(name: str, wanted: str) -> Invalid:
    return Invalid(name, "读写器的应答不符合本步骤的要求", f"The station's answer does not fit its step: {wanted}.")
