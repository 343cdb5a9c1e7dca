"""Freezes against readers: once a loss report is acknowledged, nobody who asks afterwards is told the card is good."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path

from prove import Disproved

FREEZES, VERIFIERS, PEOPLE = 300, 6, 100
PATIENCE = 60.0  # seconds until every verifier must have asked once more

Card = tuple[int, str, str]  # holder, issuer code, issue serial


@dataclass(slots=True)
class Watched:
    """The card all verifiers ask about, since when it is frozen (0 = it is not), and what they were told."""

    card: Card
    frozen_since: float = 0.0
    stop: bool = False
    asked: list[int] = field(default_factory=lambda: [0] * VERIFIERS)
    refused: list[int] = field(default_factory=lambda: [0] * VERIFIERS)  # questions asked after an acknowledgement
    accepted: list[str] = field(default_factory=list)  # and those among them that were told the card is good


def prove() -> Iterator[str]:
    """In a process of its own, for it works with an installation of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        line, accepted, violations = pool.submit(_apart).result()
    yield f"{line} fsck={violations}"
    if accepted or violations:
        raise Disproved(f"FREEZES accepted={accepted} fsck={violations}")


def _apart() -> tuple[str, list[str], int]:
    from bench.population import fill_home

    from healthcard.fsck import check
    from healthcard.site.installation import Site

    with tempfile.TemporaryDirectory(prefix="hc-") as folder:
        os.environ["HEALTHCARD_HOME"] = folder
        fill_home(Path(folder), PEOPLE)
        site = Site.open(os.environ)
        with site.working():
            watched = froze(FREEZES)
            return (
                line(FREEZES, watched),
                watched.accepted,
                sum(each.violations for each in check(site.checker_address())),
            )


def line(freezes: int, watched: Watched) -> str:
    """What came of it, for reading by machines."""
    counts = f"asked={sum(watched.asked)} asked_frozen={sum(watched.refused)} accepted={len(watched.accepted)}"
    return f"FREEZES freezes={freezes} verifiers={VERIFIERS} {counts}"


def froze(freezes: int) -> Watched:
    """Freeze cards and lift the freeze again so many times, while everybody asks about them."""
    cards = _cards()
    watched = Watched(card=cards[0])
    with ThreadPoolExecutor(VERIFIERS) as pool:
        running = [pool.submit(_verify, watched, number) for number in range(VERIFIERS)]
        try:
            _freeze(watched, list(islice(cycle(cards), freezes)))
        finally:
            watched.stop = True
        for each in running:
            each.result()
    return watched


def _cards() -> list[Card]:
    """Cards in use, with their holders."""
    from healthcard.domain.permissions import Permission
    from healthcard.services import actor
    from healthcard.storage.models import Card as Row

    actor.console().require(Permission.CARD_VIEW)
    rows = Row.objects.filter(life="issued", loss="none").order_by("pk")
    return list(rows.values_list("resident_id", "issuer_code", "issue_serial"))


def _freeze(watched: Watched, cards: Sequence[Card]) -> None:
    from healthcard.services import actor
    from healthcard.services.desk import loss

    clerk = actor.console()
    for card in cards:
        watched.card = card
        _await(watched.asked)
        loss.report_oral(clerk, card[0], channel="phone", identity="questions")
        watched.frozen_since = time.monotonic()  # acknowledged: from here on nobody may be told otherwise
        _await(watched.refused)
        watched.frozen_since = 0.0
        loss.withdraw_oral(clerk, card[0], identity="questions")


def _await(counts: list[int]) -> None:
    """Until every verifier has been answered once more."""
    before, deadline = list(counts), time.monotonic() + PATIENCE
    while not all(now > then for now, then in zip(counts, before, strict=True)):
        if time.monotonic() > deadline:
            raise Disproved(f"FREEZES verifiers={VERIFIERS}: one of them stands still")
        time.sleep(0.0005)


def _verify(watched: Watched, number: int) -> None:
    """Ask about the card that is watched, again and again."""
    from django.db import connection

    from healthcard.domain.purposes import Purpose
    from healthcard.services import actor
    from healthcard.services.institutions import verification
    from healthcard.services.institutions.status import Key

    hospital = actor.console()
    try:
        while not watched.stop:
            card, since = watched.card, watched.frozen_since  # read before asking
            said = verification.verify(hospital, Key(*card[1:]), Purpose.TREATMENT, "registration")
            watched.asked[number] += 1
            if since and since == watched.frozen_since:  # still the same freeze, which was not lifted meanwhile
                watched.refused[number] += 1
                if said.usable:
                    watched.accepted.append(f"{card[2]} at version {said.version}")
    finally:
        connection.close()


__all__ = ["Watched", "froze", "line", "prove"]
