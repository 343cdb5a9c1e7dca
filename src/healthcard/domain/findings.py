"""What is wrong with a row: the column, the value masked, the broken rule, and what to do about it."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from healthcard.domain.identity import mask

SHOWN = 12  # characters of a value that a report shows at most


class Severity(StrEnum):
    """An error keeps the row out; a warning lets it in and asks somebody to look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the form with its sentences; `{detail}` in them is completed by the finding."""

    rule: str
    severity: Severity
    zh: str
    en: str
    advice_zh: str
    advice_en: str


def load(text: str) -> dict[str, Rule]:
    """Parse the table of rules: name -> rule."""
    rules: dict[str, Rule] = {}
    for line in csv.DictReader(text.splitlines()):
        severity = Severity(line.pop("severity"))
        rules[line["rule"]] = Rule(**line, severity=severity)
    return rules


RULES = load(files("healthcard.domain").joinpath("tables", "rules.csv").read_text("utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken rule in one cell. `column` is the form's heading, `value` is masked already, `rule` a key of RULES."""

    column: str
    value: str
    rule: str
    detail: str = ""

    @property
    def severity(self) -> Severity:
        """The rule's severity."""
        return RULES[self.rule].severity

    @property
    def is_error(self) -> bool:
        """Whether the row is kept out."""
        return RULES[self.rule].severity is Severity.ERROR

    def sentence(self, language: str = "zh") -> str:
        """What is wrong, in "zh" or "en"."""
        rule = RULES[self.rule]
        return (rule.zh if language == "zh" else rule.en).replace("{detail}", self.detail)

    def advice(self, language: str = "zh") -> str:
        """What to do about it, in "zh" or "en"."""
        rule = RULES[self.rule]
        return rule.advice_zh if language == "zh" else rule.advice_en


_DIGITS = re.compile(r"[0-9０-９][0-9０-９xXＸｘ\-—\s]{4,}")


def veil(text: str) -> str:
    """A value fit for a report: at most 12 characters, longer runs of digits starred, control characters dropped."""
    visible = "".join(char if char.isprintable() else "?" for char in text[: 4 * SHOWN])
    starred = _DIGITS.sub(lambda run: mask(run.group()), visible)
    return starred if len(starred) <= SHOWN else starred[: SHOWN - 1] + "…"
