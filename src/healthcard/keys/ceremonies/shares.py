"""A custodian's share on its carrier, under a passphrase that only he knows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from healthcard.keys.ceremonies import sealed
from healthcard.keys.errors import StoreDamaged, WrongPassphrase
from healthcard.keys.secret import Secret
from healthcard.keys.unlocking import SALT, USUAL_COST, Unlocking

SHARE = "healthcard share"
FIELDS = frozenset({"form", "set", "needed", "number", "holder", "carrier", "salt", "cost", "nonce", "sealed"})
KEY = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One share: of which set (version of the backup key), how many are needed, its number, who holds it on what."""

    set: int
    needed: int
    number: int
    holder: str
    carrier: str


def write(path: Path, share: Share, value: Secret, passphrase: Secret, *, cost: int = USUAL_COST) -> str:
    """Put a share on its carrier; SM3 of the file."""
    unlocking = Unlocking(salt=os.urandom(SALT), cost=cost)
    head = {
        "form": SHARE,
        "set": share.set,
        "needed": share.needed,
        "number": share.number,
        "holder": share.holder,
        "carrier": share.carrier,
        "salt": unlocking.salt.hex(),
        "cost": cost,
    }
    return sealed.write(path, sealed.seal(_key(unlocking, passphrase), head, value.reveal()))


def read(path: Path, passphrase: Secret) -> tuple[Share, Secret]:
    """The share on a carrier; raises WrongPassphrase, StoreDamaged, StoreRefused."""
    table = sealed.read(path, FIELDS)
    try:
        unlocking = Unlocking(salt=bytes.fromhex(str(table["salt"])), cost=int(str(table["cost"])))
        numbers = {name: int(str(table[name])) for name in ("set", "needed", "number")}
        value = sealed.unseal(_key(unlocking, passphrase), table)
    except ValueError:
        raise StoreDamaged(f"The share on {path} is damaged. Take another custodian's.") from None
    if value is None or len(value) != KEY:
        raise WrongPassphrase(f"The passphrase does not open the share on {path}, or the carrier was altered.")
    return Share(**numbers, holder=str(table["holder"]), carrier=str(table["carrier"])), Secret(value)


def _key(unlocking: Unlocking, passphrase: Secret) -> Secret:
    return Secret(unlocking.key(passphrase).reveal()[:KEY])
