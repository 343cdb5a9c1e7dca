"""The table itself, read once from rules.toml, and what it says to an event."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files

from healthcard.domain.lifecycle.facts import Facts
from healthcard.domain.lifecycle.states import called

Value = str | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A condition beyond the facts of one card, as it is told to whoever is refused."""

    name: str
    zh: str
    en: str
    article: str
    advice_zh: str
    advice_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row: see rules.toml."""

    name: str
    zh: str
    en: str
    article: str
    requires: Mapping[str, frozenset[Value]]
    sets: Mapping[str, tuple[Value, ...]]
    carries: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()


class TransitionRefused(Exception):
    """A rule stands against an act: which one, of which article, the facts it looked at, and what to do."""

    def __init__(self, guard: Guard, **facts: object) -> None:
        """`facts` are those the rule looked at; nothing that identifies anybody."""
        super().__init__(f"{guard.zh}（{guard.article}）：{guard.advice_zh} · {guard.en}: {guard.advice_en}")
        self.rule = guard.name
        self.guard = guard
        self.facts = facts


def _load(text: str) -> tuple[dict[str, Rule], dict[str, Guard], dict[str, frozenset[str]], dict[str, list[Value]]]:
    table = tomllib.loads(text)
    rules = {row["name"]: _rule(row) for row in table["event"]}
    guards = {name: Guard(name=name, **words) for name, words in table["guard"].items()}
    steps = {row["from"]: frozenset(row["to"]) for row in table["step"]}
    return rules, guards, steps, table["facts"]


def _rule(row: Mapping[str, object]) -> Rule:
    given = dict(row)
    requires, sets = given.pop("requires"), given.pop("sets")
    if not isinstance(requires, dict) or not isinstance(sets, dict):
        raise TypeError(f"rule {given['name']}: requires and sets are tables")
    carries, guards = (tuple(map(str, _listed(given.pop(name, [])))) for name in ("carries", "guards"))
    return Rule(
        **{name: str(value) for name, value in given.items()},
        requires={fact: frozenset(values) for fact, values in requires.items()},
        sets={fact: tuple(values) for fact, values in sets.items()},
        carries=carries,
        guards=guards,
    )


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} should be a list")
    return value


RULES, GUARDS, STEPS, VALUES = _load(files("healthcard.domain.lifecycle").joinpath("rules.toml").read_text("utf-8"))


def refusal(facts: Facts, event: str) -> TransitionRefused | None:
    """Why the facts of a card do not allow `event`; None when they do. Raises KeyError for an unknown event."""
    rule = RULES[event]
    wrong = {fact: facts.get(fact) for fact, allowed in rule.requires.items() if facts.get(fact) not in allowed}
    if not wrong:
        return None
    wanted = {fact: sorted(map(str, rule.requires[fact])) for fact in wrong}
    states = [called(fact, value) for fact, value in wrong.items()]
    guard = Guard(
        name=f"lifecycle.{event}",
        zh=f"“{rule.zh}”与卡的状态不符（{'、'.join(each.zh for each in states)}）",
        en=f"the card's state does not allow “{rule.en}” ({', '.join(each.en for each in states)})",
        article=rule.article,
        advice_zh="查看此卡现在可以办理的业务",
        advice_en="look at what may be done with this card now",
    )
    return TransitionRefused(guard, is_now=wrong, wanted=wanted)


def apply(facts: Facts, event: str, changes: Mapping[str, object] | None = None) -> Facts:
    """The facts after `event`; `changes` choose where a row leaves a choice, and bring what it carries.

    Raises TransitionRefused, KeyError for an unknown event, ValueError for a choice the row does not offer.
    """
    if refused := refusal(facts, event):
        raise refused
    rule, given = RULES[event], dict(changes or {})
    after = {fact: _chosen(event, fact, offered, given) for fact, offered in rule.sets.items()}
    carried = {name: given.pop(name) for name in rule.carries if name in given}
    if given:
        raise ValueError(f"event {event} does not bring {', '.join(sorted(given))}")
    if "loss_until" in rule.carries:
        carried.setdefault("loss_until", None)
    known = {name: value for name, value in carried.items() if name in Facts.__dataclass_fields__}
    return replace(facts, **after, **known)  # type: ignore[arg-type] # the table's values are of the facts' types


def _chosen(event: str, fact: str, offered: tuple[Value, ...], given: dict[str, object]) -> Value:
    if fact not in given:
        if len(offered) == 1:
            return offered[0]
        raise ValueError(f"event {event} leaves a choice of {fact}: one of {offered}")
    value = given.pop(fact)
    for each in offered:
        if each == value:
            return each
    raise ValueError(f"event {event} does not leave {fact} {value!r}: one of {offered}")


def applicable(facts: Facts) -> tuple[Rule, ...]:
    """The rows these facts allow; their guards are still to be asked."""
    return tuple(rule for rule in RULES.values() if refusal(facts, rule.name) is None)


def require(guard: str, holds: bool, **facts: object) -> None:
    """Raise TransitionRefused with the words of `guard` unless it holds."""
    if not holds:
        raise TransitionRefused(GUARDS[guard], **facts)


def require_step(before: str, after: str) -> None:
    """Raise TransitionRefused unless an application may go from state `before` to `after`."""
    if after not in STEPS.get(before, frozenset()):
        was, wanted = called("application", before), called("application", after)
        guard = Guard(
            name="application.step",
            zh=f"申请不能从“{was.zh}”变为“{wanted.zh}”",
            en=f"an application does not go from “{was.en}” to “{wanted.en}”",
            article="12",
            advice_zh="查看申请现在的状态",
            advice_en="look at the application's present state",
        )
        raise TransitionRefused(guard, state=before)
