"""What a card is verified for, in which step of a visit (第三条): a table."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType


class Purpose(StrEnum):
    """预防、医疗、保健、康复."""

    PREVENTION = "prevention"
    TREATMENT = "treatment"
    CARE = "care"
    REHABILITATION = "rehabilitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A purpose or a step in both languages."""

    zh: str
    en: str


_TABLE = tomllib.loads(files("healthcard.domain").joinpath("tables", "purposes.toml").read_text("utf-8"))
PURPOSES: Mapping[Purpose, Words] = MappingProxyType(
    {Purpose(name): Words(zh=row["zh"], en=row["en"]) for name, row in _TABLE.items()}
)
STEPS: Mapping[Purpose, Mapping[str, Words]] = MappingProxyType(
    {
        Purpose(name): MappingProxyType({step: Words(**words) for step, words in row["step"].items()})
        for name, row in _TABLE.items()
    }
)
