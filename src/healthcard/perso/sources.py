"""Where a data item's value comes from: the source expressions of an application plan, by name.

    empty                       never set
    constant TEXT               the same on every card
    issue DATUM                 a field of `IssueData`
    text PATH                   a field of the resident; what GBK cannot write becomes 〓
    person PATH                 the name of somebody else than the holder, cut at 30 bytes
    date PATH                   YYYYMMDD
    code TABLE PATH             the chip's code for the form's code (`domain.codes`)
    when PATH CODE              CODE if the field is filled in
    alert                       whether an alert of the form names this item (`domain.codes`, table alert)
    holder                      the holder's name as the chip spells it (`domain.names`)
    photo                       length (2 bytes) and JPEG

A path is a resident's field and what lies within: `phones.0`, `contacts.1.name`; `*` stands for the number of the
record in a cyclic file: `allergies.*.substance`. Unknown names are refused when the plan is read.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date

from healthcard.card.wire.items import TEXT
from healthcard.domain import codes, names
from healthcard.domain.resident import Resident
from healthcard.perso.errors import BadScript
from healthcard.perso.issue import IssueData

MISSING = "〓"  # U+3013, the sign printers set for a character they do not have; GBK A1FE
ROW = "*"
PHOTO_LENGTH = 2

Value = str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What expressions are evaluated against: a person, an issue, the item asked for and the record (from 0)."""

    resident: Resident
    issue: IssueData
    item: int
    row: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """One expression; `value` gives '' for a datum that is not there."""

    text: str
    value: Callable[[Subject], Value]

    @property
    def empty(self) -> bool:
        """Whether the item is never set at issue."""
        return self.text == "empty"


def parse(text: str) -> Source:
    """Read one expression; raises BadScript for an unknown verb, field, table or code."""
    verb, _, rest = text.strip().partition(" ")
    if verb not in _VERBS:
        raise BadScript(f"no source is called {verb!r}; there are {', '.join(sorted(_VERBS))}")
    try:
        return Source(text.strip(), _VERBS[verb](rest.strip()))
    except (KeyError, ValueError) as error:
        raise BadScript(f"the source {text!r} cannot be used: {error}") from error


def rows(resident: Resident, path: str) -> int:
    """How many records a `*` in `path` stands for."""
    return len(getattr(resident, path.split(".")[0]))


def writable(text: str) -> str:
    """`text` with its middle dots folded and 〓 for each character the chip's GBK lacks."""
    folded = names.fold(text)
    return (
        "".join(MISSING if char in missing else char for char in folded)
        if (missing := names.unwritable(folded))
        else folded
    )


def _empty(rest: str) -> Callable[[Subject], Value]:
    _nothing_more(rest)
    return lambda _: ""


def _constant(rest: str) -> Callable[[Subject], Value]:
    rest.encode(TEXT)
    return lambda _: rest


def _issue(rest: str) -> Callable[[Subject], Value]:
    if rest not in {field.name for field in fields(IssueData)}:
        raise ValueError(f"an issue has no {rest!r}")
    return lambda subject: _plain(getattr(subject.issue, rest))


def _text(rest: str) -> Callable[[Subject], Value]:
    reach = _reach(rest)
    return lambda subject: writable(str(reach(subject)))


def _person(rest: str) -> Callable[[Subject], Value]:
    reach = _reach(rest)
    return lambda subject: names.cut(writable(str(reach(subject))), names.CHIP_BYTES)


def _date(rest: str) -> Callable[[Subject], Value]:
    reach = _reach(rest)
    return lambda subject: _plain(reach(subject))


def _code(rest: str) -> Callable[[Subject], Value]:
    table, _, path = rest.partition(" ")
    codes.codes(table)
    reach = _reach(path)
    return lambda subject: codes.chip_code(table, str(reach(subject)))


def _when(rest: str) -> Callable[[Subject], Value]:
    path, _, code = rest.partition(" ")
    reach = _reach(path)
    return lambda subject: code if reach(subject) else ""


def _alert(rest: str) -> Callable[[Subject], Value]:
    _nothing_more(rest)
    return lambda subject: bytes([any(_told_by(alert) == subject.item for alert in subject.resident.alerts)])


def _told_by(alert: str) -> int:
    return int(codes.chip_code("alert", alert))


def _holder(rest: str) -> Callable[[Subject], Value]:
    _nothing_more(rest)
    return lambda subject: names.chip_name(subject.resident)


def _photo(rest: str) -> Callable[[Subject], Value]:
    _nothing_more(rest)
    return lambda subject: len(subject.resident.photo).to_bytes(PHOTO_LENGTH, "big") + subject.resident.photo


_VERBS: dict[str, Callable[[str], Callable[[Subject], Value]]] = {
    "empty": _empty,
    "constant": _constant,
    "issue": _issue,
    "text": _text,
    "person": _person,
    "date": _date,
    "code": _code,
    "when": _when,
    "alert": _alert,
    "holder": _holder,
    "photo": _photo,
}


def _plain(value: object) -> Value:
    if isinstance(value, date):
        return f"{value:%Y%m%d}"
    return value if isinstance(value, bytes) else str(value)


def _reach(path: str) -> Callable[[Subject], object]:
    """A function that follows `path` from the resident; '' where the form was left blank."""
    parts = path.split(".")
    _check(Resident, parts)

    def reach(subject: Subject) -> object:
        value: object = subject.resident
        for part in parts:
            value = _step(value, part, subject.row)
        return value

    return reach


def _step(value: object, part: str, row: int) -> object:
    if isinstance(value, tuple):
        place = row if part == ROW else int(part)
        return value[place] if place < len(value) else ""
    return "" if value == "" else getattr(value, part)


def _check(kind: object, parts: list[str]) -> None:
    """Raise ValueError unless `parts` lead from a value of type `kind` to a plain one."""
    if not parts:
        if is_dataclass(kind) or typing.get_origin(kind) is tuple:
            raise ValueError("the path ends too early")
        return
    part, rest = parts[0], parts[1:]
    if typing.get_origin(kind) is tuple and (part == ROW or part.isdigit()):
        _check(typing.get_args(kind)[0], rest)
    elif isinstance(kind, type) and is_dataclass(kind) and part in (hints := typing.get_type_hints(kind)):
        _check(hints[part], rest)
    else:
        raise ValueError(f"there is no {part!r}")


def _nothing_more(rest: str) -> None:
    if rest:
        raise ValueError(f"nothing follows it, yet {rest!r} does")
