"""The figures that boards show, as a table: each says once what it counts (tables/figures.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from healthcard.domain.lifecycle import RULES

Value = str | bool


class Subject(StrEnum):
    """What a figure counts."""

    CARDS = "cards"
    EVENTS = "events"
    APPLICATIONS = "applications"
    OUTAGES = "outages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: its words, what it counts and which of them; see the table."""

    key: str
    zh: str
    en: str
    subject: Subject
    where: Mapping[str, tuple[Value, ...]]
    events: tuple[str, ...]
    rule: str

    def holds(self, facts: Mapping[str, Value]) -> bool:
        """Whether something with these facts is counted, as far as facts tell."""
        return all(facts[name] in allowed for name, allowed in self.where.items())


def load(text: str) -> dict[str, Figure]:
    """Parse the table: key -> figure, in its order."""
    return {key: _figure(key, row) for key, row in tomllib.loads(text).items()}


def _figure(key: str, row: Mapping[str, object]) -> Figure:
    where, leads_to, events = (row.get(name, {}) for name in ("where", "leads_to", "events"))
    if not isinstance(where, dict) or not isinstance(leads_to, dict) or not isinstance(events, list | dict):
        raise TypeError(f"figure {key}: where and leads_to are tables, events a list")
    return Figure(
        key=key,
        zh=str(row["zh"]),
        en=str(row["en"]),
        subject=Subject(str(row["subject"])),
        where={fact: tuple(values) for fact, values in where.items()},
        events=tuple(events) or _leading_to(leads_to),
        rule=str(row.get("rule", "")),
    )


def _leading_to(facts: Mapping[str, Value]) -> tuple[str, ...]:
    """The events of the life-cycle table that can leave a card with these facts; () for none."""
    if not facts:
        return ()
    fits = (rule for rule in RULES.values() if all(value in rule.sets.get(fact, ()) for fact, value in facts.items()))
    return tuple(rule.name for rule in fits)


FIGURES: Mapping[str, Figure] = load(files("healthcard.domain").joinpath("tables", "figures.toml").read_text("utf-8"))
