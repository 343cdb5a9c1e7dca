"""What the line asks of a station, step by step, and what the station answers; JSON-ready at the edge, bytes inside."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from healthcard.services.errors import Invalid
from healthcard.services.line import devices
from healthcard.services.line.devices import Device

WELL = ("9000", "61xx")  # status words after which a run goes on
LONGEST = 4096  # hexadecimal characters of one response


class Kind(StrEnum):
    """What a step asks for of a card; a step that asks a device is of the device's own name."""

    RESET = "reset"  # power the card off and on; its answer to reset
    RUN = "run"  # send the commands in their order, stop after the first unexpected status word


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step; `number` counts from 1 in its session. `commands` are whole APDUs."""

    number: int
    kind: Kind | Device
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
    """What the station did: the responses it got, what a device told, `gone` in words when card or holder left it."""

    responses: tuple[bytes, ...] = field(default=(), repr=False)
    gone: str = ""
    told: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def digest(self) -> bytes:
        """SM3 over all of it: a repetition is known by it, and nothing of what was told is kept."""
        texts = (part.encode() for pair in sorted(self.told.items()) for part in pair)
        parts = [self.gone.encode(), *texts, *self.responses]
        return hashlib.new("sm3", b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()


def read(kind: Kind | Device, commands: int, told: Mapping[str, object]) -> Answer:
    """A station's answer to a step of `kind` with that many commands; raises Invalid naming the field."""
    gone = told.get("gone", "")
    if not isinstance(gone, str) or len(gone) > 200:
        raise _invalid("gone", "a sentence of at most 200 characters")
    if isinstance(kind, Device):
        found = devices.read(kind, gone, told.get("told"))
        return Answer(gone=found.gone, told=found.texts)
    responses = _responses(told.get("responses", []))
    most = commands if kind is Kind.RUN else 1
    if len(responses) > most or (not gone and not responses):
        raise _invalid("responses", f"1 to {most} responses, or the reason why the card is gone")
    if kind is Kind.RUN and not gone and len(responses) < most and _is_well(responses[-1]):
        raise _invalid("responses", "a run goes on after 9000 and 61xx")
    return Answer(responses=responses, gone=gone)


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
