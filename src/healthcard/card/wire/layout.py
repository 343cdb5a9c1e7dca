"""The card's directories, files, items and keys as frozen tables, read from `layouts/` (card.md 1, 2, 5.1).

`load("full")` is the 32K card, `load("small")` the 16K card without photo. The chip itself does not read these:
it learns its files from the commands that create them.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

FREE = "free"
NEVER = "never"

Row = Mapping[str, Any]  # a parsed TOML table or CSV row, before it becomes one of the values below
T = TypeVar("T")


class Structure(StrEnum):
    """The structure of an elementary file."""

    TRANSPARENT = "T"
    VARIABLE = "V"
    FIXED = "F"
    CYCLIC = "Y"


class UpdateForm(StrEnum):
    """How an update travels after issue."""

    NONE = "none"
    PLAIN = "plain"
    MAC = "mac"
    CIPHER = "cipher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A data item: interface number, place in its file (record and tag, or offset), length in bytes, ans/cn/b."""

    no: int
    file: str
    record: int | None
    tag: int | None
    offset: int | None
    length: int
    type: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An elementary file. `read`, `update` and `erase` are key names, or FREE or NEVER; `maintain` is the STK."""

    path: str
    fid: int
    zh: str
    en: str
    structure: Structure
    records: int
    record_size: int
    size: int
    sfi: int | None
    read: str
    update: str
    erase: str
    maintain: str | None
    form: UpdateForm
    items: tuple[Item, ...]

    @property
    def directory(self) -> str:
        """The path of the directory that holds it."""
        return self.path.split("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A directory: FID, DF name (1..16 bytes) and the path of its parent (None for the MF)."""

    path: str
    fid: int
    name: bytes
    parent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A card key: directory it lives in, reference on the card (`kid`), id inside a SAM, levels a SAM diversifies."""

    name: str
    zh: str
    usage: str
    directory: str
    kid: int
    sam: int
    levels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One card layout; tuples are in the order of creation."""

    name: str
    capacity: int
    directories: tuple[Directory, ...]
    files: tuple[File, ...]
    keys: tuple[Key, ...]

    def file(self, path: str) -> File:
        """The file at `path` such as "DDF1/EF05" or "DF03/ED02"; raises KeyError."""
        return _by(self.files, "path", path)

    def directory(self, path: str) -> Directory:
        """The directory at `path` such as "DF01"; raises KeyError."""
        return _by(self.directories, "path", path)

    def key(self, name: str) -> Key:
        """The key named e.g. "RK1_DDF1"; raises KeyError."""
        return _by(self.keys, "name", name)

    def item(self, no: int) -> Item:
        """The data item with this interface number, in the first file that has it; raises KeyError."""
        for file in self.files:
            for item in file.items:
                if item.no == no:
                    return item
        raise KeyError(no)


@cache
def load(name: str) -> Layout:
    """The layout in `layouts/<name>.toml`; raises FileNotFoundError."""
    full = _toml("full")
    table = full if name == "full" else _derive(full, _toml(name))
    own = [_item(row) for row in table.get("item", ())]
    replaced = {item.file for item in own}
    items = [item for row in _csv("items") if (item := _item(row)).file not in replaced] + own
    emptied = frozenset(table.get("emptied", ()))
    items = [_emptied(item) if item.no in emptied else item for item in items]
    return Layout(
        name=table["name"],
        capacity=table["capacity"],
        directories=tuple(_directory(row) for row in table["directory"]),
        files=tuple(file for row in table["file"] for file in _files(row, items)),
        keys=tuple(Key(**row) for row in _toml("keys")["key"]),
    )


def _derive(full: Row, variant: Row) -> Row:
    kept = [row for row in full["file"] if row["path"] not in variant["without"]]
    return {**full, **variant, "file": kept + variant["file"]}


def _files(row: Row, items: Iterable[Item]) -> Iterable[File]:
    """One file, or its numbered copies: EE becomes EE01, EE02, ..."""
    copies = row.get("copies")
    own = tuple(item for item in items if item.file == row["path"])
    paths = [row["path"]] if copies is None else [f"{row['path']}{n:02d}" for n in range(1, copies + 1)]
    return [_file(row, path, own) for path in paths]


def _file(row: Row, path: str, items: tuple[Item, ...]) -> File:
    structure = Structure(row["structure"])
    fid = int(path.split("/")[1], 16)
    record_size = sum(item.length for item in items) if structure in (Structure.FIXED, Structure.CYCLIC) else 0
    records = len(items) if structure is Structure.VARIABLE else row.get("records", 0)
    return File(
        path=path,
        fid=fid,
        zh=row["zh"],
        en=row["en"],
        structure=structure,
        records=records,
        record_size=record_size,
        size=_size(structure, records, record_size, items),
        sfi=fid & 0x1F if fid >> 8 == 0xEF else None,
        read=row["read"],
        update=row["update"],
        erase=row.get("erase", NEVER),
        maintain=row.get("maintain"),
        form=UpdateForm(row["form"]),
        items=items,
    )


def _size(structure: Structure, records: int, record_size: int, items: tuple[Item, ...]) -> int:
    if structure is Structure.VARIABLE:
        return sum(item.length + 2 for item in items)
    if structure is Structure.TRANSPARENT:
        return sum(item.length for item in items)
    return records * record_size


def _directory(row: Row) -> Directory:
    return Directory(path=row["path"], fid=row["fid"], name=bytes.fromhex(row["name"]), parent=row.get("parent"))


def _item(row: Row) -> Item:
    return Item(
        no=int(row["no"]),
        file=row["file"],
        record=_number(row.get("record")),
        tag=_number(row.get("tag"), base=16),
        offset=_number(row.get("offset")),
        length=int(row["length"]),
        type=row["type"],
        zh=row["zh"],
        en=row["en"],
    )


def _emptied(item: Item) -> Item:
    return Item(**{name: getattr(item, name) for name in Item.__slots__} | {"length": 0})


def _number(value: str | int | None, *, base: int = 10) -> int | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, int) else int(value, base)


def _by(rows: Iterable[T], field: str, value: str) -> T:
    for row in rows:
        if getattr(row, field) == value:
            return row
    raise KeyError(value)


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"layouts/{name}.toml").read_text("utf-8"))


def _csv(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(f"layouts/{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
