"""From the passphrase somebody types to the key that opens the store: scrypt (RFC 7914)."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from healthcard.keys.errors import StoreDamaged
from healthcard.keys.secret import Secret

SALT = 16
LENGTH = 32
USUAL_COST = 2**16
COSTS = {2**exponent for exponent in range(14, 21)}  # below it is too cheap to guess, above nobody can open it
BLOCK_SIZE = 8
PARALLEL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlocking:
    """Salt (16 bytes) and cost of one store."""

    salt: bytes
    cost: int = USUAL_COST

    def __post_init__(self) -> None:
        if len(self.salt) != SALT or self.cost not in COSTS:
            raise StoreDamaged("The store's salt or cost is not one we write. Restore the store from its backup.")

    def key(self, passphrase: Secret) -> Secret:
        """32 bytes: 16 to seal keys, 16 to seal the file. Takes a fraction of a second and 64 MiB on purpose."""
        machine = Scrypt(salt=self.salt, length=LENGTH, n=self.cost, r=BLOCK_SIZE, p=PARALLEL)
        return Secret(machine.derive(passphrase.reveal()))
