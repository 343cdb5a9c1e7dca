"""The fields of the application forms: what each is called, what it takes and who knows its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Shared = Mapping[str, Mapping[str, object]]


class Type(StrEnum):
    """What a field takes."""

    TEXT = "text"
    DAY = "day"
    PHONE = "phone"
    CHOICE = "choice"
    FLAG = "flag"
    ROWS = "rows"
    NUMBER = "number"
    DOCUMENT_KIND = "document_kind"
    DOCUMENT_NUMBER = "document_number"


class Source(StrEnum):
    """Who knows a field's value."""

    DECLARED = "declared"
    RESIDENT = "resident"
    CARD = "card"
    LOSS_RECORD = "loss_record"
    EVENT = "event"
    ACT = "act"


_ENTERED = frozenset({Source.DECLARED, Source.EVENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a field's answers: its code on the form and its name in records, parameters and events."""

    code: str
    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a field with rows; `blank` may stay empty."""

    key: str
    zh: str
    en: str
    size: int
    blank: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form with its printed label. `needs`: field -> values that make this one required.

    With `only` the field must stay empty unless those values make it required. `size` is in characters.
    """

    key: str
    zh: str
    en: str
    type: Type
    source: Source
    required: bool = False
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only: bool = False
    size: int = 200
    choices: tuple[Choice, ...] = ()
    columns: tuple[Column, ...] = ()

    @property
    def is_entered(self) -> bool:
        """Whether the desk enters it; the other fields come from the record or the act."""
        return self.source in _ENTERED

    def choice(self, code: str) -> Choice:
        """The answer with `code`; KeyError for one that the form does not offer."""
        for choice in self.choices:
            if choice.code == code:
                return choice
        raise KeyError(code)


def field_of(shared: Shared, row: Mapping[str, object]) -> Field:
    """The field that `row` of the table describes; what it leaves out stands in the shared field of the same key."""
    return _built(**(dict(shared.get(str(row["key"]), {})) | dict(row)))  # type: ignore[arg-type]  # a row of the table; the table's test builds every one


def _built(
    *,
    type: str,  # noqa: A002 - the table's own word
    source: str,
    choices: tuple[Mapping[str, str], ...] = (),
    columns: tuple[Mapping[str, str], ...] = (),
    needs: Mapping[str, list[str]] | None = None,
    **rest: str,
) -> Field:
    return Field(
        type=Type(type),
        source=Source(source),
        choices=tuple(Choice(**choice) for choice in choices),
        columns=tuple(Column(**column) for column in columns),  # type: ignore[arg-type]  # as above
        needs={key: tuple(codes) for key, codes in (needs or {}).items()},
        **rest,  # type: ignore[arg-type]  # as above
    )
