"""An application being filled in: what its form asks, what was typed, what has to be shown. Nothing is preset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import QueryDict

from healthcard.domain import codes, evidence
from healthcard.domain.entries import Entry
from healthcard.domain.evidence import Presenter
from healthcard.domain.form_fields import Column, Field, Type
from healthcard.domain.forms import Problem, form
from healthcard.services.desk.applications import Delegate, Request
from healthcard.web.desk.words import COMERS, chosen

ITEMS = "items"  # id of the list of what can be changed
ROWS = 4  # lines offered where a form takes several
DELEGATE = ("name", "document_kind", "document_number", "phone", "relation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer to choose."""

    code: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One box of a field with rows."""

    name: str
    title: str
    value: str
    size: int
    list: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One field to fill in, with what was typed and what is wrong with it.

    `needs`: it is asked for when the field of that name has one of the values `needed` (with blanks between).
    """

    name: str
    title: str
    type: str
    size: int
    required: bool
    value: Entry | None = None
    options: tuple[Option, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    wrong: tuple[str, ...] = ()
    needs: str = ""
    needed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Documents of which one is shown; `always` = whatever the form says."""

    papers: tuple[Option, ...]
    article: str
    always: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the clerk entered; empty before he did."""

    fields: Mapping[str, object] = field(default_factory=dict, repr=False)
    presented: tuple[str, ...] = ()
    identity: str = ""
    by: str = "holder"
    delegate: Mapping[str, str] = field(default_factory=dict, repr=False)
    ticket: str = ""
    waiver: str = ""
    on_site: bool = False

    def request(self, kind: str, resident: int, card: int | None) -> Request:
        """As the services take it."""
        return Request(
            kind=kind,
            resident=resident,
            card=card,
            fields=self.fields,
            presented=self.presented,
            identity=self.identity,
            by=self.by,
            on_site=self.on_site,
            waiver=self.waiver,
            delegate=None if self.by == Presenter.HOLDER else Delegate(**self.delegate),
        )


def typed(kind: str, post: QueryDict) -> Typed:
    """What was posted from the form of `kind`."""
    given = {one.key: _given(one, post) for one in form(kind).entered}
    return Typed(
        fields={key: value for key, value in given.items() if value is not None},
        presented=tuple(post.getlist("presented")),
        identity=post.get("identity", ""),
        by=post.get("by", ""),
        delegate={name: post.get(f"delegate.{name}", "").strip() for name in DELEGATE},
        ticket=post.get("ticket", "").strip(),
        waiver=post.get("waiver", "").strip(),
        on_site="on_site" in post,
    )


def comers(kind: str, by: str) -> tuple[Option, ...]:
    """Who may come for it at all."""
    return tuple(
        Option(code=each.value, title=str(COMERS[each.value]), chosen=each.value == by)
        for each in Presenter
        if evidence.asked(kind, each)
    )


def fields(kind: str, values: Mapping[str, object], problems: Sequence[Problem] = ()) -> tuple[FieldView, ...]:
    """What the desk enters on the form of `kind`."""
    return tuple(_field(one, values.get(one.key), problems) for one in form(kind).entered)


def papers(kind: str, by: str, presented: Sequence[str]) -> tuple[Asked, ...]:
    """What whoever comes has to show; ticked is what was ticked before."""
    return tuple(
        Asked(
            papers=tuple(_paper(name, presented) for name in row.papers),
            article=row.article,
            always=not (row.optional or row.when),
        )
        for row in evidence.asked(kind, by)
    )


def verifications(kind: str, by: str, identity: str) -> tuple[Option, ...]:
    """The ways of verifying him that are enough."""
    return tuple(
        Option(code=name, title=chosen(way.zh, way.en), chosen=name == identity)
        for name, way in evidence.VERIFICATIONS.items()
        if evidence.verifies(name, kind, by)
    )


def coded(table: str, code: str) -> tuple[Option, ...]:
    """The rows of a code table to choose from."""
    return tuple(
        Option(code=row.code, title=chosen(row.zh, row.en), chosen=row.code == code) for row in codes.codes(table)
    )


def known(kind: str, filled: Mapping[str, Entry]) -> tuple[tuple[str, Entry], ...]:
    """What the record fills in, with its labels."""
    asked = form(kind)
    fields = {one.key: one for one in asked.fields if not one.is_entered}
    return tuple(
        (chosen(fields[key].zh, fields[key].en), _told(fields[key], value))
        for key, value in filled.items()
        if key in fields and value
    )


def _told(one: Field, value: Entry) -> Entry:
    """What the record says; of a code its words."""
    if one.type is not Type.DOCUMENT_KIND:
        return value
    return next((each.title for each in coded("document_kind", str(value)) if each.chosen), value)


def _field(one: Field, value: object, problems: Sequence[Problem]) -> FieldView:
    return FieldView(
        name=f"field.{one.key}",
        title=chosen(one.zh, one.en),
        type=one.type.value,
        size=one.size,
        required=one.required,
        value=value if isinstance(value, str | bool) else None,
        options=tuple(
            Option(code=each.code, title=chosen(each.zh, each.en), chosen=each.code == value) for each in one.choices
        ),
        rows=_rows(one, value) if one.type is Type.ROWS else (),
        wrong=tuple(_wrong(each) for each in problems if each.field == one.key),
        needs="".join(f"field.{key}" for key in one.needs),
        needed=" ".join(code for codes in one.needs.values() for code in codes),
    )


def _wrong(problem: Problem) -> str:
    return chosen(f"{problem.zh}：{problem.advice_zh}", f"{problem.en}: {problem.advice_en}")


def _rows(one: Field, value: object) -> tuple[tuple[Cell, ...], ...]:
    lines = value if isinstance(value, list) else []
    return tuple(
        tuple(_cell(one, column, number, lines[number] if number < len(lines) else {}) for column in one.columns)
        for number in range(max(ROWS, len(lines)))
    )


def _cell(one: Field, column: Column, number: int, line: Mapping[str, str]) -> Cell:
    name = f"field.{one.key}.{number}.{column.key}"
    return Cell(
        name=name,
        title=chosen(column.zh, column.en),
        value=line.get(column.key, ""),
        size=column.size,
        list=ITEMS if column.key == "item" else "",
    )


def _paper(name: str, presented: Sequence[str]) -> Option:
    paper = evidence.PAPERS[name]
    return Option(code=name, title=chosen(paper.zh, paper.en), chosen=name in presented)


def _given(one: Field, post: QueryDict) -> object:
    name = f"field.{one.key}"
    if one.type is Type.FLAG:
        return True if name in post else None
    if one.type is not Type.ROWS:
        return post.get(name, "")
    return [
        {column.key: post.get(f"{name}.{number}.{column.key}", "") for column in one.columns} for number in range(ROWS)
    ]
