"""Random corruptions of single columns of every state table, by an owner whom no guard stops: the checker finds at
least 99 of 100. New ones every time.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from prove import Disproved

PEOPLE = 60
TRIED = 1_500
SHARE = 0.99


def prove() -> Iterator[str]:
    """One line; in a process of its own, for it works with an installation of its own."""
    seed = secrets.randbits(32)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found, missed = pool.submit(corrupted, TRIED, seed).result()
    tried = found.total() + missed.total()
    told = f"CORRUPTION tried={tried} tables={len(found)} found={found.total()} seed={seed}"
    yield told
    if tried < TRIED * 0.8 or found.total() < tried * SHARE:
        raise Disproved(f"{told}: missed {dict(missed)}")


def corrupted(count: int, seed: int) -> tuple[Counter[str], Counter[str]]:
    """What was found, by table; what was missed, by table and column."""
    with tempfile.TemporaryDirectory(prefix="hc") as folder:
        os.environ["HEALTHCARD_HOME"] = folder
        from healthcard.site.installation import Site

        site = Site.open(os.environ)
        list(site.set_up())
        with site.working():
            return _tried(site.server.superuser(), count, seed)


def _tried(superuser: dict[str, str | int], count: int, seed: int) -> tuple[Counter[str], Counter[str]]:
    import psycopg
    from corruptions import corruptions
    from population import Population
    from test_corruption import found

    seen: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
        Population(PEOPLE).fill(connection)
        for table, column, statement in list(corruptions(connection, count, seed)):
            told = found(connection, statement)
            if told is not None:  # else the database could not hold the value
                seen[table] += told
                missed[f"{table}.{column}"] += not told
    return +seen, +missed
