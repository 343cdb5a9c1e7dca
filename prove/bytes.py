"""Any bytes sent to any chip at any stage of its life: no exception, and no 9000 that a witness did not see earned."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from chip_bench import PRODUCTS, STAGES
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from test_chip_random import LONGEST, SHORTEST, Actor, Step, steps

from prove import Disproved, spread

EXAMPLES = 330  # sequences for each product and stage: some 400,000 commands in all
FEWEST = 20_000  # commands in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Random sequences for one product at one stage; the seed makes them come again."""

    product: str
    stage: str
    seed: int


def prove() -> Iterator[str]:
    """A line for each product; new random commands every time."""
    start = secrets.randbits(32)
    parts = [Part(product=name, stage=stage, seed=start) for name in PRODUCTS for stage in STAGES]
    sent = dict.fromkeys(PRODUCTS, 0)
    for part, count in zip(parts, spread(play, parts), strict=True):
        sent[part.product] += count
    for product, count in sent.items():
        yield f"BYTES product={product} commands={count} stages={len(STAGES)} seed={start} bad=0"
    if sum(sent.values()) < FEWEST:
        raise Disproved(f"BYTES commands={sum(sent.values())}: fewer than {FEWEST}")


def play(part: Part) -> int:
    """How many commands the chip was sent; the witness fails when it granted what was not earned."""
    sent = 0

    @seed(part.seed)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(steps(), min_size=SHORTEST, max_size=LONGEST))
    def sequence(some: list[Step]) -> None:
        nonlocal sent
        actor = Actor(part.product, part.stage)
        for step in some:
            actor.do(step)
        sent += actor.count

    try:
        sequence()
    except Exception as error:
        raise Disproved(f"BYTES {part} after {sent} commands: {error!r}") from error
    return sent
