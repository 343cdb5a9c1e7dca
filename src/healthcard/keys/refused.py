"""Keys the whole world knows: those of our own tests and of published examples. Production never takes one."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from healthcard.keys.entries import PRODUCTION, Place
from healthcard.keys.errors import StoreRefused


def load(text: str) -> dict[tuple[str, bytes], str]:
    """What each (algorithm, check value) belongs to."""
    table = tomllib.loads(text)
    return {
        (algorithm, bytes.fromhex(check)): whose for algorithm, rows in table.items() for check, whose in rows.items()
    }


REFUSED = load(files("healthcard.keys").joinpath("refused.toml").read_text("utf-8"))


def check(mark: str, place: Place, algorithm: str, check_value: bytes) -> None:
    """Raise StoreRefused when a store marked production would hold a test key."""
    whose = REFUSED.get((algorithm, check_value))
    if mark == PRODUCTION and whose is not None:
        shown = check_value.hex().upper()
        raise StoreRefused(
            f"The {place} has check value {shown}: this is a test key ({whose}), known to everybody. "
            "A production store takes no such key; generate another."
        )
