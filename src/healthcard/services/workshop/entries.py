"""What a journal tells of each writing step of a job: what was going to be written, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from healthcard.card.wire import status
from healthcard.storage.models import PersoJob, UpkeepJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One intent and its last outcome; `sw` is None while nobody knows what became of it.

    `standby` intents are there to mend a card and need no outcome.
    """

    index: int
    act: str
    path: str
    sw: int | None
    how: str
    standby: bool

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
        return "" if self.sw is None else status.meaning(self.sw)


def of_job(job: PersoJob | UpkeepJob) -> tuple[Entry, ...]:
    """All entries of a job in the plan's order."""
    last = job.outcomes.order_by("index", "-id").distinct("index").values_list("index", "sw", "how")
    became = {index: (sw, how) for index, sw, how in last}
    intents = job.intents.order_by("index").values_list("index", "act", "path", "standby")
    return tuple(_entry(*intent, *became.get(intent[0], (None, ""))) for intent in intents)


def _entry(index: int, act: str, path: str, standby: bool, sw: int | None, how: str) -> Entry:
    return Entry(index=index, act=act, path=path, sw=sw, how=how, standby=standby)
