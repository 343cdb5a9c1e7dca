"""A SAM 安全存取模块 in another reader as the holder of the card keys (card.md 3.1, 5.3, 5.4, 5.6)."""

from __future__ import annotations

from healthcard.card.host import secure
from healthcard.card.host.channel import Channel
from healthcard.card.host.errors import KeyHolderFailed
from healthcard.card.host.pin import bcd
from healthcard.card.host.ports import CardAddress, Transport
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.errors import Refused
from healthcard.card.wire.facts import FACTS
from healthcard.card.wire.layout import Key, Layout

KEY_DIRECTORY = 0xDF01
MF = 0x3F00
AUTHENTICATION, MAINTENANCE = 7, 8  # low five bits of P1 in DELIVERY KEY
LEVELS_SHIFT = 5
ENCIPHER = 0x00  # P1 of CIPHER
MAC = 0x05  # P1 of CIPHER: one call, initial value first
INITIAL_VALUE = bytes(secure.BLOCK)


class SamKeys:
    """CardKeys served by a SAM. Each use is two commands: DELIVERY KEY sets the session key, CIPHER uses it once.

    The SAM holds one version of each key; an address of another version is refused here.
    """

    def __init__(self, transport: Transport, layout: Layout) -> None:
        self._channel = Channel(transport)
        self._keys = {key.name: key for key in layout.keys}

    def open(self, digits: str) -> None:
        """Power the SAM, show it its PIN (4 or 6 digits) and stand where its keys are.

        Raises Refused with the tries left when the PIN is wrong: do not try again without a person.
        """
        self._channel.reset()
        self._select(MF)
        self._show_pin(bcd(digits))
        self._select(KEY_DIRECTORY)

    def encipher(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        """`data` (a multiple of 16 bytes) under the session key of card key `name`."""
        self._deliver(name, card, challenge)
        return self._channel.expect(Command(cla=0x80, ins=0xFA, p1=ENCIPHER, data=data)).data

    def mac(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        """The 4-byte MAC over `data` under the session key of maintenance key `name`."""
        self._deliver(name, card, challenge)
        return self._channel.expect(Command(cla=0x80, ins=0xFA, p1=MAC, data=INITIAL_VALUE + secure.padded(data))).data

    def _show_pin(self, digits: bytes) -> None:
        try:
            self._channel.order(Command(cla=0x00, ins=0x20, data=digits))
        except Refused as refused:
            raise Refused("the PIN of the SAM", refused.sw, refused.meaning) from None

    def _deliver(self, name: str, card: CardAddress, challenge: bytes) -> None:
        key = self._keys.get(name)
        if key is None:
            raise KeyHolderFailed(f"a SAM holds no key {name}: use the key service")
        if card.version != FACTS.key_version:
            raise KeyHolderFailed(f"the SAM holds key version {FACTS.key_version}, the card wants {card.version}")
        self._channel.order(Command(cla=0x80, ins=0xDE, p1=_use(key), p2=key.sam, data=_factors(key, card) + challenge))

    def _select(self, fid: int) -> None:
        self._channel.expect(Command(cla=0x00, ins=0xA4, data=fid.to_bytes(2, "big")))


def _use(key: Key) -> int:
    """P1 of DELIVERY KEY: levels in the high three bits, use in the low five (card.md 5.4)."""
    return key.levels << LEVELS_SHIFT | (MAINTENANCE if key.usage == "maintain" else AUTHENTICATION)


def _factors(key: Key, card: CardAddress) -> bytes:
    """Chip first, then city; a one-level key in the SAM is the city's already."""
    return card.chip + (card.city if key.levels > 1 else b"")
