"""A long run of a whole installation with known keys, many cards torn: none of them anywhere but in store and chips."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import canary_run
from canary_run import Harvest, Torn
from needles import Needles, files, pins_inside

from prove import Disproved

TORN = 40  # of the 41 people of the demo province who have no card yet
FIRST, LAST = 5, 300  # commands: after the chip was recognised, before the shortest plan ends
MOMENTS = (1, 2, 3)
PRODUCTS = ("jia", "yi", "bing")


def prove() -> Iterator[str]:
    """One line."""
    seed = secrets.randbits(32)
    random = Random(seed)  # noqa: S311 - any choice will do
    torn = [_torn(random, number) for number in range(TORN)]
    with tempfile.TemporaryDirectory(prefix="hc-") as folder:
        harvest = canary_run.run(Path(folder), torn)
        yield _searched(harvest, seed)


def _torn(random: Random, number: int) -> Torn:
    product, moment = PRODUCTS[number % len(PRODUCTS)], random.choice(MOMENTS)
    return Torn(product=product, at=random.randint(FIRST, LAST), moment=moment, settled=bool(number % 4))


def _searched(harvest: Harvest, seed: int) -> str:
    state, chips = harvest.state, canary_run.cards(harvest.state)
    own = {f"{name} {key}": value for name, card in chips.items() for key, value in card.keys.items()}
    known = canary_run.upper_keys() | canary_run.data_keys(state) | own
    pins = {name: card.pin for name, card in chips.items() if card.pin is not None}
    needles, hits, read = Needles(known), [], 0
    _see_what_is_there(needles, chips)
    for place, data in _places(harvest):
        read += len(data)
        hits += [f"{name} in {place}" for name in (*needles.inside(data), *pins_inside(data, pins))]
    told = f"CANARY cards={len(chips)} torn={TORN} secrets={len(known)} pins={len(pins)} bytes={read} seed={seed}"
    if hits:
        raise Disproved(f"{told} hits={len(hits)}: {'; '.join(sorted(hits)[:5])}")
    return f"{told} hits=0"


def _places(harvest: Harvest) -> Iterator[tuple[str, bytes]]:
    """Everything that was kept, said and shown, but the key store and the chips."""
    state = harvest.state
    for path in files(state.home, but=(state.keys, state.chips)):
        yield str(path), path.read_bytes()
    yield from harvest.said.items()
    yield from ((path, page.encode()) for path, page in harvest.pages.items())


def _see_what_is_there(needles: Needles, chips: dict[str, canary_run.CardSecrets]) -> None:
    """Every finished chip holds the keys we look for: else finding nothing would mean nothing."""
    for name, card in chips.items():
        lacking = {f"{name} {key}" for key in card.keys} - needles.inside(card.dump)
        if lacking and b'"ended":true' in card.dump:
            raise Disproved(f"CANARY the search does not see {sorted(lacking)} on its own chip")
