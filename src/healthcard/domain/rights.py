"""What a person can ask about his own data, and how long each kind of record is kept (个人信息保护法)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType

from healthcard.domain.calendar import add_years
from healthcard.domain.evidence import Presenter
from healthcard.domain.parameters import Parameters


class End(StrEnum):
    """What becomes of a record when its time is over."""

    DELETE = "delete"
    DESTROY_KEY = "destroy_key"  # sealed data that nobody can open any more; what hangs on them stays whole
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One thing a person can ask: what he gets, who may ask it, and what the answer cannot touch."""

    name: str
    zh: str
    en: str
    article: str
    by: tuple[Presenter, ...]
    gives_zh: str
    gives_en: str
    limits_zh: str = ""
    limits_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long one kind of record is kept: the parameter that says it, from which day, and what happens then."""

    record: str
    zh: str
    en: str
    since: str
    parameter: str
    unit: str
    end: End


_TABLE = tomllib.loads(files("healthcard.domain").joinpath("tables", "rights.toml").read_text("utf-8"))
RIGHTS: Mapping[str, Right] = MappingProxyType(
    {name: Right(name=name, by=tuple(map(Presenter, row.pop("by"))), **row) for name, row in _TABLE["right"].items()}
)
RETENTIONS: Mapping[str, Retention] = MappingProxyType(
    {name: Retention(record=name, end=End(row.pop("end")), **row) for name, row in _TABLE["record"].items()}
)


def may_ask(right: str, by: Presenter | str) -> bool:
    """Whether `by` may ask for `right`; relatives ask for the dead alone (第四十九条). KeyError for no right."""
    return Presenter(by) in RIGHTS[right].by


def kept_until(record: str, since: date, parameters: Parameters) -> date | None:
    """The last day on which a record that began to age on `since` is kept, None = for ever; KeyError if unknown."""
    rule = RETENTIONS[record]
    if rule.end is End.NEVER:
        return None
    length = parameters.number(rule.parameter)
    return add_years(since, length) if rule.unit == "years" else since + timedelta(days=length)
