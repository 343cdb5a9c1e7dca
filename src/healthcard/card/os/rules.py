"""The table `rules.toml`: what is forbidden at which stage of a chip's life, parsed once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from healthcard.card.os.files import Block, Usage
from healthcard.card.os.state import Life


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`life`: stages of the commands that have not all. `blocked`: commands left while an application is blocked."""

    life: dict[str, frozenset[Life]]
    blocked: dict[Block, frozenset[str]]
    external: frozenset[Usage]
    while_blocked: frozenset[Usage]
    mac_costs_a_try: bool


def load(text: str) -> Rules:
    """Parse the table; an unknown stage or usage raises ValueError or KeyError."""
    table = tomllib.loads(text)
    authentication = table["authentication"]
    return Rules(
        life={command: frozenset(Life(stage) for stage in stages) for command, stages in table["life"].items()},
        blocked={Block[kind.upper()]: frozenset(commands) for kind, commands in table["blocked"].items()},
        external=frozenset(Usage[name] for name in authentication["external"]),
        while_blocked=frozenset(Usage[name] for name in authentication["while_blocked"]),
        mac_costs_a_try=table["mac"]["costs_a_try"],
    )


RULES = load(files("healthcard.card.os").joinpath("rules.toml").read_text("utf-8"))
