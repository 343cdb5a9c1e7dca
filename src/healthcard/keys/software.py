"""The software driver: master keys in the memory of the key service's process, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from gmssl_pyx import sm2_key_generate

from healthcard.keys.algorithms import SM2, block_cipher
from healthcard.keys.ciphering import KEY, Ciphering, SoftwareKey, check_length, check_served
from healthcard.keys.driver import Handle
from healthcard.keys.errors import StoreDamaged
from healthcard.keys.hierarchy import HIERARCHY, Rules
from healthcard.keys.secret import Secret

NONCE = 12
TAG = 16
Random = Callable[[int], bytes]


def generated(algorithm: str, random: Random) -> SoftwareKey:
    """A new key of this process, its bytes from `random`."""
    if algorithm == SM2:
        public, private = sm2_key_generate()
        return SoftwareKey(SM2, Secret(private + public))
    block_cipher(algorithm)
    return SoftwareKey(algorithm, Secret(random(KEY)))


class SoftwareDriver(Ciphering):
    """Keys as Python objects. `unlocking` (32 bytes) is what the store's passphrase became: it seals keys at rest."""

    name = "software"

    def __init__(self, unlocking: Secret, *, rules: Rules = HIERARCHY.rules, random: Random = os.urandom) -> None:
        super().__init__(rules)
        self._sealing = Secret(unlocking.reveal()[:KEY])
        self._tagging = Secret(unlocking.reveal()[KEY:])
        self._random = random

    def inside(self, algorithm: str) -> bool:
        """Never: there is no hardware."""
        return False

    def generate(self, algorithm: str) -> Handle:
        """A new random key."""
        return generated(algorithm, self._random)

    def adopt(self, algorithm: str, value: Secret) -> Handle:
        """A key brought from outside."""
        check_served(algorithm)
        check_length(algorithm, value)
        return SoftwareKey(algorithm, value)

    def keep(self, key: Handle, label: bytes) -> bytes:
        """Nonce (12) | SM4-GCM cipher text | tag (16), bound to `label`."""
        nonce = self._random(NONCE)
        machine = Cipher(SM4(self._sealing.reveal()), modes.GCM(nonce)).encryptor()
        machine.authenticate_additional_data(label)
        sealed = machine.update(self._own(key).plain().reveal()) + machine.finalize()
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
