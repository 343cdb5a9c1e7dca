"""The life of an admission or a filing: the table `procedure.toml`, and what it says to an act."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from healthcard.domain.lifecycle import Guard, TransitionRefused
from healthcard.domain.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a state is called."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A kind of supplier or product; see the table."""

    name: str
    zh: str
    en: str
    article: str
    filed: bool
    rests_on: str = ""
    report: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One row: see the table. An empty `step` is that of a dossier which begins with this act."""

    name: str
    zh: str
    en: str
    article: str
    permission: Permission
    step: tuple[str, ...]
    standing: tuple[str, ...]
    sets: Mapping[str, str]
    another: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    text: bool = False
    content: bool = False
    certificate: bool = False
    ordered: bool = False


def checks(rows: Mapping[str, Mapping[str, str]]) -> Mapping[str, Guard]:
    """Parse the words of checks: name -> guard."""
    return MappingProxyType({name: Guard(name=name, **words) for name, words in rows.items()})


_TABLE: Mapping[str, Any] = tomllib.loads(  # parsed TOML, typed by what is made of it below
    files("healthcard.domain.admission").joinpath("procedure.toml").read_text("utf-8")
)


def _act(name: str, row: Mapping[str, Any]) -> Act:
    flags = {key: bool(row.get(key)) for key in ("text", "content", "certificate", "ordered")}
    return Act(
        name=name,
        zh=row["zh"],
        en=row["en"],
        article=row["article"],
        permission=Permission(row["permission"]),
        step=tuple(row["step"]),
        standing=tuple(row["standing"]),
        sets=MappingProxyType(dict(row["sets"])),
        another=tuple(row.get("another", ())),
        checks=tuple(row.get("checks", ())),
        **flags,
    )


ACTS: Mapping[str, Act] = MappingProxyType({name: _act(name, row) for name, row in _TABLE["act"].items()})
FIELDS: Mapping[str, Field] = MappingProxyType({name: Field(name=name, **row) for name, row in _TABLE["field"].items()})
CHECKS = checks(_TABLE["check"])
WORDS: Mapping[str, Mapping[str, Word]] = MappingProxyType(
    {
        kind: MappingProxyType({name: Word(**row) for name, row in _TABLE[kind].items()})
        for kind in ("steps", "standings", "purposes", "kinds")
    }
)
RENEWAL_OPENS = timedelta(days=_TABLE["renewal_opens_days"])
LONGEST_YEARS: int = _TABLE["longest_validity_years"]


def require(check: str, holds: bool, **facts: object) -> None:
    """Raise TransitionRefused with the words of `check` unless it holds."""
    if not holds:
        raise TransitionRefused(CHECKS[check], **facts)


def require_act(name: str, step: str, standing: str) -> Act:
    """The row of an act, which these facts have to allow. Raises TransitionRefused, KeyError for an unknown act."""
    act = ACTS[name]
    if allows(act, step, standing):
        return act
    steps, standings = WORDS["steps"], WORDS["standings"]
    zh = "、".join(words.zh for words in (steps.get(step), standings.get(standing)) if words)
    en = ", ".join(words.en for words in (steps.get(step), standings.get(standing)) if words)
    guard = Guard(
        name=f"admission.{name}",
        zh=f"“{act.zh}”与案卷的状态不符（{zh}）",
        en=f"the dossier's state does not allow “{act.en}” ({en})",
        article=act.article,
        advice_zh="查看此案卷现在可以办理的事项",
        advice_en="look at what may be done with this dossier now",
    )
    raise TransitionRefused(guard, step=step, standing=standing)


def allows(act: Act, step: str, standing: str) -> bool:
    """Whether a dossier with these facts allows `act`."""
    return (step in act.step if act.step else not step) and standing in act.standing


def applicable(step: str, standing: str) -> tuple[Act, ...]:
    """The acts these facts allow."""
    return tuple(act for act in ACTS.values() if allows(act, step, standing))


def renewable(last_day: date, today: date) -> bool:
    """Whether a certificate that counts until `last_day` is renewed on `today`."""
    return last_day - RENEWAL_OPENS <= today <= last_day


def term_fits(first_day: date, last_day: date) -> bool:
    """Whether a certificate may count from `first_day` to `last_day`."""
    longest = first_day.replace(year=first_day.year + LONGEST_YEARS, day=min(first_day.day, 28))
    return first_day < last_day <= longest
