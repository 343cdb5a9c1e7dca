"""The table of walks, walks.toml, and how one of its lines is played and judged."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from crew import Crew
from pages import PIN, Strayed
from walk import Walk

VERBS = ("take", "finish", "step", "look", "hand", "destroy")
TABLE: tuple[dict[str, object], ...] = tuple(
    tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["walk"]
)


def play(crew: Crew, row: Mapping[str, object]) -> Walk:
    """Walk one line; raises Strayed where the screens do not lead to its end."""
    begun = crew.hand(row["begins"])
    document = begun.pop("document")
    walk = Walk(crew=crew, document=document, cards=begun, elsewhere=row["begins"] == "stranger")
    for act in row.get("act", ()):
        _do(walk, dict(act))
    if wrong := list(_unlike(walk, dict(row["ends"]))):
        raise Strayed("; ".join(wrong))
    return walk


def _do(walk: Walk, act: dict[str, object]) -> None:
    verb = next(each for each in VERBS if each in act)
    subject = act.pop(verb)
    if "as" in act:
        act["as_"] = act.pop("as")
    getattr(walk, verb)(subject, **act)


def _unlike(walk: Walk, ends: dict[str, object]) -> Iterator[str]:
    """What is otherwise in the end than the table says."""
    if "visits" in ends and walk.crew.hand("visits", walk.cards["new"]) != (due := ends.pop("visits")):
        yield f"the new card has other visits than {due}"
    if "pin" in ends and not walk.crew.hand("pin_opens", walk.cards[ends.pop("pin")], PIN):
        yield "the card does not take its holder's PIN"
    stands = walk.crew.hand("stands", walk.document)
    for what, facts in ends.items():
        there = stands[walk.serial(what) if what in walk.cards else what]
        yield from (
            f"{what}: {name} is {there.get(name)}, not {due}" for name, due in facts.items() if there.get(name) != due
        )
