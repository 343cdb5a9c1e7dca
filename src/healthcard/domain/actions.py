"""What acts are called in the audit, in words: a table."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An act's name in the audit ("loss.accept") and its words."""

    action: str
    zh: str
    en: str


def load(text: str) -> dict[str, Action]:
    """Parse the table: name -> action."""
    return {line["action"]: Action(**line) for line in csv.DictReader(text.splitlines())}


ACTIONS: Mapping[str, Action] = load(files("healthcard.domain").joinpath("tables", "actions.csv").read_text("utf-8"))


def words(action: str) -> Action:
    """The words of an act; one that older versions knew stays as it was called."""
    return ACTIONS.get(action) or Action(action=action, zh=action, en=action)
