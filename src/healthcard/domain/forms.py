"""The application forms: 附表 1 to 4 field by field, ours where the Measures print none, and what a filled one holds.

The clerk enters what the applicant declares. Name, numbers, the old card and the day of a loss come from the record,
day and review from the act: nobody types them, so nobody mistypes them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from types import MappingProxyType

from healthcard.domain import entries, findings
from healthcard.domain.entries import Entry
from healthcard.domain.findings import Rule, veil
from healthcard.domain.form_fields import Field, field_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form. `kind` is the application's kind, `number` the form's in the Measures ('' = ours, not on paper)."""

    kind: str
    number: str
    zh: str
    en: str
    paper: bool
    article: str
    fields: tuple[Field, ...]

    def field(self, key: str) -> Field:
        """The field `key`; KeyError for one that is not on the form."""
        return next((field for field in self.fields if field.key == key), None) or _missing(key)

    @property
    def entered(self) -> tuple[Field, ...]:
        """The fields the desk enters, in the form's order."""
        return tuple(field for field in self.fields if field.is_entered)


def _missing(key: str) -> Field:
    raise KeyError(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one field: its key and label, the broken rule, words and advice. Holds no value entered."""

    field: str
    label: str
    rule: str
    zh: str
    en: str
    advice_zh: str
    advice_en: str


class FormRefused(ValueError):
    """A form that cannot be accepted, with every problem at once."""

    def __init__(self, kind: str, problems: tuple[Problem, ...]) -> None:
        """The text names fields and rules, never what was entered."""
        super().__init__(f"Form {kind} refused: " + "; ".join(f"{problem.field} {problem.en}" for problem in problems))
        self.kind = kind
        self.problems = problems


def load(text: str) -> dict[str, Form]:
    """Parse the table of forms: kind -> form."""
    table = tomllib.loads(text)
    shared = table["field"]
    return {
        kind: Form(kind=kind, fields=tuple(field_of(shared, row) for row in form.pop("fields")), **form)
        for kind, form in table["form"].items()
    }


def _table(name: str) -> str:
    return files("healthcard.domain").joinpath("tables", name).read_text("utf-8")


FORMS: Mapping[str, Form] = MappingProxyType(load(_table("forms.toml")))
RULES: Mapping[str, Rule] = MappingProxyType(findings.load(_table("form_rules.csv")))
KINDS = tuple(FORMS)


def form(kind: str) -> Form:
    """The form of an application's kind; KeyError for an unknown kind."""
    return FORMS[kind]


def validate(kind: str, values: Mapping[str, object], *, today: date) -> dict[str, Entry]:
    """What the desk entered, normalised (days as ISO text, ready for JSON). Raises FormRefused with every problem.

    `values` holds entered fields alone: one that comes from the record or the act is refused.
    """
    asked = form(kind)
    problems = [_strange(asked, key) for key in values if key not in {field.key for field in asked.entered}]
    read: dict[str, Entry] = {}
    for field in asked.entered:
        entry = entries.read(field, values.get(field.key), today=today)
        problems += [problem(field.key, field.zh, wrong.rule, wrong.detail) for wrong in entry.wrong]
        if entry.value is not None:
            read[field.key] = entry.value
        elif not entry.wrong and field.required:
            problems.append(problem(field.key, field.zh, "missing"))
    problems += _conditions(asked, read, {found.field for found in problems})
    if problems:
        raise FormRefused(kind, tuple(problems))
    return read


def _strange(asked: Form, key: str) -> Problem:
    known = next((field for field in asked.fields if field.key == key), None)
    if known is None:
        return problem(veil(key), veil(key), "unknown_field")
    return problem(key, known.zh, "not_declared")


def _conditions(asked: Form, read: Mapping[str, Entry], broken: set[str]) -> list[Problem]:
    """Fields that another field's answer wants or does not want; broken ones have their problem already."""
    found = []
    for field in asked.entered:
        for key, codes in field.needs.items():
            because = "、".join(choice.zh for choice in asked.field(key).choices if choice.code in codes)
            if {field.key, key} & broken:
                continue
            if read.get(key) in codes and field.key not in read:
                found.append(problem(field.key, field.zh, "needed", because))
            elif read.get(key) not in codes and field.only and field.key in read:
                found.append(problem(field.key, field.zh, "not_wanted", because))
    return found


def problem(field: str, label: str, rule: str, detail: str = "") -> Problem:
    """The problem that `rule` (a key of RULES) describes."""
    row = RULES[rule]
    return Problem(
        field=field,
        label=label,
        rule=rule,
        zh=row.zh.replace("{detail}", detail),
        en=row.en.replace("{detail}", detail),
        advice_zh=row.advice_zh,
        advice_en=row.advice_en,
    )


def lines(kind: str, values: Mapping[str, Entry]) -> list[tuple[str, str]]:
    """A filled form as label and text in the form's order, rows as one line each; what is not filled in is blank."""
    return [line for field in form(kind).fields for line in _lines(field, values.get(field.key, ""))]


def _lines(field: Field, value: Entry) -> list[tuple[str, str]]:
    if isinstance(value, list):
        return [(field.zh, "；".join(f"{column.zh}：{row[column.key]}" for column in field.columns)) for row in value]
    if isinstance(value, bool):
        return [(field.zh, "是" if value else "否")]
    text = next((f"{choice.code} {choice.zh}" for choice in field.choices if choice.code == value), value)
    return [(field.zh, text)]
