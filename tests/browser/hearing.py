"""What is wrong with a page for people who hear it or use the keyboard alone, as axe tells it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

AXE = Path(__file__).parents[2] / "build" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
_ASK = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
MOST = 3  # places told of each fault


@cache
def _script() -> str:
    return AXE.read_text("utf-8")


def faults(page) -> list[str]:
    """Its grave faults: rule, and where."""
    page.evaluate(_script())
    return [_told(each) for each in page.evaluate(_ASK) if each["impact"] in GRAVE]


def _told(violation: dict) -> str:
    places = "; ".join(f"{node['target']} {node['html'][:160]}" for node in violation["nodes"][:MOST])
    return f"{violation['id']} ({violation['impact']}): {places}"
