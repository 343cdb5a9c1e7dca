"""The header of the command that an intent of a journal stands for, from its words alone.

A journal keeps words and digests, never the bytes that were sent: what a header says is no secret, so it is found again
from the product's script and the layout.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from healthcard.card.wire import layout as layouts
from healthcard.card.wire.facts import FACTS
from healthcard.card.wire.layout import Layout
from healthcard.keys.requests import PIN
from healthcard.perso import script
from healthcard.perso.loads import loads
from healthcard.perso.products import Product
from healthcard.perso.upkeep.business import INDEXES, index_of

HEADER = 4


def of_making(product: Product, layout_name: str, act: str) -> bytes:
    """CLA INS P1 P2 of a step of a personalisation; b"" where only the product's own program knows."""
    return _own(product, layout_name).get(act) or _by_words("making", layouts.load(layout_name), act)


def of_upkeep(layout_name: str, act: str) -> bytes:
    """CLA INS P1 P2 of a step on an issued card; b"" for words that no table knows."""
    return _by_words("upkeep", layouts.load(layout_name), act)


@cache
def _own(product: Product, layout_name: str) -> Mapping[str, bytes]:
    """What a product says in its own way, by the words of the step."""
    if product.program:
        return {}
    layout = layouts.load(layout_name)
    paths = [*(each.path for each in layout.directories if each.parent is not None), *(f.path for f in layout.files)]
    steps = [*(script.create(product, layout_name, path) for path in paths), script.end(product)]
    told = {step.act: step.command.header for step in (*steps, *script.erasures(product, layout_name))}
    keys = loads(product, layout, tuple(key.name for key in layout.keys), pin=True)
    for load in keys:
        told["load the initial PIN" if load.name == PIN else f"load {load.name}"] = load.header
    return {act: header[:HEADER] for act, header in told.items()}


def _by_words(table: str, layout: Layout, act: str) -> bytes:
    for pattern, header in _patterns(table):
        if found := pattern.fullmatch(act):
            return bytes.fromhex(header.format_map(_values(layout, found.groupdict())))
    return b""


def _values(layout: Layout, said: Mapping[str, str]) -> dict[str, int]:
    values = {name: int(text) for name, text in said.items() if text.isdigit()}
    values |= {"permanent": FACTS.block_permanent, "temporary": FACTS.block_temporary}
    file = next((each for each in layout.files if each.path == said.get("path")), None)
    if file is not None:
        values["class"] = _table()["class"][file.form.value]
        if file.path.partition("/")[2][:2] in INDEXES:
            values["index"] = index_of(file)[1]
    return values


@cache
def _patterns(table: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), header) for pattern, header in _table()[table].items())


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("healthcard.perso").joinpath("headers.toml").read_text("utf-8"))
