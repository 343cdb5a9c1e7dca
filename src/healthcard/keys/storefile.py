"""The store file: JSON, every key sealed, the whole sealed once more; what is not exactly ours is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from healthcard.keys.entries import MARKS, Entry, Place
from healthcard.keys.errors import KeysError, StoreDamaged
from healthcard.keys.unlocking import Unlocking

FORMAT = 1
HEAD = {"format", "mark", "driver", "salt", "cost", "lock", "keys", "seal"}
KEY = {"level", "name", "scope", "version", "algorithm", "state", "origin", "check", "kept", "diversified"}
DAMAGED = "The key store is not what was written: {}. Restore it from its backup."
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFile:
    """A store as it lies on the disk. `lock` tells a wrong passphrase from a damaged file; `seal` covers all else."""

    mark: str
    driver: str
    unlocking: Unlocking
    lock: bytes
    entries: Sequence[Entry]
    seal: bytes = b""

    def sealed_part(self) -> bytes:
        """What the seal is made over."""
        return json.dumps(self._head(), sort_keys=True, separators=(",", ":")).encode()

    def encode(self) -> bytes:
        """The file's bytes."""
        return json.dumps(self._head() | {"seal": self.seal.hex()}, indent=1).encode() + b"\n"

    def _head(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "mark": self.mark,
            "driver": self.driver,
            "salt": self.unlocking.salt.hex(),
            "cost": self.unlocking.cost,
            "lock": self.lock.hex(),
            "keys": [_row(entry) for entry in self.entries],
        }


def decode(data: bytes) -> StoreFile:
    """Parse a store file; raises StoreDamaged."""
    try:
        head = json.loads(data)
        return _file(_exactly(head, HEAD))
    except StoreDamaged:
        raise
    except (ValueError, KeyError, TypeError, RecursionError, KeysError) as error:
        raise StoreDamaged(DAMAGED.format(f"it does not parse ({type(error).__name__})")) from None


def _file(head: Json) -> StoreFile:
    if head["format"] != FORMAT:
        raise StoreDamaged(f"This store has format {head['format']}; this release reads format {FORMAT} only.")
    if head["mark"] not in MARKS:
        raise StoreDamaged(DAMAGED.format("its mark is unknown"))
    rows = head["keys"]
    if not isinstance(rows, list):
        raise StoreDamaged(DAMAGED.format("its keys are no list"))
    return StoreFile(
        mark=_text(head, "mark"),
        driver=_text(head, "driver"),
        unlocking=Unlocking(salt=_bytes(head, "salt"), cost=_number(head, "cost")),
        lock=_bytes(head, "lock"),
        entries=tuple(_entry(_exactly(row, KEY)) for row in rows),
        seal=_bytes(head, "seal"),
    )


def _entry(row: Json) -> Entry:
    place = Place(
        level=_text(row, "level"), name=_text(row, "name"), scope=_text(row, "scope"), version=_number(row, "version")
    )
    return Entry(
        place=place,
        algorithm=_text(row, "algorithm"),
        state=_text(row, "state"),
        origin=_text(row, "origin"),
        check=_bytes(row, "check"),
        kept=_bytes(row, "kept"),
        diversified=row["diversified"] is True,
    )


def _row(entry: Entry) -> dict[str, object]:
    place = entry.place
    return {
        "level": place.level,
        "name": place.name,
        "scope": place.scope,
        "version": place.version,
        "algorithm": entry.algorithm,
        "state": entry.state,
        "origin": entry.origin,
        "check": entry.check.hex(),
        "kept": entry.kept.hex(),
        "diversified": entry.diversified,
    }


def _exactly(row: object, names: set[str]) -> Json:
    if not isinstance(row, dict) or row.keys() != names:
        raise StoreDamaged(DAMAGED.format("a part has not the fields it should have"))
    return row


def _text(row: Json, name: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise StoreDamaged(DAMAGED.format(f"{name} is no text"))
    return value


def _number(row: Json, name: str) -> int:
    value = row[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise StoreDamaged(DAMAGED.format(f"{name} is no number"))
    return value


def _bytes(row: Json, name: str) -> bytes:
    return bytes.fromhex(_text(row, name))
