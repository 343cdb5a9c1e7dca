"""Loading a SAM 安全存取模块: the parents of the card keys, its maintenance key and its PIN, under its transport key.

A SAM holds national masters where it diversifies by city and chip, provincial ones where by chip alone (card.md 5.4).
The native commands are the virtual SAM's own [?]; another maker's SAM has them exchanged here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from healthcard.card.host.authentication import CardKey, external_authenticate
from healthcard.card.host.channel import Channel
from healthcard.card.host.ports import CardAddress, CardKeys, Transport
from healthcard.card.wire import answer, layout
from healthcard.card.wire.answer import FactorRule
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.facts import FACTS
from healthcard.keys.requests import PIN, KeyLoad

TRANSPORT_KEY, TRANSPORT_KID = "TRANSPORT:sam", 0x7F
MAINTENANCE_KEY, MAINTENANCE_KID = "SAM_STK", 0x00
AUTHENTICATE, MAINTAIN = 7, 8  # low five bits of P1 of DELIVERY KEY: what the key is used for
LEVELS_SHIFT = 5
KEY_LOAD, PIN_LOAD = 0x01, 0x02  # P1 of WRITE KEY
KEY_FIELD, PIN_FIELD = 0x24, 0x14  # Lc: enciphered block and MAC
PIN_TRIES, PIN_LENGTH = 3, 3  # six digits BCD
DF01 = bytes.fromhex("DF01")


class SamMaker(CardKeys, Protocol):
    """Who wraps what a SAM holds: the key service."""

    def sam_loads(self, loads: Sequence[KeyLoad], sams: Sequence[CardAddress]) -> list[tuple[bytes, ...]]:
        """For each SAM the data fields of its loads."""
        ...


def issue(transport: Transport, keys: SamMaker, city: bytes) -> CardAddress:
    """Make a SAM for the province of `city` (CITY8) of the blank one in the reader; its address. Raises CardError."""
    channel = Channel(transport)
    chip = answer.parse(channel.reset()).chip8(FactorRule.REAR)
    address = CardAddress(chip=chip, city=city, version=FACTS.key_version)
    external_authenticate(channel, keys, CardKey(name=TRANSPORT_KEY, kid=TRANSPORT_KID, card=address))
    own, parents = _own_loads(), _parent_loads()
    (fields,) = keys.sam_loads([*own, *parents], [address])
    _write(channel, own, fields[: len(own)])
    channel.expect(Command(cla=0x00, ins=0xA4, data=DF01))
    _write(channel, parents, fields[len(own) :])
    channel.expect(Command(cla=0x80, ins=0x10))
    return address


def _own_loads() -> list[KeyLoad]:
    """What lies in the SAM's MF: its PIN and the key its own files are maintained with."""
    return [
        _load(PIN, PIN_LOAD, 0, PIN_FIELD, [PIN_TRIES, PIN_LENGTH]),
        _load(MAINTENANCE_KEY, KEY_LOAD, MAINTENANCE_KID, KEY_FIELD, [MAINTAIN, FACTS.key_version]),
    ]


def _parent_loads() -> list[KeyLoad]:
    """What lies in its DF01: one parent for each card key."""
    return [
        _load(key.name, KEY_LOAD, key.sam, KEY_FIELD, [key.levels << LEVELS_SHIFT | _use(key), FACTS.key_version])
        for key in layout.load("full").keys
    ]


def _use(key: layout.Key) -> int:
    return MAINTAIN if key.usage == "maintain" else AUTHENTICATE


def _load(name: str, p1: int, p2: int, length: int, prefix: list[int]) -> KeyLoad:
    return KeyLoad(name=name, header=bytes([0x84, 0xD4, p1, p2, length]), prefix=bytes(prefix))


def _write(channel: Channel, loads: Sequence[KeyLoad], fields: Sequence[bytes]) -> None:
    for load, field in zip(loads, fields, strict=True):
        channel.expect(Command(cla=0x84, ins=0xD4, p1=load.header[2], p2=load.header[3], data=field))
