"""What a journal tells of each writing step of a job: what was going to be written, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from healthcard.card.wire import layout as layouts
from healthcard.card.wire import status
from healthcard.perso import headers
from healthcard.perso.products import products
from healthcard.perso.upkeep.tries import FIRST_KEY
from healthcard.storage.models import PersoJob, UpkeepJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One intent and its last outcome; `sw` is None while nobody knows what became of it.

    `standby` intents are there to mend a card and need no outcome. `header` is CLA INS P1 P2 in hexadecimal, '' where
    only the product's own program knows it; `at` when the outcome was written down, `tries` how many there were.
    """

    index: int
    act: str
    path: str
    sw: int | None
    how: str
    standby: bool
    header: str = ""
    at: datetime | None = None
    tries: int = 0

    @property
    def word(self) -> str:
        """The status word as readers print it, '' while unknown."""
        return "" if self.sw is None else f"{self.sw:04X}"

    @property
    def went_well(self) -> bool:
        """Whether the chip said yes, or was found to have it."""
        return self.sw == status.OK

    @property
    def meaning(self) -> str:
        """The status word in words."""
        return "" if self.sw is None else status.meaning(self.sw, int(self.header[3:5], 16) if self.header else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Became:
    """The last outcome of a step."""

    sw: int | None = None
    how: str = ""
    at: datetime | None = None
    tries: int = 0


def of_job(job: PersoJob | UpkeepJob) -> tuple[Entry, ...]:
    """All entries of a job in the plan's order."""
    became, header = _became(job), _headers(job)
    intents = job.intents.order_by("index").values_list("index", "act", "path", "standby")
    return tuple(
        _entry(index, act, path, became.get(index, _Became()), header(act), standby=standby)
        for index, act, path, standby in intents
    )


def keys_of_job(job: PersoJob | UpkeepJob) -> tuple[Entry, ...]:
    """The keys that were proved to the card for a job, each with its last outcome; no intent stands for them."""
    layout = _layout(job)
    if not layout:
        return ()
    keys = layouts.load(layout).keys
    return tuple(
        _entry(index, f"prove {keys[index - FIRST_KEY].name}", keys[index - FIRST_KEY].directory, outcome, b"\x00\x82")
        for index, outcome in sorted(_became(job).items())
        if FIRST_KEY <= index < FIRST_KEY + len(keys)
    )


def _became(job: PersoJob | UpkeepJob) -> dict[int, _Became]:
    rows = job.outcomes.order_by("id").values_list("index", "sw", "how", "recorded_at")
    became: dict[int, _Became] = {}
    for index, sw, how, at in rows:
        became[index] = _Became(sw=sw, how=how, at=at, tries=became.get(index, _Became()).tries + 1)
    return became


def _headers(job: PersoJob | UpkeepJob) -> Callable[[str], bytes]:
    """How to find the header of a step by its words."""
    layout = _layout(job)
    if not layout:
        return lambda act: b""
    if isinstance(job, PersoJob):
        product = products()[job.product]
        return lambda act: headers.of_making(product, layout, act)
    return lambda act: headers.of_upkeep(layout, act)


def _layout(job: PersoJob | UpkeepJob) -> str:
    """The layout of the chip a job wrote to; '' before it met one."""
    if isinstance(job, PersoJob):
        return products()[job.product].layout if job.product in products() else ""
    return job.card.layout


def _entry(index: int, act: str, path: str, became: _Became, header: bytes, *, standby: bool = False) -> Entry:
    return Entry(
        index=index,
        act=act,
        path=path,
        sw=became.sw,
        how=became.how,
        standby=standby,
        header=header.hex(" ").upper(),
        at=became.at,
        tries=became.tries,
    )
