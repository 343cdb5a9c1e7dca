"""Secure messaging as the host speaks it: enciphered updates with MAC, and commands with a MAC alone (card.md 3.3).

The keys stay with their holder; this module only builds what he enciphers and what he signs. The chip has its own code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from healthcard.card.host.errors import KeyHolderFailed
from healthcard.card.host.ports import CardAddress, CardKeys
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.errors import BadCommand
from healthcard.card.wire.facts import FACTS

BLOCK = 16  # bytes of a cipher block (SM4; SM1 has the same)
ENCIPHERED = 0x04  # CLA: data enciphered, MAC over header and data
SIGNED = 0x84  # CLA: MAC alone
CLEAR_MAX = 238  # bytes of clear data: more would not fit one short command once padded, enciphered and signed


@dataclass(frozen=True, slots=True)
class MaintenanceKey:
    """The STK of a directory on one card, for the life of one challenge (8 bytes): it enciphers and signs with both."""

    keys: CardKeys
    name: str
    card: CardAddress
    challenge: bytes

    def encipher(self, data: bytes) -> bytes:
        """`data` (a multiple of 16 bytes) under the session key."""
        return _sized(self.keys.encipher(self.name, self.card, self.challenge, data), len(data))

    def mac(self, data: bytes) -> bytes:
        """The 4-byte MAC over `data`, which the holder of the key pads."""
        return _sized(self.keys.mac(self.name, self.card, self.challenge, data), FACTS.mac_length)


def padded(data: bytes) -> bytes:
    """`data` and 80 00.. up to the next multiple of 16 bytes; always at least one byte more."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def plain_block(clear: bytes) -> bytes:
    """What is enciphered: length (1 byte) | `clear` | 80 00.. ; a full block when already aligned (card.md 3.3).

    Raises BadCommand for more than 238 bytes.
    """
    if len(clear) > CLEAR_MAX:
        raise BadCommand(f"{len(clear)} bytes do not fit one enciphered command: update the file in smaller parts")
    return padded(bytes([len(clear)]) + clear)


def enciphered(command: Command, key: MaintenanceKey) -> Command:
    """`command` with its clear data as cipher text and a MAC over header and cipher text; the class stays as given.

    Raises BadCommand when the data are too long.
    """
    return signed(replace(command, data=key.encipher(plain_block(command.data))), key)


def signed(command: Command, key: MaintenanceKey) -> Command:
    """`command` with a MAC over its header and its data at the end of the data; the class stays as given."""
    return replace(command, data=command.data + key.mac(mac_input(command.header, command.data)))


def mac_input(header: bytes, data: bytes) -> bytes:
    """What the MAC covers before padding: CLA INS P1 P2 | Lc (counting the MAC itself) | data."""
    return header + bytes([len(data) + FACTS.mac_length]) + data


def _sized(answer: bytes, length: int) -> bytes:
    if len(answer) != length:
        raise KeyHolderFailed(f"the holder of the keys answered {len(answer)} bytes where {length} were due")
    return answer
