"""`hierarchy.toml` parsed once: which keys there are, how they come down, what each may be used for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

BACKUP = "BACKUP"
NATIONAL = "national"
PROVINCIAL = "provincial"
TRANSPORT_LEVEL = "transport"
CITY = "city"
CUSTODY = "custody"
AUDIT = "AUDIT"
ENVELOPE = "ENVELOPE"
AUTHORITY = "AUTHORITY"
ISSUE = "issue"
SERVE = "serve"
ACTIVE = "active"
RETIRED = "retired"
COMPROMISED = "compromised"
DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How keys come down and what is done with them; lengths in bytes, formulas as `F|~F`."""

    algorithm: str
    encipher: str
    mac: str
    mac_length: int
    check_length: int
    diversify: str
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level, who holds its keys, and the factor by which they come down from the level above ('' at the top)."""

    name: str
    zh: str
    holder: str
    factor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKey:
    """A key that stays at its level."""

    zh: str
    level: str
    algorithm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """Stores of which `marks` issue only with keys whose backup was tried in the last `drill_days`; when to remind."""

    marks: tuple[str, ...]
    drill_days: int
    remind_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """The whole table. `sam_levels` has the 21 card keys; `seeds` the other masters; `uses` what a state allows."""

    rules: Rules
    levels: tuple[Level, ...]
    uses: Mapping[str, frozenset[str]]
    sam_levels: Mapping[str, int]
    seeds: tuple[str, ...]
    services: Mapping[str, ServiceKey]
    transport: Mapping[str, bool]
    zh: Mapping[str, str]
    custody: Custody
    third: frozenset[str]

    @property
    def card_keys(self) -> tuple[str, ...]:
        """The 21 names, in the order of table 10-2."""
        return tuple(self.sam_levels)

    @property
    def masters(self) -> tuple[str, ...]:
        """Everything a national store holds and comes down to chips."""
        return (*self.sam_levels, *self.seeds)


def load(text: str) -> Hierarchy:
    """Parse the table; a wrong name raises KeyError or TypeError at start-up."""
    table = tomllib.loads(text)
    custody = table["custody"]
    named = {**table["keys"], **table["seeds"], **table["services"]}
    return Hierarchy(
        rules=Rules(**table["crypto"]),
        levels=tuple(Level(**row) for row in table["level"]),
        uses={state: frozenset(uses) for state, uses in table["states"].items()},
        sam_levels={name: row["sam"] for name, row in table["keys"].items()},
        seeds=tuple(table["seeds"]),
        services={name: ServiceKey(**row) for name, row in table["services"].items()},
        transport=dict(table["transport"]),
        zh={name: row["zh"] for name, row in named.items()} | {BACKUP: custody.pop("zh")},
        custody=Custody(**{**custody, "marks": tuple(custody["marks"])}),
        third=frozenset(table["third"]["names"]),
    )


HIERARCHY = load(files("healthcard.keys").joinpath("hierarchy.toml").read_text("utf-8"))
