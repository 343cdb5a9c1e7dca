"""The official collection form on a screen: its cells in sections, from its own table; nothing is preset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcard.domain import form
from healthcard.domain.codes import codes
from healthcard.domain.form import Column
from healthcard.domain.forms import Problem
from healthcard.domain.roads import WAYS
from healthcard.web.desk.drafts import Option
from healthcard.web.desk.words import chosen
from healthcard.web.people.words import ROADS

SEPARATOR = "、"  # between the codes of one cell
_SECTIONS: Mapping[str, Promise] = {  # by the first cell of each
    "name": _("Personal data"),
    "ncms_card_no": _("Numbers, telephones, circumstances"),
    "contact_name_1": _("Contacts"),
    "registered_province": _("Registered address"),
    "residence_province": _("Residence"),
    "payment_1": _("Methods of payment"),
    "abo": _("Blood and alerts"),
    "allergy_1": _("Allergies"),
    "vaccine_1": _("Vaccinations"),
}
_SEVERAL = frozenset({"alerts"})  # of the coded cells, those that take several
_CODED = frozenset({"code", "codes", "relation"})
_SIZES = {"name": 50, "person": 50, "number": 30, "date": 11}  # characters; of other checks the argument


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """One cell: `sort` is text, choice or several; `road` says what a change of it asks of the card."""

    key: str
    title: str
    sort: str
    size: int
    required: bool
    options: tuple[Option, ...] = ()
    value: str = field(default="", repr=False)
    wrong: tuple[str, ...] = ()
    road: str = ""
    emptied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of the form; `whole`: one of its cells replaces all of them."""

    title: Promise
    cells: tuple[CellView, ...]
    whole: bool


def typed(post: QueryDict) -> dict[str, str]:
    """What was entered in which cells; blank ones are left out, '' stands for those to be emptied."""
    given = {key: _entered(key, post) for key in form.COLUMNS}
    emptied = [key for key in post.getlist("empty") if key in form.COLUMNS]
    return {key: text for key, text in given.items() if text} | dict.fromkeys(emptied, "")


def areas(values: Mapping[str, str], problems: Sequence[Problem] = ()) -> tuple[Area, ...]:
    """The whole form with what was entered and what is wrong with it."""
    return tuple(
        Area(
            title=_SECTIONS[keys[0]],
            cells=tuple(_cell(form.COLUMNS[key], values, problems) for key in keys),
            whole=form.COLUMNS[keys[0]].field.endswith("address"),
        )
        for keys in _cut()
    )


def label(key: str) -> str:
    """What the form calls a cell, or a field that a province added and knows by its key."""
    column = form.COLUMNS.get(key)
    return key if column is None else chosen(column.heading, column.en)


def told(problem: Problem) -> str:
    """What is wrong with which cell, and what to do."""
    name = label(problem.field) if problem.field in form.COLUMNS else problem.label
    return chosen(f"{name}：{problem.zh}。{problem.advice_zh}", f"{name}: {problem.en}. {problem.advice_en}")


def _entered(key: str, post: QueryDict) -> str:
    return SEPARATOR.join(filter(None, (text.strip() for text in post.getlist(f"cell.{key}"))))


def _cut() -> Iterator[list[str]]:
    keys: list[str] = []
    for key in form.COLUMNS:
        if key in _SECTIONS and keys:
            yield keys
            keys = []
        keys.append(key)
    yield keys


def _cell(column: Column, values: Mapping[str, str], problems: Sequence[Problem]) -> CellView:
    value = values.get(column.key, "")
    several = column.key in _SEVERAL
    coded = column.check in _CODED
    return CellView(
        key=column.key,
        title=chosen(column.heading, column.en),
        sort="several" if several else "choice" if coded else "text",
        size=0 if coded else _SIZES.get(column.check) or column.size,
        required=column.key in form.REQUIRED,
        options=_options(column, value.split(SEPARATOR) if several else [value]) if coded else (),
        value=value,
        wrong=tuple(told(each) for each in problems if each.field == column.key),
        road=str(ROADS[WAYS[column.field].road.value]),
        emptied=column.key in values and not value,
    )


def _options(column: Column, values: Sequence[str]) -> tuple[Option, ...]:
    return tuple(
        Option(code=row.code, title=chosen(row.zh, row.en), chosen=row.code in values)
        for row in codes(column.argument or column.check)
    )
