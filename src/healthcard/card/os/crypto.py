"""The chip's own cipher machine: derivation, authentication tokens, MAC and decipherment (card.md 3.3, 5.3, 5.4).

The card side computes on its own and shares nothing with the host or the key service. What is assumed about the
formulas comes from the table of facts; a formula such as "F|~F" is read as data.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property

from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, CipherContext, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.cmac import CMAC

from healthcard.card.wire.facts import FACTS, Facts

BLOCK = 16
HALF = 8
MARK = b"\x80"
ZEROS = bytes(BLOCK)
CHECK_VALUE = 3
LOAD_MAC = 4  # bytes; how key loads travel is the COS maker's, not a fact about updates
TURNED_OVER = bytes(0xFF - byte for byte in range(256))

CIPHERS: dict[str, Callable[[bytes], BlockCipherAlgorithm]] = {"SM4": SM4, "AES": AES}


def complete(data: bytes) -> bytes:
    """`data` with 80 00.. up to the next multiple of 16; a whole block more when it is aligned already."""
    return data + MARK + bytes(-(len(data) + 1) % BLOCK)


def stripped(block: bytes) -> bytes | None:
    """What stood before the 80 00.. of `block`; None when it does not end so."""
    body = block.rstrip(b"\x00")
    tail = len(block) - len(body) + 1
    return body[:-1] if body.endswith(MARK) and tail <= BLOCK else None


class KeyInUse:
    """A 16-byte key put into the cipher machine once; `repr` shows nothing of it."""

    def __init__(self, key: bytes, facts: Facts = FACTS) -> None:
        """`facts` names the cipher, its mode, the MAC and the derivation formulas."""
        self._facts = facts
        self._algorithm = CIPHERS[facts.cipher](key)
        self._machine = Cipher(self._algorithm, modes.ECB()).encryptor()  # noqa: S305 - single blocks only

    def session(self, challenge: bytes) -> KeyInUse:
        """The one-time key of an 8-byte challenge."""
        return KeyInUse(self.encipher_blocks(_expand(self._facts.session, challenge)), self._facts)

    def derived(self, factor: bytes) -> bytes:
        """The key one level down for an 8-byte factor: a SAM's work, and the maker's of a transport key."""
        return self.encipher_blocks(_expand(self._facts.diversify, factor))

    def token(self, text: bytes) -> bytes:
        """8 bytes: the cipher text of `text` (8 bytes) and 8 zeros, folded left on right."""
        both = self.encipher_blocks(text + bytes(HALF))
        left, right = int.from_bytes(both[:HALF], "big"), int.from_bytes(both[HALF:], "big")
        return (left ^ right).to_bytes(HALF, "big")

    def mac(self, data: bytes) -> bytes:
        """The leftmost bytes (4) of the MAC over `data` of any length."""
        return MACS[self._facts.mac](self, data)[: self._facts.mac_length]

    def encipher(self, data: bytes) -> bytes:
        """Cipher text of `data`, a multiple of 16 bytes, in the mode of updates."""
        if self._facts.encipher == "CBC":
            return Cipher(self._algorithm, modes.CBC(ZEROS)).encryptor().update(data)
        return self.encipher_blocks(data)

    def decipher(self, data: bytes) -> bytes:
        """Clear blocks of `data`, a multiple of 16 bytes."""
        if self._facts.encipher == "CBC":
            return Cipher(self._algorithm, modes.CBC(ZEROS)).decryptor().update(data)
        return self.decipher_blocks(data)

    def decipher_blocks(self, data: bytes) -> bytes:
        """Clear blocks of whole blocks, each for itself: the way of key loads, whatever the mode of updates."""
        return self._back.update(data)

    def mac_of_load(self, data: bytes) -> bytes:
        """The 4 bytes over a key load: CBC-MAC, whatever the MAC of updates."""
        return self.last_of_chain(complete(data))[:LOAD_MAC]

    def check_value(self) -> bytes:
        """The first 3 bytes of the cipher text of 16 zeros."""
        return self.encipher_blocks(ZEROS)[:CHECK_VALUE]

    def encipher_blocks(self, data: bytes) -> bytes:
        """Cipher text of whole blocks, each for itself."""
        return self._machine.update(data)

    def last_of_chain(self, data: bytes, chain: bytes = ZEROS) -> bytes:
        """The last block of `data` (whole blocks) chained from an initial value."""
        for at in range(0, len(data), BLOCK):
            mixed = int.from_bytes(chain, "big") ^ int.from_bytes(data[at : at + BLOCK], "big")
            chain = self._machine.update(mixed.to_bytes(BLOCK, "big"))
        return chain

    def cmac(self, data: bytes) -> bytes:
        """CMAC of SP 800-38B, 16 bytes: offered for a card that turns out to use it."""
        machine = CMAC(self._algorithm)
        machine.update(data)
        return machine.finalize()

    @cached_property
    def _back(self) -> CipherContext:
        return Cipher(self._algorithm, modes.ECB()).decryptor()  # noqa: S305 - single blocks only

    def __repr__(self) -> str:
        return "<secret>"


MACS: dict[str, Callable[[KeyInUse, bytes], bytes]] = {
    "CBC-MAC": lambda key, data: key.last_of_chain(complete(data)),
    "CMAC": lambda key, data: key.cmac(data),
}


def _expand(formula: str, factor: bytes) -> bytes:
    """`F|~F` for factor F: parts joined, a part with ~ turned over."""
    return b"".join(factor.translate(TURNED_OVER) if turned else factor for turned in _parts(formula))


@cache
def _parts(formula: str) -> tuple[bool, ...]:
    """For each part of a formula whether it is turned over."""
    return tuple(part.startswith("~") for part in formula.split("|"))
