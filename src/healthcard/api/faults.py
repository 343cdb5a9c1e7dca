"""What is wrong with a request before any service sees it: fields that are wrong, bodies that cannot be read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ninja.errors import ValidationError

from healthcard.domain.forms import FormRefused, Problem
from healthcard.services.errors import Invalid

MOST = 50  # fields named in one answer
LONGEST = 80  # characters of a name that is told back


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One field that is wrong: where it stands (body, query, path, header), its name, and why. Never its value."""

    place: str
    name: str
    zh: str
    en: str

    def members(self) -> dict[str, str]:
        """As it goes out."""
        return {"in": self.place, "name": self.name[:LONGEST], "problem": self.zh, "problem_en": self.en}


class Misread(Exception):
    """A request that cannot be read; `kind` is its kind of problem, the words are that kind's when empty."""

    def __init__(self, kind: str, zh: str = "", en: str = "") -> None:
        super().__init__(en or kind)
        self.kind = kind
        self.zh = zh
        self.en = en


class Unknown(Exception):
    """Parameters that are not declared, or come twice."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(", ".join(fault.name for fault in self.faults))


def fault(place: str, name: str, kind: str, en: str) -> Fault:
    """A fault whose Chinese words are those of its kind."""
    words = _words()
    return Fault(place=place, name=name, zh=words.get(kind, words["other"]), en=en)


def of(error: Exception) -> tuple[Fault, ...]:
    """The fields that an error speaks of."""
    if isinstance(error, Invalid):
        return (Fault(place="body", name=error.field, zh=error.zh, en=str(error)),)
    if isinstance(error, FormRefused):
        return tuple(_of_form(problem) for problem in error.problems[:MOST])
    if isinstance(error, Unknown):
        return error.faults[:MOST]
    if isinstance(error, ValidationError):
        return tuple(_one(row) for row in error.errors[:MOST])
    raise TypeError(f"{type(error).__name__} names no fields")


def _of_form(found: Problem) -> Fault:
    zh, en = f"{found.label}：{found.zh}；{found.advice_zh}", f"{found.en}; {found.advice_en}"
    return Fault(place="body", name=f"form.{found.field}", zh=zh, en=en)


def _one(row: Mapping[str, Any]) -> Fault:
    """From an entry of the validator's list; the name of the handler's own argument is nobody's business."""
    place, *path = (str(part) for part in row["loc"])
    names = path[1:] if place == "body" else path
    return fault(place, ".".join(names), str(row["type"]), str(row["msg"]))


@cache
def _words() -> Mapping[str, str]:
    table: dict[str, dict[str, str]] = tomllib.loads(
        files("healthcard.api").joinpath("problems.toml").read_text("utf-8")
    )
    return table["fields"]
