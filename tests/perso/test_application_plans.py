"""Application plans are checked against their layout when they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from healthcard.perso import application
from healthcard.perso.application import build
from healthcard.perso.errors import BadScript

Table = dict[str, Any]


@pytest.mark.parametrize(("name", "layout"), [("resident-full", "full"), ("resident-small", "small")])
def test_every_item_of_the_layout_has_a_source(name: str, layout: str) -> None:
    plan = application.load(name)
    items = {item.no for file in plan.layout.files for item in file.items}
    assert plan.layout.name == layout
    assert items == plan.items.keys() | plan.citizen.keys()
    assert len(plan.keys) == 21


def _without(table: Table) -> None:
    del table["items"]["11"]


def _more(table: Table) -> None:
    table["items"]["999"] = "empty"


def _twice(table: Table) -> None:
    table["items"]["10-11"] = "empty"


def _in_both(table: Table) -> None:
    table["items"]["8"] = "empty"


def _uneven(table: Table) -> None:
    del table["other"]["38"]


def _unknown_key(table: Table) -> None:
    table["keys"] = [*table["keys"], "XK_DF01"]


def _key_twice(table: Table) -> None:
    table["keys"] = [*table["keys"], "IRK_DDF1"]


def _key_missing(table: Table) -> None:
    table["keys"] = [key for key in table["keys"] if key != "RK1_DF02"]


def _unknown_field(table: Table) -> None:
    table["colour"] = "red"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_without, "no source for items \\[11\\]"),
        (_more, "no items \\[999\\]"),
        (_twice, "two sources"),
        (_in_both, "stand in"),
        (_uneven, "settle the same"),
        (_unknown_key, "no keys"),
        (_key_twice, "stands twice"),
        (_key_missing, "DF02/EF05 needs RK1_DF02"),
        (_unknown_field, "colour"),
    ],
)
def test_a_plan_that_does_not_fit_its_layout_is_refused(spoil: Callable[[Table], None], why: str) -> None:
    table = application._table("resident-full")
    build(table)
    spoil(table)
    with pytest.raises(BadScript, match=why):
        build(table)


@pytest.mark.parametrize(
    "source",
    [
        "magic name",
        "text shoe_size",
        "text phones",
        "text contacts.0",
        "text contacts.first.name",
        "text contacts.0.shoe_size",
        "text phones.0.length",
        "issue colour",
        "code hair sex",
        "constant 𠮷",
        "holder name",
        "empty 1",
    ],
)
def test_a_source_with_an_unknown_name_is_refused(source: str) -> None:
    table = application._table("resident-full")
    table["items"]["16"] = source
    with pytest.raises(BadScript):
        build(table)
