"""The key service without a process: fixed random masters, the formulas of the card family in code of its own.

What a session enciphers and signs with comes from the table of facts; key loads are always ECB and CBC-MAC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.cmac import CMAC

from healthcard.card.wire.facts import FACTS, Facts
from healthcard.keys.requests import PIN, TRANSPORT, KeyLoad

DIVERSIFIED_TRANSPORT = frozenset({"jia", "yi"})


class Address(Protocol):
    @property
    def chip(self) -> bytes: ...
    @property
    def city(self) -> bytes: ...
    @property
    def version(self) -> int: ...


def ecb(key: bytes, data: bytes) -> bytes:
    return Cipher(SM4(key), modes.ECB()).encryptor().update(data)


def cbc(key: bytes, data: bytes) -> bytes:
    return Cipher(SM4(key), modes.CBC(bytes(16))).encryptor().update(data)


def diversified(key: bytes, factor: bytes) -> bytes:
    return ecb(key, factor + bytes(byte ^ 0xFF for byte in factor))


def cbc_mac(key: bytes, data: bytes) -> bytes:
    data += b"\x80"
    data += bytes(-len(data) % 16)
    return cbc(key, data)[-16:-12]


def cmac(key: bytes, data: bytes) -> bytes:
    machine = CMAC(SM4(key))
    machine.update(data)
    return machine.finalize()[:4]


ENCIPHER: Mapping[str, Callable[[bytes, bytes], bytes]] = {"ECB": ecb, "CBC": cbc}
MACS: Mapping[str, Callable[[bytes, bytes], bytes]] = {"CBC-MAC": cbc_mac, "CMAC": cmac}


class MemoryKeys:
    """Same contract as `keys.client.KeyClient`; `seed` tells one province's masters from another's."""

    def __init__(self, seed: str = "test masters", facts: Facts = FACTS) -> None:
        self._seed = seed
        self._encipher, self._mac = ENCIPHER[facts.encipher], MACS[facts.mac]
        self._keys: dict[tuple[str, bytes, bytes, int], bytes] = {}

    def encipher(self, name: str, card: Address, challenge: bytes, data: bytes) -> bytes:
        return self._encipher(diversified(self.key(name, card), challenge), data)

    def mac(self, name: str, card: Address, challenge: bytes, data: bytes) -> bytes:
        return self._mac(diversified(self.key(name, card), challenge), data)

    def wrap(self, product: str, loads: Sequence[KeyLoad], cards: Sequence[Address]) -> list[tuple[bytes, ...]]:
        return [tuple(self._field(product, load, card) for load in loads) for card in cards]

    def check_values(self, names: Sequence[str], card: Address) -> Mapping[str, bytes]:
        return {name: ecb(self.key(name, card), bytes(16))[:3] for name in names}

    def transport_key(self, product: str, chip8: bytes) -> bytes:
        """The chip's own transport key, as the chip maker put it there."""
        lot = self._master(f"{TRANSPORT}{product}")
        return diversified(lot, chip8) if product in DIVERSIFIED_TRANSPORT else lot

    def pin(self, card: Address) -> bytes:
        """Six digits, BCD; never six times the same."""
        number = int.from_bytes(hashlib.sha256(self._seed.encode() + card.chip).digest()[:8], "big") % 999_998 + 1
        return bytes.fromhex(f"{number if number % 111_111 else number + 1:06d}")

    def key(self, name: str, card: Address) -> bytes:
        if name.startswith(TRANSPORT):
            return self.transport_key(name.removeprefix(TRANSPORT), card.chip)
        where = (name, card.chip, card.city, card.version)
        if where not in self._keys:
            self._keys[where] = diversified(diversified(self._master(name), card.city), card.chip)
        return self._keys[where]

    def _master(self, name: str) -> bytes:
        return hashlib.sha256(f"{self._seed} {name}".encode()).digest()[:16]

    def _field(self, product: str, load: KeyLoad, card: Address) -> bytes:
        value = self.pin(card) if load.name == PIN else self.key(load.name, card)
        plain = load.prefix + value
        if load.padded:
            plain += b"\x80"
            plain += bytes(-len(plain) % 16)
        transport = self.transport_key(product, card.chip)
        body = load.clear + ecb(transport, plain)
        return body + cbc_mac(transport, load.header + body)
