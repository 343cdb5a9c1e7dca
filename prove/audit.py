"""The attacker who owns the database: whatever he does to the audit, re-chained or cut or put back, is found at its
place, and no entry waits longer than a minute for its anchor.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random
from uuid import uuid4

from prove import Disproved

ENTRIES = 2_000
ANCHORED = 150  # entries between two anchors
ROUNDS = 12  # of every attack
LONGEST = 60.0  # seconds between two anchors


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Attacks tried, those that were `missed`; how often the worker anchors, in seconds."""

    entries: int
    anchors: int
    attacks: int
    missed: tuple[str, ...]
    period: float


def prove() -> Iterator[str]:
    """One line; in a process of its own, for it works with an installation of its own."""
    seed = secrets.randbits(32)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        seen = pool.submit(attacked, seed).result()
    told = f"AUDIT entries={seen.entries} anchors={seen.anchors} attacks={seen.attacks} period={seen.period:.0f}"
    yield f"{told} missed={len(seen.missed)} seed={seed}"
    if seen.missed or seen.period > LONGEST:
        raise Disproved(f"{told} seed={seed}: {'; '.join(seen.missed[:5])}")


def attacked(seed: int) -> Seen:
    """Fill the chains, then attack them again and again."""
    with tempfile.TemporaryDirectory(prefix="hc") as folder:
        os.environ["HEALTHCARD_HOME"] = f"{folder}/home"
        from healthcard.site.installation import Site

        site = Site.open(os.environ)
        list(site.set_up())
        with site.working():
            return _tried(site.server.superuser(), Path(folder), Random(seed))  # noqa: S311 - any choice will do


def _tried(superuser: dict[str, str | int], folder: Path, random: Random) -> Seen:
    import psycopg
    from audit_attacks import ATTACKS, Attacker, Keys, is_found

    from healthcard.jobs.worker import TASKS
    from healthcard.keys import anchors
    from healthcard.services.trail import anchoring, auditing
    from keys import masters

    known = Keys(masters.make(folder / "store.json"), folder / anchors.NAME)
    anchoring.key_service = auditing.key_service = known  # type: ignore[assignment] # the attacker does not reach it
    _fill()
    whole = auditing.verify()
    missed = [f"an untouched audit: {whole.faults[:2]}"] if whole.faults else []
    with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
        attacker = Attacker(connection, random)
        for name in ATTACKS * ROUNDS:
            chain, seq = getattr(attacker, name)()
            if not is_found(name, chain, seq, auditing.verify().faults):
                missed.append(f"{name} at chain {chain}, entry {seq}")
            attacker.undo()
    return Seen(
        entries=whole.entries,
        anchors=whole.anchors,
        attacks=len(ATTACKS) * ROUNDS,
        missed=tuple(missed),
        period=next(task.period for task in TASKS if task.name == "anchors"),
    )


def _fill() -> None:
    """Chains of some length, anchored many times."""
    from django.db import transaction

    from healthcard.services import audit
    from healthcard.services.actor import Actor
    from healthcard.services.trail import anchoring

    actor = Actor(account=None, name="proof", organisation=1, permissions=frozenset(), path="/1/")
    for number in range(1, ENTRIES + 1):
        with transaction.atomic():
            person = number if number % 10 else None
            audit.write(actor=actor, action="proof", operation=uuid4(), resident=person, facts={"number": number})
        if number % ANCHORED == 0 or number == ENTRIES:
            anchoring.anchor_now()
