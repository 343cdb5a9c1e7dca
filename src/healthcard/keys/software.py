"""The software driver: master keys in the memory of the key service's process, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC
from gmssl_pyx import GmsslInnerError, sm2_key_generate, sm2_sign

from healthcard.keys import wrapping
from healthcard.keys.algorithms import SM2, algorithm, block_cipher
from healthcard.keys.blocks import FACTOR, Encipher, padding, widen
from healthcard.keys.driver import Derived, Field, Given, Handle, Same
from healthcard.keys.errors import AlgorithmRefused, OutOfShape, StoreDamaged
from healthcard.keys.hierarchy import HIERARCHY, Rules
from healthcard.keys.secret import Secret

NONCE = 12
TAG = 16
KEY = 16
PUBLIC = 64
Random = Callable[[int], bytes]


class SoftwareKey(Handle):
    """A key of this driver."""

    __slots__ = ("value",)

    def __init__(self, algorithm_name: str, value: Secret) -> None:
        super().__init__(algorithm_name)
        self.value = value


class SoftwareDriver:
    """Keys as Python objects. `unlocking` (32 bytes) is what the store's passphrase became: it seals keys at rest."""

    name = "software"

    def __init__(self, unlocking: Secret, *, rules: Rules = HIERARCHY.rules, random: Random = os.urandom) -> None:
        self._sealing = Secret(unlocking.reveal()[:KEY])
        self._tagging = Secret(unlocking.reveal()[KEY:])
        self._rules = rules
        self._random = random

    def generate(self, algorithm: str) -> Handle:
        """A new random key."""
        if algorithm == SM2:
            public, private = sm2_key_generate()
            return SoftwareKey(SM2, Secret(private + public))
        block_cipher(algorithm)
        return SoftwareKey(algorithm, Secret(self._random(KEY)))

    def adopt(self, algorithm: str, value: Secret) -> Handle:
        """A key brought from outside."""
        _check_served(algorithm)
        _check_length(algorithm, value)
        return SoftwareKey(algorithm, value)

    def keep(self, key: Handle, label: bytes) -> bytes:
        """Nonce (12) | SM4-GCM cipher text | tag (16), bound to `label`."""
        nonce = self._random(NONCE)
        machine = Cipher(SM4(self._sealing.reveal()), modes.GCM(nonce)).encryptor()
        machine.authenticate_additional_data(label)
        sealed = machine.update(_own(key).value.reveal()) + machine.finalize()
        return nonce + sealed + machine.tag

    def recall(self, algorithm: str, kept: bytes, label: bytes) -> Handle:
        """The key that `keep` sealed."""
        if len(kept) <= NONCE + TAG:
            raise StoreDamaged("A kept key is shorter than its seal. Restore the store from its backup.")
        machine = Cipher(SM4(self._sealing.reveal()), modes.GCM(kept[:NONCE], kept[-TAG:])).decryptor()
        machine.authenticate_additional_data(label)
        try:
            value = machine.update(kept[NONCE:-TAG]) + machine.finalize()
        except InvalidTag:
            raise StoreDamaged("A kept key does not fit its seal. Restore the store from its backup.") from None
        return self.adopt(algorithm, Secret(value))

    def seal(self, data: bytes) -> bytes:
        """HMAC-SM3, 32 bytes."""
        machine = HMAC(self._tagging.reveal(), SM3())
        machine.update(data)
        return machine.finalize()

    def derive(self, key: Handle, factor: bytes) -> Handle:
        """The key one level below."""
        return self._below(key, self._rules.diversify, factor)

    def session(self, key: Handle, challenge: bytes) -> Handle:
        """The session key."""
        return self._below(key, self._rules.session, challenge)

    def blocks(self, key: Handle, data: bytes) -> bytes:
        """Whole blocks, each for itself."""
        _check_blocks(key, data)
        return _machine(_own(key))(data)

    def encipher(self, key: Handle, data: bytes) -> bytes:
        """Whole blocks in the rules' mode."""
        _check_blocks(key, data)
        return ENCIPHER[self._rules.encipher](_own(key), data)

    def mac(self, key: Handle, data: bytes) -> bytes:
        """The MAC in the rules' mode."""
        return MACS[self._rules.mac](_own(key), data)[: self._rules.mac_length]

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
        machines = self._transport(transport, factors, diversified=diversified)
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
        return _own(key).value

    def _below(self, key: Handle, formula: str, factor: bytes) -> SoftwareKey:
        if len(factor) != FACTOR:
            raise OutOfShape(f"A factor or challenge has 8 bytes, this one {len(factor)}.")
        return SoftwareKey(key.algorithm, Secret(_machine(_own(key))(widen(formula, factor))))

    def _plain(self, field: Field, factors: bytes, count: int) -> wrapping.Plain:
        match field.value:
            case Derived(parent=parent):
                values, width = _machine(_own(parent))(factors), KEY
            case Same(key=key):
                values, width = _own(key).value.reveal() * count, KEY
            case Given(values=given, width=width):
                values = given.reveal()
        return wrapping.Plain(
            header=field.header, clear=field.clear, prefix=field.prefix, padded=field.padded, values=values, width=width
        )

    def _transport(self, transport: Handle, factors: bytes, *, diversified: bool) -> Callable[[int], Encipher]:
        """The encipherer of the n-th chip's transport key."""
        machine = _machine(_own(transport))
        if not diversified:
            return lambda _: machine
        own = machine(factors)
        return lambda index: _encryptor(transport.algorithm, own[index * KEY : (index + 1) * KEY])


