"""The gates before making and issue: the table `gates.toml`, and the refusal of the first check that fails."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from healthcard.domain.admission.procedure import checks
from healthcard.domain.lifecycle import TransitionRefused

_TABLE = tomllib.loads(files("healthcard.domain.admission").joinpath("gates.toml").read_text("utf-8"))

CHECKS = checks(_TABLE["check"])
GATES: Mapping[str, tuple[str, ...]] = MappingProxyType({name: tuple(those) for name, those in _TABLE["gate"].items()})


def require(gate: str, holds: Mapping[str, bool], **facts: object) -> None:
    """Raise TransitionRefused for the first check of `gate` that does not hold; KeyError for one nobody answered."""
    for check in GATES[gate]:
        if not holds[check]:
            raise TransitionRefused(CHECKS[check], gate=gate, **facts)


def open_checks(gate: str, holds: Mapping[str, bool]) -> tuple[str, ...]:
    """The checks of `gate` that do not hold, in the order asked."""
    return tuple(check for check in GATES[gate] if not holds[check])
