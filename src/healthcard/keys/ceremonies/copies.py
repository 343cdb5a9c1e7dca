"""A copy of a store's keys, sealed under the backup key that the custodians hold in shares."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from healthcard.keys.ceremonies import sealed
from healthcard.keys.entries import Entry, Place
from healthcard.keys.errors import StoreDamaged, WrongPassphrase
from healthcard.keys.secret import Secret

COPY = "healthcard copy of keys"
FIELDS = frozenset({"form", "set", "mark", "number", "keys", "nonce", "sealed"})
ROW = ("level", "name", "scope", "version", "algorithm", "check", "diversified", "value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A key of a copy, with its bytes."""

    place: Place
    algorithm: str
    check: bytes
    diversified: bool
    value: Secret


def write(path: Path, backup: Secret, head: sealed.Head, keys: Iterable[tuple[Entry, Secret]]) -> str:
    """Write a copy; `head` says of which set and ceremony. SM3 of the file."""
    rows = [_row(entry, value) for entry, value in keys]
    content = json.dumps(rows).encode()
    return sealed.write(path, sealed.seal(backup, {"form": COPY, **head, "keys": len(rows)}, content))


def read(path: Path, backup: Secret) -> Iterator[Kept]:
    """The keys of a copy; raises WrongPassphrase when the shares do not make its key, StoreDamaged, StoreRefused."""
    content = sealed.unseal(backup, sealed.read(path, FIELDS))
    if content is None:
        raise WrongPassphrase(
            f"These shares do not open the copy {path.name}: too few, of another set, or the copy was altered."
        )
    for row in json.loads(content):
        if tuple(row) != ROW:
            raise StoreDamaged(f"The copy {path.name} is not what was written.")
        yield _kept(row)


def _row(entry: Entry, value: Secret) -> dict[str, object]:
    place = entry.place
    values = (place.level, place.name, place.scope, place.version, entry.algorithm, entry.check.hex())
    return dict(zip(ROW, (*values, entry.diversified, value.reveal().hex()), strict=True))


def _kept(row: dict[str, object]) -> Kept:
    texts = {name: str(row[name]) for name in ("level", "name", "scope")}
    return Kept(
        place=Place(**texts, version=int(str(row["version"]))),
        algorithm=str(row["algorithm"]),
        check=bytes.fromhex(str(row["check"])),
        diversified=row["diversified"] is True,
        value=Secret(bytes.fromhex(str(row["value"]))),
    )
