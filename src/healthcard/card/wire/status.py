"""Status words and their meaning, from `status.toml`: one general table and one for each command."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

OK = 0x9000


@cache
def meaning(sw: int, ins: int | None = None) -> str:
    """The sentence for status word `sw`, as command `ins` means it; unlisted words say so."""
    own = _table()["command"].get(f"{ins:02X}", {}) if ins is not None else {}
    return _find(own, sw) or _find(_table()["general"], sw) or "a status word no table knows"


@cache
def command_name(ins: int) -> str:
    """The name of the command with this instruction byte."""
    return str(_table()["command"].get(f"{ins:02X}", {}).get("name", f"command {ins:02X}"))


def is_more(sw: int) -> bool:
    """SW2 bytes wait for GET RESPONSE."""
    return sw >> 8 == 0x61


def is_wrong_le(sw: int) -> bool:
    """SW2 is the right Le."""
    return sw >> 8 == 0x6C


def tries_left(sw: int) -> int | None:
    """The tries left in a 63Cx word, else None."""
    return sw & 0xF if sw & 0xFFF0 == 0x63C0 else None


def _find(table: Mapping[str, str], sw: int) -> str | None:
    word = f"{sw:04X}"
    return next((text for pattern, text in table.items() if _fits(pattern, word)), None)


def _fits(pattern: str, word: str) -> bool:
    return len(pattern) == len(word) and all(p in ("x", w) for p, w in zip(pattern, word, strict=True))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("healthcard.card.wire").joinpath("status.toml").read_text("utf-8"))
