"""Why a card may not be used, in words for institutions: a table."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason class: what it means and what to do at the counter."""

    zh: str
    en: str
    do_zh: str
    do_en: str


REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        name: Reason(**row)
        for name, row in tomllib.loads(
            files("healthcard.domain").joinpath("tables", "reasons.toml").read_text("utf-8")
        ).items()
    }
)