def _own(key: Handle) -> SoftwareKey:
    if not isinstance(key, SoftwareKey):
        raise AlgorithmRefused(f"{key!r} belongs to another driver; the software driver can not use it.")
    return key


def _signing(key: Handle) -> SoftwareKey:
    if key.algorithm != SM2:
        raise AlgorithmRefused(f"A {key.algorithm} key does not sign; signing keys are SM2.")
    return _own(key)


def _machine(key: SoftwareKey) -> Encipher:
    """An encipherer for one call: the library refuses two threads at one of them."""
    return _encryptor(key.algorithm, key.value.reveal())


def _encryptor(algorithm_name: str, value: bytes) -> Encipher:
    cipher = block_cipher(algorithm_name)(value)
    return Cipher(cipher, modes.ECB()).encryptor().update  # noqa: S305 - single blocks are what the card computes


def _chained(key: SoftwareKey, data: bytes) -> bytes:
    cipher = block_cipher(key.algorithm)(key.value.reveal())
    return Cipher(cipher, modes.CBC(bytes(algorithm(key.algorithm).block))).encryptor().update(data)


def _cbc_mac(key: SoftwareKey, data: bytes) -> bytes:
    block = algorithm(key.algorithm).block
    return _chained(key, data + padding(len(data), block))[-block:]


def _cmac(key: SoftwareKey, data: bytes) -> bytes:
    machine = CMAC(block_cipher(key.algorithm)(key.value.reveal()))
    machine.update(data)
    return machine.finalize()


ENCIPHER: dict[str, Callable[[SoftwareKey, bytes], bytes]] = {
    "ECB": lambda key, data: _machine(key)(data),
    "CBC": _chained,
}
MACS: dict[str, Callable[[SoftwareKey, bytes], bytes]] = {"CBC-MAC": _cbc_mac, "CMAC": _cmac}


def _check_served(name: str) -> None:
    if name != SM2:
        block_cipher(name)


def _check_length(name: str, value: Secret) -> None:
    expected = algorithm(name).length
    if len(value) != expected:
        raise OutOfShape(f"A {name} key has {expected} bytes, this one {len(value)}.")


def _check_blocks(key: Handle, data: bytes) -> None:
    block = algorithm(key.algorithm).block
    if not data or not block or len(data) % block:
        raise OutOfShape(f"{key.algorithm} enciphers whole blocks of {block} bytes; {len(data)} bytes are none.")
