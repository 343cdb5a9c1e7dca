"""What every driver computes in the same way, whatever holds its keys: the hierarchy's rules over whole blocks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.hashes import SM3, Hash
from gmssl_pyx import GmsslInnerError, sm2_sign

from healthcard.keys import wrapping
from healthcard.keys.algorithms import SM2, algorithm, block_cipher
from healthcard.keys.blocks import FACTOR, Encipher, padding, widen
from healthcard.keys.driver import Derived, Field, Given, Handle, Same
from healthcard.keys.errors import AlgorithmRefused, OutOfShape
from healthcard.keys.hierarchy import HIERARCHY, Rules
from healthcard.keys.secret import Secret

KEY = 16
PUBLIC = 64


class BlockKey(Handle, ABC):
    """A key as its driver uses it, in this process's memory or inside a token."""

    __slots__ = ()

    @abstractmethod
    def machine(self) -> Encipher:
        """Enciphers whole blocks, each for itself; for one call, for libraries refuse two threads at one."""

    @abstractmethod
    def chained(self, data: bytes) -> bytes:
        """Whole blocks in CBC with zero initial value."""

    @abstractmethod
    def cmac(self, data: bytes) -> bytes:
        """The whole CMAC over data of any length."""

    @abstractmethod
    def below(self, wide: bytes) -> Handle:
        """The key whose 16 bytes are `wide` enciphered with this one."""

    @abstractmethod
    def family(self, wide: bytes) -> Callable[[int], Encipher]:
        """The encipherer of the n-th key below, by the n-th 16 bytes of `wide`."""

    @abstractmethod
    def plain(self) -> Secret:
        """The bytes of the key."""


class SoftwareKey(BlockKey):
    """A key in this process's memory; of SM2 the private and the public half one after the other."""

    __slots__ = ("value",)

    def __init__(self, algorithm_name: str, value: Secret) -> None:
        super().__init__(algorithm_name)
        self.value = value

    def machine(self) -> Encipher:
        """An encipherer for one call."""
        return _encryptor(self.algorithm, self.value.reveal())

    def chained(self, data: bytes) -> bytes:
        """CBC with zero initial value."""
        cipher = block_cipher(self.algorithm)(self.value.reveal())
        return Cipher(cipher, modes.CBC(bytes(algorithm(self.algorithm).block))).encryptor().update(data)

    def cmac(self, data: bytes) -> bytes:
        """The whole CMAC."""
        machine = CMAC(block_cipher(self.algorithm)(self.value.reveal()))
        machine.update(data)
        return machine.finalize()

    def below(self, wide: bytes) -> Handle:
        """The key one level below."""
        return SoftwareKey(self.algorithm, Secret(self.machine()(wide)))

    def family(self, wide: bytes) -> Callable[[int], Encipher]:
        """All of them in one call."""
        own = self.machine()(wide)
        return lambda index: _encryptor(self.algorithm, own[index * KEY : (index + 1) * KEY])

    def plain(self) -> Secret:
        """The value."""
        return self.value


