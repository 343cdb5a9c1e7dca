"""Administrative divisions by GB/T 2260 from province to county, those of today and those that were (since 1980).

A citizen number keeps the code of the place and time of its first registration, so a code that ended long ago is right
there. Data: tables/divisions.csv with its notice.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_CODE = re.compile(r"[1-9][0-9]{5}")
# the districts of a city as a whole (市辖区), counties of a municipality (县), what a province runs itself: in citizen
# numbers of some cities (440301), in no list of divisions
_COLLECTIVE = frozenset({"01", "02", "90"})
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """One name of one code; years are None where the table does not know them or the division is in force."""

    code: str
    name: str
    first_year: int | None
    end_year: int | None

    @property
    def is_in_force(self) -> bool:
        """Whether it exists today."""
        return self.end_year is None


@cache
def history() -> dict[str, tuple[Division, ...]]:
    """Every code with its names, the latest last."""
    text = files("healthcard.domain").joinpath("tables", "divisions.csv").read_text("utf-8")
    found: dict[str, list[Division]] = {}
    for line in csv.DictReader(text.splitlines()):
        found.setdefault(line["code"], []).append(
            Division(
                code=line["code"],
                name=line["name"],
                first_year=int(line["from"]) if line["from"] else None,
                end_year=int(line["to"]) if line["to"] else None,
            )
        )
    return {code: tuple(names) for code, names in found.items()}


def division(code: str) -> Division | None:
    """The division with `code` (six digits): the one in force, else the last that had it; None for no such code."""
    names = history().get(code)
    return names[-1] if names else None


def is_in_force(code: str) -> bool:
    """Whether `code` is a division's today: what organisations and addresses must have."""
    found = division(code)
    return found is not None and found.is_in_force


def was_ever(code: str) -> bool:
    """Whether `code` is or ever was a division's, or one of the collective codes that citizen numbers use."""
    return code in history() or _is_collective(code)


def _is_collective(code: str) -> bool:
    if not _CODE.fullmatch(code):
        return False
    above = parent(code)
    below_city = code[4:] == "01" and above in history()
    return below_city or (code[:2] in _MUNICIPALITIES and code[2:4] in _COLLECTIVE and code[4:] == "00")


def parent(code: str) -> str:
    """The code one level up by the code's own digits, which may be no division's; '' above a province."""
    if code[4:] != "00":
        return f"{code[:4]}00"
    return f"{code[:2]}0000" if code[2:4] != "00" else ""


def contains(upper: str, lower: str) -> bool:
    """Whether `lower` lies in `upper` or is it, by the digits alone."""
    stem = upper[:2] if upper[2:] == "0000" else upper[:4] if upper[4:] == "00" else upper
    return lower.startswith(stem)


def full_name(code: str) -> str:
    """Province, city and county of `code` in one line ('' = no such code); levels without a division are left out."""
    steps = [division(step) for step in dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00", code))]
    return "".join(step.name for step in steps if step) if division(code) else ""


def children(code: str) -> tuple[Division, ...]:
    """The divisions in force right below `code` ('' = the provinces), by code."""
    found = (division(below) for below in sorted(history()))
    return tuple(below for below in found if below and below.is_in_force and _above(below.code) == code)


def _above(code: str) -> str:
    """The nearest division above `code` that is in force: counties may hang below a province (省直辖)."""
    above = parent(code)
    return above if not above or is_in_force(above) else _above(above)
