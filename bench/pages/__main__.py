"""Measure the pages of the installation that HEALTHCARD_HOME names: `python -m bench.pages`, told as figures."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from bench import Figure, pages, tell
from bench.pages import asked
from bench.pages.asked import CLERK, DESK, PROVINCE, Record
from bench.pages.people import known


def figures() -> Iterator[Figure]:
    """What a twentieth of the requests for each page exceeded; besides what half of them did, and processors' share."""
    from healthcard.site.installation import Site

    with Site.open(os.environ).working():
        record = _record()
        yield _counting()
        for each in pages.times(asked.pages(record)):
            remark = f"p50 {each.half:.0f}, of processors {each.work:.0f}"
            yield Figure(name=each.name, value=each.most, unit="ms", bound=pages.BOUND, remark=remark)


def _counting() -> Figure:
    """The worker's counts, which it makes every other minute; the first time of a day it counts all days."""
    from healthcard.services.figures import summary

    summary.renew()
    begun = time.perf_counter()
    summary.renew()
    return Figure(name="the worker counts for the boards", value=(time.perf_counter() - begun) * 1000, unit="ms")


def _record() -> Record:
    """What is in it, seen by the province."""
    from healthcard.domain.figures import FIGURES
    from healthcard.domain.permissions import Permission
    from healthcard.services import actor
    from healthcard.services.acting import clock
    from healthcard.storage.models import Application, Card, DayClose, Organisation, Resident

    _, today = clock()
    clerk = actor.of_account(CLERK + DESK)
    clerk.require(Permission.CARD_VIEW)
    cards = Card.objects.filter(resident__home=DESK).order_by("pk")
    found = list(cards.values_list("pk", "resident_id", "issue_serial"))
    people = known(DESK, clerk.account or 0)
    closed = DayClose.objects.filter(organisation=DESK).order_by("-day").values_list("pk", flat=True)[0]
    actor.of_console(Organisation.objects.get(pk=PROVINCE)).require(Permission.CARD_VIEW)
    closed_ones = Application.objects.filter(desk=DESK).order_by("-pk")[: pages.REQUESTS]
    return Record(
        people=_last(Resident),
        cards=_last(Card),
        of_desk=found[:: max(1, len(found) // pages.REQUESTS)],
        applications=[row.pk for row in closed_ones],
        closed_day=closed,
        known=people,
        today=today,
        figures=list(FIGURES),
    )


def _last(model: type) -> int:
    """The last number of a table."""
    rows = model.objects.order_by("-pk")  # type: ignore[attr-defined] # a model of ours
    return int(rows.values_list("pk", flat=True).first() or 1)


if __name__ == "__main__":
    tell(figures())
