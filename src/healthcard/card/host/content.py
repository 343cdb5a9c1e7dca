"""What is on a card, as values: files, their records, and each data item raw and decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from healthcard.card.wire import items
from healthcard.card.wire.layout import File, Item, Structure

# Items that say by themselves who the holder is: card, identity, document, record and scheme numbers, telephones
PERSONAL = frozenset({8, 15, 16, 17, 27, 30, 33, 38, 39, 40})
NUMBERED = frozenset({Structure.FIXED, Structure.CYCLIC})  # whose records are worth a number
FRONT, BACK = 3, 2  # characters of a personal item that stay readable, as on every list of people


class FileStatus(StrEnum):
    """What came of reading a file."""

    OK = "ok"
    REFUSED = "refused"  # the card, its layout or our keys did not allow it; `why` says which
    ABSENT = "absent"  # the card has no such file


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One data item of a record; `raw` is None where the card holds no record for it."""

    item: Item
    raw: bytes | None

    @property
    def text(self) -> str:
        """The decoded value; '' when absent or never set, hexadecimal for binary items."""
        if self.raw is None or self.raw == b"\xff" * len(self.raw):
            return ""
        value = items.decode(self.item.type, self.raw)
        return value if isinstance(value, str) else value.hex().upper()

    def shown(self, *, open_numbers: bool = False) -> str:
        """The text, with the middle of personal numbers covered unless `open_numbers`."""
        return self.text if open_numbers or self.item.no not in PERSONAL else covered(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record of a file (from 1; the newest of a cyclic file first); a transparent file is one record."""

    number: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """A file: what came of reading it, and its records when that went well."""

    file: File
    status: FileStatus
    why: str = ""
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardContent:
    """A whole card: its answer to reset, the layout it was read by, and its files in the layout's order."""

    answer: bytes
    layout: str
    files: tuple[FileContent, ...]

    @property
    def is_blank(self) -> bool:
        """Whether no file of the layout is there: a chip nobody has personalised."""
        return all(file.status is FileStatus.ABSENT for file in self.files)

    def field(self, no: int) -> Field | None:
        """The first field of the item with this interface number, if it was read."""
        return next((field for _, _, field in self.fields() if field.item.no == no), None)

    def fields(self) -> Iterator[tuple[FileContent, Record, Field]]:
        """Every field that was read, with its file and record."""
        for file in self.files:
            for record in file.records:
                for field in record.fields:
                    yield file, record, field


Meaning = Callable[[int, str], str]  # what a code says: interface number of the item and its text; '' for no code


def unexplained(no: int, text: str) -> str:
    """The meaning of codes for who has no tables."""
    return ""


class Row(TypedDict):
    """One line of a printed card.

    `record` is '' for files of one record; `value` is covered where personal, and has its meaning behind a code.
    """

    path: str
    record: str
    no: str
    zh: str
    en: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An item (or a whole file, then `item` is None) that two cards hold differently; `record` 0: the only one."""

    path: str
    record: int
    item: Item | None
    before: str
    after: str


def covered(text: str) -> str:
    """`text` with its middle covered; what is too short for that is covered whole."""
    if len(text) <= FRONT + BACK:
        return "*" * len(text)
    return text[:FRONT] + "*" * (len(text) - FRONT - BACK) + text[-BACK:]


def rows(content: CardContent, *, open_numbers: bool = False, meaning: Meaning = unexplained) -> Iterator[Row]:
    """The card as lines of a table: set items in the layout's order, one line for each file that was not read."""
    for file in content.files:
        if file.status is not FileStatus.OK:
            yield _row(file, "", value=f"{file.status.value}: {file.why}" if file.why else file.status.value)
        for record in file.records:
            number = str(record.number) if file.file.structure in NUMBERED else ""
            for field in record.fields:
                if value := field.shown(open_numbers=open_numbers):
                    told = f"{_summary(field, value)} {meaning(field.item.no, field.text)}".rstrip(" ")
                    yield _row(file, number, field.item, told)


def as_json(content: CardContent, *, open_numbers: bool = False, meaning: Meaning = unexplained) -> dict[str, object]:
    """The card for `json.dumps`; personal items are covered and come without their bytes unless `open_numbers`."""
    return {
        "answer_to_reset": content.answer.hex().upper(),
        "layout": content.layout,
        "files": [_file_json(file, meaning, open_numbers=open_numbers) for file in content.files],
    }


def diff(before: CardContent, after: CardContent) -> tuple[Difference, ...]:
    """Where two cards differ, compared by bytes; personal values are covered."""
    left, right = _index(before), _index(after)
    return tuple(_file_differences(before, after)) + tuple(
        _difference(key, left.get(key), right.get(key))
        for key in dict.fromkeys([*left, *right])
        if _raw(left.get(key)) != _raw(right.get(key))
    )


Place = tuple[str, int, int]  # path, record, interface number


def _index(content: CardContent) -> dict[Place, Field]:
    return {
        (file.file.path, record.number if file.file.structure in NUMBERED else 0, field.item.no): field
        for file, record, field in content.fields()
    }


def _raw(field: Field | None) -> bytes | None:
    return field.raw if field else None


def _difference(place: Place, left: Field | None, right: Field | None) -> Difference:
    field = left or right
    before, after = (_told(side) for side in (left, right))
    if before == after:  # equal once covered or decoded: say so instead of showing the same text twice
        before, after = f"{before} (one)", f"{after} (another)"
    return Difference(path=place[0], record=place[1], item=field.item if field else None, before=before, after=after)


def _told(field: Field | None) -> str:
    if field is None or field.raw is None:
        return "absent"
    return _summary(field, field.shown()) or "empty"


def _file_differences(before: CardContent, after: CardContent) -> Iterator[Difference]:
    left, right = ({file.file.path: file for file in content.files} for content in (before, after))
    for path in dict.fromkeys([*left, *right]):
        one, other = (side[path].status.value if path in side else "absent" for side in (left, right))
        if one != other:
            yield Difference(path=path, record=0, item=None, before=one, after=other)


def _row(file: FileContent, record: str, item: Item | None = None, value: str = "") -> Row:
    no, zh, en = (str(item.no), item.zh, item.en) if item else ("", file.file.zh, "")
    return Row(path=file.file.path, record=record, no=no, zh=zh, en=en, value=value)


LONG = 64  # hexadecimal characters of a binary value worth a line


def _summary(field: Field, value: str) -> str:
    """Binary items too long to read become their length."""
    if field.item.type != "b" or len(value) <= LONG or field.raw is None:
        return value
    return f"{len(field.raw)} bytes"


def _file_json(file: FileContent, meaning: Meaning, *, open_numbers: bool) -> dict[str, object]:
    return {
        "path": file.file.path,
        "zh": file.file.zh,
        "status": file.status.value,
        "why": file.why,
        "records": [
            {"number": record.number, "items": list(_items_json(record.fields, meaning, open_numbers=open_numbers))}
            for record in file.records
        ],
    }


def _items_json(fields: Iterable[Field], meaning: Meaning, *, open_numbers: bool) -> Iterator[dict[str, object]]:
    for field in fields:
        hidden = field.item.no in PERSONAL and not open_numbers
        raw = None if hidden or field.raw is None else field.raw.hex().upper()
        yield {
            "no": field.item.no,
            "zh": field.item.zh,
            "en": field.item.en,
            "value": field.shown(open_numbers=open_numbers),
            "meaning": meaning(field.item.no, field.text),
            "raw": raw,
        }
