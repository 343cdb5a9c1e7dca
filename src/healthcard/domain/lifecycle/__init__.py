"""The life of a card as one table: which event may follow which facts, what it leaves, and whether a card is usable."""

from healthcard.domain.lifecycle.facts import INITIAL, Facts, Kind, Usability, usable
from healthcard.domain.lifecycle.rules import (
    GUARDS,
    RULES,
    STEPS,
    Guard,
    Rule,
    TransitionRefused,
    applicable,
    apply,
    refusal,
    require,
    require_step,
)

__all__ = [
    "GUARDS",
    "INITIAL",
    "RULES",
    "STEPS",
    "Facts",
    "Guard",
    "Kind",
    "Rule",
    "TransitionRefused",
    "Usability",
    "applicable",
    "apply",
    "refusal",
    "require",
    "require_step",
    "usable",
]
