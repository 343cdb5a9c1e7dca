"""What the host needs of others, as protocols: somebody to carry bytes, somebody to use keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


class Transport(Protocol):
    """A chip within reach. Raises CardGone when it no longer answers; never interprets what it carries."""

    def reset(self) -> bytes:
        """Power cycle; the answer to reset as the reader shows it."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU; data and status word (at least 2 bytes)."""
        ...


@runtime_checkable
class Runner(Protocol):
    """What a transport may be besides: one that carries many commands in one round trip."""

    def run(self, commands: Sequence[bytes]) -> list[bytes]:
        """Send command after command until an answer is neither 9000 nor 61xx; the answers, that one included.

        Raises CardGone when the chip went away in the middle.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAddress:
    """Whose card keys: CHIP8 (8 bytes), CITY8 (8 bytes) and the key version 1..255."""

    chip: bytes
    city: bytes
    version: int = 1


class CardKeys(Protocol):
    """Somebody who holds master keys and uses them for us: the key service, or a SAM in another reader.

    The key used is the session key of card key `name` and the card's last challenge (8 bytes); it never comes out.
    """

    def encipher(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        """`data` (a multiple of 16 bytes) enciphered under the session key, same length."""
        ...

    def mac(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        """The 4-byte MAC over `data` (any length, padded by the holder of the key) under the session key."""
        ...
