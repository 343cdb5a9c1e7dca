"""The application forms (附表 1 to 4 and our own) as request and answer types, made from their one table.

A field's title is its printed label. Nothing of a form is written down here: a new field needs a line in the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, create_model

from healthcard.api.fields import Answer, Body
from healthcard.domain import forms
from healthcard.domain.entries import MOST_ROWS
from healthcard.domain.form_fields import Field as FormField
from healthcard.domain.form_fields import Type

_NO_CONTROLS: Final = r"^[^\x00-\x1F\x7F]*$"
_DAY: Final = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
_EXAMPLES: Final[Mapping[Type, object]] = {
    Type.TEXT: "卡片遗失",
    Type.DAY: "2026-11-23",
    Type.PHONE: "13900000000",
    Type.FLAG: True,
    Type.NUMBER: "990101198001010014",
    Type.DOCUMENT_KIND: "03",
    Type.DOCUMENT_NUMBER: "E12345678",
}


@cache
def entered(kind: str) -> type[Body]:
    """What a desk enters on the form of `kind`."""
    fields: dict[str, Any] = {field.key: _entered(kind, field) for field in forms.form(kind).entered}
    return create_model(f"{named(kind)}Form", __base__=Body, __doc__=title(kind), **fields)


@cache
def filled(kind: str) -> type[Answer]:
    """The form of `kind` with all its fields, as it stands on an application; '' where nothing is filled in."""
    fields: dict[str, Any] = {
        field.key: (_filled(kind, field), _told(field, default="")) for field in forms.form(kind).fields
    }
    return create_model(f"Filled{named(kind)}Form", __base__=Answer, __doc__=title(kind), **fields)


def _entered(kind: str, field: FormField) -> tuple[object, object]:
    kept = _type(kind, field)
    return (kept, _told(field)) if field.required else (kept | None, _told(field, default=None))


def _type(kind: str, field: FormField) -> Any:
    if field.type is Type.ROWS:
        return Annotated[list[_row(kind, field.key)], Field(max_length=MOST_ROWS)]  # type: ignore[misc] # a type made here
    if field.type is Type.CHOICE:
        return Literal[tuple(choice.code for choice in field.choices)]
    if field.type is Type.FLAG:
        return Literal[True]
    if field.type is Type.DAY:
        return _DAY
    return Annotated[str, StringConstraints(max_length=field.size, pattern=_NO_CONTROLS)]


def _filled(kind: str, field: FormField) -> Any:
    if field.type is Type.ROWS:
        return list[_row(kind, field.key)] | Literal[""]  # type: ignore[misc] # a type made here
    return bool | Literal[""] if field.type is Type.FLAG else str


@cache
def _row(kind: str, key: str) -> type[Body]:
    field = forms.form(kind).field(key)
    columns: dict[str, Any] = {
        column.key: (
            Annotated[str, StringConstraints(max_length=column.size, pattern=_NO_CONTROLS)],
            Field("" if column.blank else ..., title=column.zh, description=column.en, examples=["联系电话"]),
        )
        for column in field.columns
    }
    return create_model(f"{named(kind)}{named(key)}Row", __base__=Body, __doc__=f"{field.zh} {field.en}", **columns)


def _told(field: FormField, **default: object) -> Any:
    choices = "; ".join(f"{choice.code} {choice.zh} {choice.en}" for choice in field.choices)
    example = field.choices[0].code if field.choices else _EXAMPLES.get(field.type)
    examples = {"examples": [example]} if example is not None else {}
    return Field(title=field.zh, description=f"{field.en}: {choices}" if choices else field.en, **default, **examples)  # type: ignore[call-overload] # pydantic's own keywords


def named(key: str) -> str:
    """A key as a part of a type's name."""
    return key.title().replace("_", "")


def title(kind: str) -> str:
    """What a form is called."""
    form = forms.form(kind)
    return " ".join(filter(None, (form.number, form.zh, form.en)))
