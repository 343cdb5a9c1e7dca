"""The application plan (规划卡片上应用程序): which datum stands in which item of which layout, with which keys.

Versioned data in `applications/`; read once and checked against the layout: every item has a source, every file's keys
are in the key set, and no name is unknown.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from healthcard.card.wire import layout as wire_layout
from healthcard.card.wire.layout import FREE, NEVER, Layout
from healthcard.domain.resident import Document
from healthcard.perso.errors import BadScript
from healthcard.perso.sources import Source, parse

Row = Mapping[str, Any]  # a parsed TOML table, before it becomes an Application

_FIELDS = frozenset({"name", "version", "spec_version", "layout", "pin", "keys", "items", "citizen", "other"})
_SPEC_VERSION = "spec"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Application:
    """A checked application plan. `keys` are in the order of writing; `pin` tells whether a holder PIN is loaded."""

    name: str
    version: int
    spec_version: str
    layout: Layout
    keys: tuple[str, ...]
    pin: bool
    items: Mapping[int, Source]
    citizen: Mapping[int, Source]
    other: Mapping[int, Source]

    def source(self, no: int, document: Document) -> Source:
        """Where item `no` comes from for the holder of `document`."""
        table = self.citizen if document.is_citizen_number else self.other
        return table[no] if no in table else self.items[no]

    def sources(self, no: int) -> tuple[Source, ...]:
        """All sources item `no` may come from."""
        return tuple(table[no] for table in (self.items, self.citizen, self.other) if no in table)


@cache
def load(name: str) -> Application:
    """The plan in `applications/<name>.toml`; raises FileNotFoundError or BadScript."""
    return build(_table(name))


def build(table: Row) -> Application:
    """A plan from its parsed table, checked against its layout; raises BadScript naming what does not fit."""
    if table.keys() != _FIELDS:
        odd = ", ".join(sorted(table.keys() ^ _FIELDS))
        raise BadScript(f"an application plan has {', '.join(sorted(_FIELDS))}; unknown or missing: {odd}")
    plan = Application(
        name=table["name"],
        version=table["version"],
        spec_version=table["spec_version"],
        layout=wire_layout.load(table["layout"]),
        keys=tuple(table["keys"]),
        pin=table["pin"],
        items=_sources(table["items"], table["spec_version"]),
        citizen=_sources(table["citizen"], table["spec_version"]),
        other=_sources(table["other"], table["spec_version"]),
    )
    _check_items(plan)
    _check_keys(plan)
    return plan


def _table(name: str) -> dict[str, Any]:
    table = tomllib.loads(files(__package__).joinpath(f"applications/{name}.toml").read_text("utf-8"))
    if "based_on" not in table:
        return table
    base = _table(table.pop("based_on"))
    gone = set(_numbers(table.pop("without", ())))
    kept = {no: text for key, text in base["items"].items() for no in _numbers([key]) if no not in gone}
    own = {no: text for key, text in table.pop("items", {}).items() for no in _numbers([key])}
    layout_items = _item_numbers(wire_layout.load(table["layout"]))
    merged = {no: text for no, text in kept.items() if no in layout_items or text != "empty"} | own
    return {**base, **table, "items": {str(no): text for no, text in merged.items()}}


def _sources(table: Mapping[str, str], spec_version: str) -> dict[int, Source]:
    found: dict[int, Source] = {}
    for key, text in table.items():
        source = parse(f"constant {spec_version}" if text == _SPEC_VERSION else text)
        for no in _numbers([key]):
            if no in found:
                raise BadScript(f"item {no} has two sources")
            found[no] = source
    return found


def _numbers(keys: Iterable[str]) -> Iterable[int]:
    """The item numbers in `12` and `43-54`."""
    for key in keys:
        first, _, last = key.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _item_numbers(layout: Layout) -> frozenset[int]:
    return frozenset(item.no for file in layout.files for item in file.items)


def _check_items(plan: Application) -> None:
    if plan.citizen.keys() != plan.other.keys():
        raise BadScript(f"{plan.name}: [citizen] and [other] settle the same items")
    if twice := sorted(plan.items.keys() & plan.citizen.keys()):
        raise BadScript(f"{plan.name}: items {twice} stand in [items] and in [citizen]")
    wanted, given = _item_numbers(plan.layout), plan.items.keys() | plan.citizen.keys()
    if missing := sorted(wanted - given):
        raise BadScript(f"{plan.name}: no source for items {missing} of layout {plan.layout.name}")
    if unknown := sorted(given - wanted):
        raise BadScript(f"{plan.name}: layout {plan.layout.name} has no items {unknown}")


def _check_keys(plan: Application) -> None:
    known = {key.name for key in plan.layout.keys}
    if unknown := sorted(set(plan.keys) - known):
        raise BadScript(f"{plan.name}: layout {plan.layout.name} has no keys {unknown}")
    if len(set(plan.keys)) != len(plan.keys):
        raise BadScript(f"{plan.name}: a key stands twice in the key set")
    for file in plan.layout.files:
        for name in (file.read, file.update, file.erase, file.maintain):
            if name not in (FREE, NEVER, None) and name not in plan.keys:
                raise BadScript(f"{plan.name}: {file.path} needs {name}, which is not in the key set")
