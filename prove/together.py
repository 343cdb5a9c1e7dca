"""Every pair of acts on one card from two sessions at once, ten times each: one order or the other, no deadlock
(reliability: A6).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

from pairs import Seen

from prove import Disproved, progress, spread

TIMES = 10
SHARES = 6  # of the pairs, each tried at an installation of its own, on all cores
TELL = 20  # pairs of a share between two words about progress


def prove() -> Iterator[str]:
    """One line over all pairs."""
    seen, deadlocks, violations = Seen(), 0, 0
    for tried, met, found in spread(together, range(SHARES), fresh=True):
        seen.add(tried)
        deadlocks, violations = deadlocks + met, violations + found
    yield f"{seen} deadlocks={deadlocks} fsck={violations}"
    if seen.wrong or deadlocks or violations:
        raise Disproved(f"TOGETHER bad={len(seen.wrong)} deadlocks={deadlocks} fsck={violations}: {seen.wrong[:3]}")


def together(share: int) -> tuple[Seen, int, int]:
    """Of every so-manieth pair: what was seen, the deadlocks of the server, what the checker found afterwards."""
    with tempfile.TemporaryDirectory(prefix="hc") as folder:
        os.environ["HEALTHCARD_HOME"] = folder
        from healthcard.site.installation import Site

        site = Site.open(os.environ)
        list(site.set_up())
        with site.working():
            return _tried(site.server.superuser(), site.checker_address(), share)


def _tried(superuser: dict[str, str | int], checker: str, share: int) -> tuple[Seen, int, int]:
    import psycopg
    from office import Office
    from pairs import PAIRS, deadlocks, tried

    from healthcard.fsck import check

    pairs = PAIRS[share::SHARES]
    with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
        for desks in tried(Office.found(200), TIMES, pairs):
            if desks.seen.pairs % TELL == 0:
                progress(f"share {share + 1} of {SHARES}: {desks.seen.pairs} of {len(pairs)} pairs")
        violations = sum(each.violations for each in check(checker))
        return desks.seen, deadlocks(connection), violations
