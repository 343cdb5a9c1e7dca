"""Key officers 密钥管理员: two together may let stopped making go on. Of their passphrases scrypt values are kept."""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from healthcard.keys import disk
from healthcard.keys.entries import PRODUCTION
from healthcard.keys.errors import NotAllowed, StoreDamaged
from healthcard.keys.secret import Secret
from healthcard.keys.unlocking import SALT, USUAL_COST, Unlocking

NAME = "officers.json"
SEAL = b"healthcard key officers|"
TWO = 2
Seal = Callable[[bytes], bytes]


class Officers:
    """The officers of a store, registered by a ceremony, in a file sealed by its driver. `mark` is the store's."""

    def __init__(self, path: Path, seal: Seal, mark: str) -> None:
        self._path = path
        self._seal = seal
        self._mark = mark

    def register(self, people: Mapping[str, Secret], *, cost: int = USUAL_COST) -> None:
        """Put these officers in place of those before."""
        rows = {person: _row(passphrase, cost) for person, passphrase in people.items()}
        text = json.dumps(rows, sort_keys=True)
        whole = {"officers": text, "seal": self._seal(SEAL + text.encode()).hex()}
        disk.write_private(self._path, json.dumps(whole).encode(), replace=True)

    def check(self, people: Mapping[str, Secret]) -> None:
        """Raise NotAllowed unless these are two officers with their passphrases.

        A store that is not for production may have no officers: there two names are enough.
        """
        if len(people) != TWO:
            raise NotAllowed("Two different people let the making of cards go on (第七条第三项).")
        rows = self._rows()
        if not rows and self._mark != PRODUCTION:
            return
        if not rows:
            raise NotAllowed("No key officers are registered: hold the ceremony `officers` first (第七条第三项).")
        for person, passphrase in people.items():
            if person not in rows or not _fits(rows[person], passphrase):
                raise NotAllowed(f"{person} is no key officer with this passphrase.")

    def _rows(self) -> Mapping[str, Mapping[str, str]]:
        if not self._path.exists():
            return {}
        try:
            whole = json.loads(disk.read_private(self._path))
            text, seal = str(whole["officers"]), bytes.fromhex(whole["seal"])
        except (ValueError, KeyError, TypeError):
            raise StoreDamaged(f"{self._path.name} is not what was written. Hold the ceremony `officers`.") from None
        if not hmac.compare_digest(seal, self._seal(SEAL + text.encode())):
            raise StoreDamaged(f"{self._path.name} is not what was written. Hold the ceremony `officers`.")
        rows: dict[str, dict[str, str]] = json.loads(text)
        return rows


def _row(passphrase: Secret, cost: int) -> Mapping[str, str]:
    unlocking = Unlocking(salt=os.urandom(SALT), cost=cost)
    return {"salt": unlocking.salt.hex(), "cost": str(cost), "value": unlocking.key(passphrase).reveal().hex()}


def _fits(row: Mapping[str, str], passphrase: Secret) -> bool:
    unlocking = Unlocking(salt=bytes.fromhex(row["salt"]), cost=int(row["cost"]))
    return hmac.compare_digest(unlocking.key(passphrase).reveal(), bytes.fromhex(row["value"]))
