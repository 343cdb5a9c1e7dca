"""Every tear and every pair of tears while a card is made: it ends as the planned card or scrapped, and is no third.

`at` runs over all commands, the three modes over before, half and after; the second tear over the settling that follows
the first. On chips that write atomically the proof goes on to any number of tears.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from tears import Count, TearField

from prove import Disproved, spread

MINUTES = 30  # beyond it the proof fails, for then not all pairs were tried
SHARES = {"yi": 2, "jia": 1, "bing": 1}  # half-written states are by far the most: begin with them


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The pairs whose first tear is one of a share of all."""

    product: str
    share: int
    until: float  # time.monotonic is the machine's: it means the same in every process


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one part has seen: states settled and `bad` ones among them, first tears `left` untried when time was up."""

    product: str
    apdus: int
    count: Count
    states: int
    bad: int
    left: int


def prove() -> Iterator[str]:
    """Lines with the details of each product, then their sum as the acceptance asks for it."""
    until = time.monotonic() + 60 * MINUTES
    parts = [Part(product=name, share=n, until=until) for name, shares in SHARES.items() for n in range(shares)]
    seen = list(spread(tear, parts))
    for product in SHARES:
        yield detail(product, [one for one in seen if one.product == product])
    yield line(seen)
    if left := sum(one.left for one in seen):
        raise Disproved(f"TEAR left={left}: the pairs of {left} first tears were not tried within {MINUTES} minutes")
    if any(one.bad for one in seen):
        raise Disproved("TEAR bad: " + "; ".join(sorted({why for one in seen for why in one.count.why})))


def tear(part: Part) -> Seen:
    """All single tears by real runs, then the pairs of this part."""
    field = TearField(part.product)
    states = field.singles()
    single, field.count = field.count, Count()
    if part.share:  # counted, and complained of, once
        single = Count()
    mine = states[part.share :: SHARES[part.product]]
    left = len(mine)
    for state in mine:
        if time.monotonic() > part.until:
            break
        field.all_pairs([state])
        left -= 1
    if field.atomic and not left:
        field.closure()
    bad = sum(run.verdict == "bad" for run in field.runs.values())
    total = both(single, field.count)
    return Seen(product=part.product, apdus=field.apdus, count=total, states=len(field.runs), bad=bad, left=left)


def both(one: Count, other: Count) -> Count:
    """Two counts together."""
    numbers = ("cases", "pairs", "ready", "scrapped", "bad")
    return Count(**{name: getattr(one, name) + getattr(other, name) for name in numbers}, why=one.why + other.why)


def line(seen: list[Seen]) -> str:
    """What the acceptance asks for, over all products."""
    total = reduce(both, (one.count for one in seen), Count())
    apdus = sum({one.product: one.apdus for one in seen}.values())
    return f"TEAR apdus={apdus} cases={total.cases} pairs={total.pairs} bad={total.bad}"


def detail(product: str, seen: list[Seen]) -> str:
    """The same for one product, and how its cards ended."""
    total = reduce(both, (one.count for one in seen), Count())
    states = sum(one.states for one in seen)
    ends = f"ready={total.ready} scrapped={total.scrapped} bad={total.bad}"
    return f"tears of {product}: cases={total.cases} pairs={total.pairs} states={states} {ends}"