class Ciphering:
    """The acts of a driver that need no more of a key than its blocks; `kinds` are the keys the driver makes."""

    kinds: ClassVar[tuple[type[BlockKey], ...]] = (SoftwareKey,)

    def __init__(self, rules: Rules = HIERARCHY.rules) -> None:
        self._rules = rules

    def derive(self, key: Handle, factor: bytes) -> Handle:
        """The key one level below."""
        return self._below(key, self._rules.diversify, factor)

    def session(self, key: Handle, challenge: bytes) -> Handle:
        """The session key."""
        return self._below(key, self._rules.session, challenge)

    def blocks(self, key: Handle, data: bytes) -> bytes:
        """Whole blocks, each for itself."""
        _check_blocks(key, data)
        return self._own(key).machine()(data)

    def encipher(self, key: Handle, data: bytes) -> bytes:
        """Whole blocks in the rules' mode."""
        _check_blocks(key, data)
        return ENCIPHER[self._rules.encipher](self._own(key), data)

    def mac(self, key: Handle, data: bytes) -> bytes:
        """The MAC in the rules' mode."""
        return MACS[self._rules.mac](self._own(key), data)[: self._rules.mac_length]

    def check_value(self, key: Handle) -> bytes:
        """Leftmost bytes of a block of zeros enciphered; of SM3(public half) for a signing key."""
        if key.algorithm == SM2:
            machine = Hash(SM3())
            machine.update(self.public(key))
            return machine.finalize()[: self._rules.check_length]
        return self.blocks(key, bytes(algorithm(key.algorithm).block))[: self._rules.check_length]

    def wrap(self, transport: Handle, chips: bytes, fields: Sequence[Field], *, diversified: bool) -> bytes:
        """The data fields of a batch."""
        count = len(chips) // FACTOR
        factors = widen(self._rules.diversify, chips)
        plain = [self._plain(field, factors, count) for field in fields]
        block = algorithm(transport.algorithm).block
        own = self._own(transport)
        shared = own.machine()
        machines = own.family(factors) if diversified else lambda _: shared
        try:
            return wrapping.wrap(plain, count, block, machines)
        except ValueError as error:
            raise OutOfShape(f"A key load does not fit its cipher: {error}.") from None

    def sign(self, key: Handle, message: bytes) -> bytes:
        """SM2 signature r | s."""
        value = _signing(key).value.reveal()
        try:
            signature = sm2_sign(value[:-PUBLIC], value[-PUBLIC:], message)
        except GmsslInnerError:
            raise AlgorithmRefused("The SM2 key in the store is no key of the curve. Import it again.") from None
        return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(signature))

    def public(self, key: Handle) -> bytes:
        """The public half."""
        return _signing(key).value.reveal()[-PUBLIC:]

    def release(self, key: Handle) -> Secret:
        """The bytes of a key that has to leave."""
        return self._own(key).plain()

    def _own(self, key: Handle) -> BlockKey:
        if isinstance(key, self.kinds):
            return key
        raise AlgorithmRefused(f"{key!r} belongs to another driver; this one can not use it.")

    def _below(self, key: Handle, formula: str, factor: bytes) -> Handle:
        if len(factor) != FACTOR:
            raise OutOfShape(f"A factor or challenge has 8 bytes, this one {len(factor)}.")
        return self._own(key).below(widen(formula, factor))

    def _plain(self, field: Field, factors: bytes, count: int) -> wrapping.Plain:
        match field.value:
            case Derived(parent=parent):
                values, width = self._own(parent).machine()(factors), KEY
            case Same(key=key):
                values, width = self.release(key).reveal() * count, KEY
            case Given(values=given, width=width):
                values = given.reveal()
        return wrapping.Plain(
            header=field.header,
            clear=field.clear,
            prefix=field.prefix,
            padded=field.padded,
            values=values,
            width=width,
        )


def check_served(name: str) -> None:
    """Raise AlgorithmRefused unless keys of this algorithm can be used without hardware."""
    if name != SM2:
        block_cipher(name)


def check_length(name: str, value: Secret) -> None:
    """Raise OutOfShape unless a key of this algorithm has as many bytes."""
    expected = algorithm(name).length
    if len(value) != expected:
        raise OutOfShape(f"A {name} key has {expected} bytes, this one {len(value)}.")


def _encryptor(algorithm_name: str, value: bytes) -> Encipher:
    cipher = block_cipher(algorithm_name)(value)
    return Cipher(cipher, modes.ECB()).encryptor().update  # noqa: S305 - single blocks are what the card computes


def _signing(key: Handle) -> SoftwareKey:
    if key.algorithm != SM2:
        raise AlgorithmRefused(f"A {key.algorithm} key does not sign; signing keys are SM2.")
    if not isinstance(key, SoftwareKey):
        raise AlgorithmRefused(f"{key!r} belongs to another driver; this one can not use it.")
    return key


def _check_blocks(key: Handle, data: bytes) -> None:
    block = algorithm(key.algorithm).block
    if not data or not block or len(data) % block:
        raise OutOfShape(f"{key.algorithm} enciphers whole blocks of {block} bytes; {len(data)} bytes are none.")


def _cbc_mac(key: BlockKey, data: bytes) -> bytes:
    block = algorithm(key.algorithm).block
    return key.chained(data + padding(len(data), block))[-block:]


ENCIPHER: dict[str, Callable[[BlockKey, bytes], bytes]] = {
    "ECB": lambda key, data: key.machine()(data),
    "CBC": lambda key, data: key.chained(data),
}
MACS: dict[str, Callable[[BlockKey, bytes], bytes]] = {
    "CBC-MAC": _cbc_mac,
    "CMAC": lambda key, data: key.cmac(data),
}
