"""Rows of the collection form judged at a desk: what is wrong is told field by field, what is odd as warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from healthcard.domain import form, form_row, roster
from healthcard.domain.findings import RULES, Finding
from healthcard.domain.forms import FormRefused, Problem
from healthcard.domain.resident import Resident as Form
from healthcard.domain.roster import Row


def refuse_findings(kind: str, row: Row) -> Form:
    """The person a judged row says; raises FormRefused with every broken rule, and no value."""
    if row.resident is None:
        raise FormRefused(kind, tuple(_problem(each) for each in row.findings if each.is_error))
    return row.resident


def edited(kind: str, person: Form, cells: Mapping[str, str], *, today: date) -> Form:
    """The person with these cells of the form in the place of his own; raises FormRefused as `refuse_findings`."""
    given = refuse_findings(kind, roster.judge(0, form_row.changed(person, dict(cells)), today=today))
    return replace(given, photo=person.photo, other_documents=person.other_documents)


def warnings(row: Row) -> tuple[str, ...]:
    """What somebody should look at, in Chinese, without what was entered."""
    return tuple(f"{each.column}：{each.sentence()}" for each in row.findings if not each.is_error)


def warnings_en(row: Row) -> tuple[str, ...]:
    """As `warnings`, in English."""
    return tuple(f"{_english(each.column)}: {each.sentence('en')}" for each in row.findings if not each.is_error)


def _english(heading: str) -> str:
    key = form.key_of(heading)
    return heading if key is None else form.COLUMNS[key].en


def _problem(found: Finding) -> Problem:
    rule = RULES[found.rule]
    return Problem(
        field=form.key_of(found.column) or found.column,
        label=found.column,
        rule=found.rule,
        zh=found.sentence("zh"),
        en=found.sentence("en"),
        advice_zh=rule.advice_zh,
        advice_en=rule.advice_en,
    )
