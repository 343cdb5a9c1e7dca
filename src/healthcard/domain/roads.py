"""The two roads of changed data: what the chip can rewrite is written at the desk, what it cannot needs a new card."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType


class Road(StrEnum):
    """What a change of a field asks for."""

    RECORD = "record"
    WRITE = "write"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One field of the base data: its road and the items of the chip that show it."""

    field: str
    road: Road
    items: tuple[int, ...]
    zh: str
    en: str


WAYS: Mapping[str, Way] = MappingProxyType(
    {
        name: Way(field=name, road=Road(row["road"]), items=tuple(row["items"]), zh=row["zh"], en=row["en"])
        for name, row in tomllib.loads(
            files("healthcard.domain").joinpath("tables", "roads.toml").read_text("utf-8")
        ).items()
    }
)


def road(fields: Iterable[str]) -> Road:
    """The road that changes of all these fields take together; a field the chip does not carry asks for nothing.

    One that cannot be rewritten is enough for a new card: half a change on the old one helps nobody.
    """
    roads = {WAYS[name].road for name in fields if name in WAYS}
    return next((found for found in (Road.REPLACE, Road.WRITE) if found in roads), Road.RECORD)


def items(fields: Iterable[str]) -> tuple[int, ...]:
    """The chip's items that changes of these fields touch, in order."""
    return tuple(sorted({item for name in fields if name in WAYS for item in WAYS[name].items}))
