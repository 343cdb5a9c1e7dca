"""The store file: JSON, every key sealed, the whole sealed once more; what is not exactly ours is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from healthcard.keys.entries import MARKS, Entry, Place
from healthcard.keys.errors import KeysError, StoreDamaged
from healthcard.keys.unlocking import Unlocking

FORMAT = 2
BEFORE = 1  # the form without `drilled`, still read
HEAD = {"format", "mark", "driver", "salt", "cost", "lock", "keys", "seal"}
KEY = {"level", "name", "scope", "version", "algorithm", "state", "origin", "check", "kept", "diversified", "drilled"}
KEYS = {BEFORE: KEY - {"drilled"}, FORMAT: KEY}
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
    form: int = FORMAT

    def sealed_part(self) -> bytes:
        """What the seal is made over."""
        return json.dumps(self._head(), sort_keys=True, separators=(",", ":")).encode()

    def encode(self) -> bytes:
        """The file's bytes."""
        return json.dumps(self._head() | {"seal": self.seal.hex()}, indent=1).encode() + b"\n"

    def _head(self) -> dict[str, object]:
        return {
            "format": self.form,
            "mark": self.mark,
            "driver": self.driver,
            "salt": self.unlocking.salt.hex(),
            "cost": self.unlocking.cost,
            "lock": self.lock.hex(),
            "keys": [self._part(entry) for entry in self.entries],
        }

    def _part(self, entry: Entry) -> dict[str, object]:
        return {name: value for name, value in _row(entry).items() if name in KEYS[self.form]}


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
    form = _number(head, "format")
    if form not in KEYS:
        raise StoreDamaged(f"This store has format {form}; this release reads formats {BEFORE} and {FORMAT} only.")
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
        entries=tuple(_entry(_exactly(row, KEYS[form])) for row in rows),
        seal=_bytes(head, "seal"),
        form=form,
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
        drilled=_text(row, "drilled") if "drilled" in row else "",
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
        "drilled": entry.drilled,
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
