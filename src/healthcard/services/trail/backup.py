"""Backups: the database, the key store and its anchors in one folder, with the SM3 sum of each file.

Chips are no part of it: a card is in its holder's hand, and what it became there no backup takes back.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from healthcard.services import processes
from healthcard.services.errors import ServiceError
from healthcard.services.ports import Installation

MANIFEST = "manifest.json"
DATABASE = "database.dump"
KEYS = "keys"
FORMAT = 1


class BackupRefused(ServiceError):
    """A backup can not be made there, or is not what was written."""


def make(installation: Installation, folder: Path) -> dict[str, str]:
    """Write a backup into the new or empty `folder`; the files and their sums. Raises BackupRefused.

    Keys and anchors are copied first: so the database of a backup is never older than its anchors.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BackupRefused(f"{folder} is not empty: a backup wants a folder of its own.")
    (folder / KEYS).mkdir(mode=0o700)
    for path in sorted(installation.state.keys.iterdir()):
        if path.is_file():
            _copy(path, folder / KEYS / path.name)
    installation.set_up_django()
    with installation.database():
        installation.dump_database(folder / DATABASE)
    sums = {str(path.relative_to(folder)): _sum(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps({"format": FORMAT, "at": at, "files": sums}, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", "utf-8")
    (folder / MANIFEST).chmod(0o600)
    return sums


def check(folder: Path) -> dict[str, str]:
    """The files of a backup; raises BackupRefused when one is missing or changed."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        files: dict[str, str] = dict(manifest["files"])
        wrong = [name for name, value in files.items() if _sum(folder / name) != value]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupRefused(f"{folder} holds no whole backup ({type(error).__name__}). Take another one.") from None
    if wrong or manifest["format"] != FORMAT:
        raise BackupRefused(f"{folder} is not what was written: {', '.join(wrong) or 'another format'}.")
    return files


def restore(installation: Installation, folder: Path) -> Iterator[str]:
    """Fill an installation that has no database yet; tells what it does. Raises BackupRefused.

    A key store that is there already stays: it is the living one, and its anchors are newer than the backup.
    """
    files = check(folder)
    if installation.embedded and installation.has_database:  # a server of the operator's own refuses by itself
        home = installation.state.home
        raise BackupRefused(f"{home} has a database already. Restore into an empty HEALTHCARD_HOME. Nothing was done.")
    installation.state.ensure()
    if processes.store(installation.state).exists():
        yield "The key store that is there stays, with its anchors."
    else:
        for name in files:
            if Path(name).parent.name == KEYS:
                _copy(folder / name, installation.state.keys / Path(name).name)
        yield "Key store and anchors are restored."
    if not installation.production:
        processes.prepare_demo_keys(installation.state)  # the vault of virtual chips, and whose the store is
    installation.restore_database(folder / DATABASE)
    yield "The database is restored."


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as file, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to:
        shutil.copyfileobj(file, to)
        to.flush()
        os.fsync(to.fileno())


def _sum(path: Path) -> str:
    machine = hashlib.new("sm3")
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            machine.update(part)
    return machine.hexdigest()
