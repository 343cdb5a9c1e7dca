"""The door to whatever holds master keys: software, or a PKCS#11 token (contract suite in tests/keys).

A `Handle` is all anybody outside a driver sees of a key. The contract is narrow on purpose: derive, encipher, MAC,
wrap, check value, generate, import, sign, and what a key store needs to keep keys at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from healthcard.keys.secret import Secret


class Handle:
    """A key inside a driver; its bytes stay there. `algorithm` is a name of the table in `algorithms`."""

    __slots__ = ("algorithm",)

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm

    def __repr__(self) -> str:
        return f"<{self.algorithm} key>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """The value of a field is each chip's own: `parent` diversified by CHIP8."""

    parent: Handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """The value of a field is `key` itself in every chip: what a SAM holds of a hierarchy."""

    key: Handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The value of a field is given for each chip: `values` one after the other, `width` bytes each."""

    values: Secret
    width: int


Value = Derived | Same | Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One data field of every chip in a batch: `clear | E(TK, prefix | value | padding) | MAC(TK, header | ...)`."""

    header: bytes
    clear: bytes
    prefix: bytes
    padded: bool
    value: Value


class Driver(Protocol):
    """What holds keys and uses them. Every method raises AlgorithmRefused for an algorithm it does not serve."""

    name: str

    def inside(self, algorithm: str) -> bool:
        """Whether keys of this algorithm are used inside hardware, and not in the memory of this process."""
        ...

    def generate(self, algorithm: str) -> Handle:
        """A new random key, made inside."""
        ...

    def adopt(self, algorithm: str, value: Secret) -> Handle:
        """A key brought from outside (an import); `value` in the length of the algorithm, else OutOfShape."""
        ...

    def keep(self, key: Handle, label: bytes) -> bytes:
        """What a store file keeps of `key`: sealed so that only this driver, unlocked, recalls it under `label`."""
        ...

    def recall(self, algorithm: str, kept: bytes, label: bytes) -> Handle:
        """The key that `keep` sealed under the same label; raises StoreDamaged otherwise."""
        ...

    def seal(self, data: bytes) -> bytes:
        """32 bytes that only this driver, unlocked, makes of `data`: they show whether a store file was altered."""
        ...

    def derive(self, key: Handle, factor: bytes) -> Handle:
        """The key one level below, by an 8-byte factor."""
        ...

    def session(self, key: Handle, challenge: bytes) -> Handle:
        """The session key of a card key and the card's 8-byte challenge."""
        ...

    def blocks(self, key: Handle, data: bytes) -> bytes:
        """Whole blocks enciphered each for itself, same length."""
        ...

    def encipher(self, key: Handle, data: bytes) -> bytes:
        """Whole blocks enciphered in the mode of the hierarchy's rules, same length."""
        ...

    def mac(self, key: Handle, data: bytes) -> bytes:
        """The MAC (4 bytes) over `data` of any length, in the mode of the hierarchy's rules."""
        ...

    def check_value(self, key: Handle) -> bytes:
        """The 3 bytes by which two people compare a key without seeing it."""
        ...

    def wrap(self, transport: Handle, chips: bytes, fields: Sequence[Field], *, diversified: bool) -> bytes:
        """The data fields of every chip under its transport key, chip after chip, field after field.

        `chips` holds CHIP8 of each; `diversified`: each chip's transport key is `transport` diversified by its CHIP8.
        """
        ...

    def sign(self, key: Handle, message: bytes) -> bytes:
        """The SM2 signature r | s (64 bytes) over `message`, signer id of GM/T 0009."""
        ...

    def public(self, key: Handle) -> bytes:
        """The public half of an SM2 key: x | y, 64 bytes."""
        ...

    def release(self, key: Handle) -> Secret:
        """The bytes of a key that has to leave: the lot key of virtual chips, in a demo. A token may refuse."""
        ...
