"""Every pair of acts on one card from two sessions at once, ten times each: one order or the other, no deadlock
(reliability: A6).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

from pairs import Seen

from prove import Disproved, apart, progress

TIMES = 10
TELL = 50  # pairs between two words about progress


def prove() -> Iterator[str]:
    """One line over all pairs; in a process of its own, for it works with an installation of its own."""
    seen, deadlocks, violations = apart(together, TIMES)
    yield f"{seen} deadlocks={deadlocks} fsck={violations}"
    if seen.wrong or deadlocks or violations:
        raise Disproved(f"TOGETHER bad={len(seen.wrong)} deadlocks={deadlocks} fsck={violations}: {seen.wrong[:3]}")


def together(times: int) -> tuple[Seen, int, int]:
    """What was seen, the deadlocks of the server, what the checker found afterwards."""
    with tempfile.TemporaryDirectory(prefix="hc") as folder:
        os.environ["HEALTHCARD_HOME"] = folder
        from healthcard.site.installation import Site

        site = Site.open(os.environ)
        list(site.set_up())
        with site.working():
            return _tried(site.server.superuser(), site.checker_address(), times)


def _tried(superuser: dict[str, str | int], checker: str, times: int) -> tuple[Seen, int, int]:
    import psycopg
    from office import Office
    from pairs import PAIRS, deadlocks, tried

    from healthcard.fsck import check

    with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
        for desks in tried(Office.found(200), times):
            if desks.seen.pairs % TELL == 0:
                progress(f"{desks.seen.pairs} of {len(PAIRS)} pairs")
        violations = sum(each.violations for each in check(checker))
        return desks.seen, deadlocks(connection), violations
