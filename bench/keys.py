"""Keys of a batch derived, wrapped and MACed: through the key service, and in one process without it."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench import Figure
from healthcard.keys import demo
from healthcard.keys.client import CHUNK, KeyClient
from healthcard.keys.hierarchy import HIERARCHY
from healthcard.keys.office import KeyOffice
from healthcard.keys.requests import CardAddress, KeyLoad, pack
from healthcard.keys.store import KeyStore
from healthcard.services import processes
from healthcard.services.state import State

CARDS = 20_000
ROUNDS = 3  # the best of each counts: what disturbs a run only ever makes it slower
CALLS = 2_000
CITY = b"21000000"
PRODUCTS = ("jia", "bing")  # each chip with a transport key of its own, and one for the whole lot
LOADS = [
    KeyLoad(name=name, header=bytes((0x84, 0xD4, 1, number, 36)), prefix=b"\x07\x01\x0f")
    for number, name in enumerate(HIERARCHY.card_keys)
]


def measure() -> Iterator[Figure]:
    """Batches of 20,000 cards with 21 keys, and single requests."""
    cards = [CardAddress(chip=number.to_bytes(8, "big"), city=CITY, version=1) for number in range(CARDS)]
    with _service() as (client, office):
        for product in PRODUCTS:
            yield from _batch(product, client, office, cards)
        yield from _single(client, office, cards[0])


@contextmanager
def _service() -> Iterator[tuple[KeyClient, KeyOffice]]:
    """A key service in its process, and the same store in ours."""
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder))
        state.ensure()
        processes.prepare_demo_keys(state)
        process = processes.start_keys(state)
        store = processes.store(state)
        try:
            with KeyClient(state.key_socket) as client:
                yield client, KeyOffice(KeyStore.open(store, demo.prepare(store)))
        finally:
            processes.stop(process)


def _batch(product: str, client: KeyClient, office: KeyOffice, cards: Sequence[CardAddress]) -> Iterator[Figure]:
    served, local = [], []
    for _ in range(ROUNDS):
        served.append(_seconds(lambda: client.wrap(product, LOADS, cards)))
        local.append(_seconds(lambda: _wrap_here(product, office, cards)))
    through, within = CARDS / min(served), CARDS / min(local)
    yield Figure(name=f"keys: cards of 21 keys wrapped through the service ({product})", value=through, unit="cards/s")
    yield Figure(name=f"keys: the same in one process without it ({product})", value=within, unit="cards/s")
    yield Figure(
        name=f"keys: through the service / without it ({product})", value=through / within, unit="", bound=">= 0.5"
    )


def _wrap_here(product: str, office: KeyOffice, cards: Sequence[CardAddress]) -> list[tuple[bytes, ...]]:
    rows: list[tuple[bytes, ...]] = []
    for start in range(0, len(cards), CHUNK):
        rows += office.wrap(product, LOADS, pack(cards[start : start + CHUNK])).rows()
    return rows


def _single(client: KeyClient, office: KeyOffice, card: CardAddress) -> Iterator[Figure]:
    """One block under a session key: what an external authentication asks for."""
    for how, keys in (("through the service", client), ("without it", office)):
        session = partial(keys.encipher, "RK1_DDF1", card, bytes(8), bytes(16))
        median = statistics.median(_seconds(session) for _ in range(CALLS))
        yield Figure(name=f"keys: one session block {how}, median", value=median * 1e6, unit="us")


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
