"""What a store tells of a key without showing it."""

from __future__ import annotations

from dataclasses import dataclass

from healthcard.keys.errors import OutOfShape

DEMO, TEST, PRODUCTION = "demo", "test", "production"
MARKS = (DEMO, TEST, PRODUCTION)
GENERATED, IMPORTED = "generated", "imported"
EVERYWHERE = "*"
COUNTRY = "CN"
VERSIONS = range(1, 256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a key stands: level, name, scope (CN, first two digits of a city or `*`, a product), version 1..255."""

    level: str
    name: str
    scope: str
    version: int = 1

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise OutOfShape(f"A key version is 1..255; {self.name} can not have version {self.version}.")

    def label(self, algorithm: str) -> bytes:
        """What the seal of the key at rest is bound to, so that two keys can not be exchanged in a file."""
        return f"healthcard key|{self.level}|{self.scope}|{self.name}|{self.version}|{algorithm}".encode()

    def __str__(self) -> str:
        return f"{self.level} key {self.name} version {self.version} ({self.scope})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key in a store. `check` is its check value (3 bytes), `kept` what the driver sealed.

    `diversified` says of a lot's transport key whether each chip has its own below it. `drilled` is the day (ISO) on
    which the key was last restored from its backup to try it, '' when never. A destroyed key has nothing kept.
    """

    place: Place
    algorithm: str
    state: str
    origin: str
    check: bytes
    kept: bytes
    diversified: bool = False
    drilled: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A line of `healthcard keys status`; the check value in hex, `mark` is that of the store."""

    level: str
    name: str
    zh: str
    scope: str
    algorithm: str
    version: int
    check_value: str
    state: str
    origin: str
    mark: str
    drilled: str = ""
