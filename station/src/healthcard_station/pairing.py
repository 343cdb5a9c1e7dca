"""What a paired station keeps: one file readable by its user alone."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

FOLDER = "HEALTHCARD_STATION_HOME"


class NotPaired(Exception):
    """There is no pairing, or its file cannot be used; the sentence says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """With whom we are paired: the workbench's address, our number there, the secret (64 hexadecimal digits)."""

    address: str
    station: int
    secret: str = field(repr=False)
    name: str = ""

    @property
    def key(self) -> bytes:
        """The secret's bytes."""
        return bytes.fromhex(self.secret)


def place() -> Path:
    """Where the file is: $HEALTHCARD_STATION_HOME, or the user's folder for such things."""
    if given := os.environ.get(FOLDER):
        return Path(given) / "pairing.json"
    roaming = os.environ.get("APPDATA")  # Windows
    return (Path(roaming) if roaming else Path.home() / ".config") / "healthcard-station" / "pairing.json"


def load(path: Path) -> Pairing:
    """The pairing kept at `path`; raises NotPaired."""
    try:
        raw = path.read_text("utf-8")
    except OSError:
        raise NotPaired("This station is not paired yet: run `healthcard-station pair ADDRESS`.") from None
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise NotPaired(f"Others may read {path}: its secret is no secret any more. Pair the station anew.")
    try:
        return Pairing(**json.loads(raw))
    except (TypeError, ValueError):
        raise NotPaired(f"{path} is no pairing of this program: pair the station anew.") from None


def save(path: Path, pairing: Pairing) -> None:
    """Keep it: whole or not at all, for this user alone (0600)."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent)  # made 0600
    with os.fdopen(number, "w", encoding="utf-8") as file:
        json.dump(asdict(pairing), file)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
