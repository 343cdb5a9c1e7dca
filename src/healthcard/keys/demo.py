"""A demo store unlocks itself: its passphrase lies beside it. That is why its keys are worth nothing, and say so."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

from healthcard.keys import disk
from healthcard.keys.entries import DEMO
from healthcard.keys.founding import found
from healthcard.keys.hierarchy import HIERARCHY
from healthcard.keys.secret import Secret
from healthcard.keys.store import KeyStore

log = logging.getLogger("healthcard.keys")
ANNOUNCEMENT = (
    "DEMO KEYS: generated on this machine, unlocked by a file beside the store. Never make real cards with them."
)


def prepare(path: Path, algorithm: str = HIERARCHY.rules.algorithm) -> Secret:
    """The passphrase of the demo store at `path`; the store is made, and loudly announced, when there is none yet.

    A passphrase that is there already is never replaced: the new store gets it too, so that an older store of this
    place still opens when it is put back. Raises StoreRefused when a file is in the way or not private.
    """
    beside = passphrase_file(path)
    if not path.exists() and not beside.exists():
        disk.write_private(beside, secrets.token_urlsafe(24).encode() + b"\n", replace=False)
    passphrase = Secret(disk.read_private(beside).strip())
    if path.exists():
        return passphrase
    store = KeyStore.create(path, DEMO, passphrase)
    found(store, algorithm)
    log.warning("%s store=%s", ANNOUNCEMENT, path)
    return passphrase


def passphrase_file(path: Path) -> Path:
    """Where the passphrase of a demo store lies."""
    return path.with_name(f"{path.name}.passphrase")
