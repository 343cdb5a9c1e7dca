"""The services on a real database against the model of the law, act by act, for many lives."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

from prove import Disproved, apart

LIVES, ACTS = 400, 60


def prove() -> Iterator[str]:
    """One line; in a process of its own, for it works with an installation of its own."""
    line, failure = apart(lived, LIVES, ACTS)
    if failure:
        raise Disproved(f"MACHINE {failure}")
    yield line


def lived(lives: int, acts: int) -> tuple[str, str]:
    """The figures, and the first difference between the record and the model ('' = none)."""
    import psycopg
    from hypothesis import settings
    from hypothesis.stateful import run_state_machine_as_test

    with tempfile.TemporaryDirectory(prefix="hc") as folder:
        os.environ["HEALTHCARD_HOME"] = folder
        from machine import Machine, Seen, told
        from office import Office
        from paper import chips_on_paper

        from healthcard.site.installation import Site

        site = Site.open(os.environ)
        list(site.set_up())
        given = site.server.superuser()
        with site.working(), chips_on_paper(), psycopg.connect(dbname="healthcard", autocommit=True, **given) as own:
            seen = Seen(office=Office.found(), connection=own)
            profile = settings(max_examples=lives, stateful_step_count=acts, database=None, deadline=None)
            try:
                run_state_machine_as_test(lambda: Machine(seen), settings=profile)
            except AssertionError as error:
                return told(seen), str(error)
            never = sorted(Machine.ACTS - set(seen.happened))
            return told(seen), f"never happened: {', '.join(never)}" if never else ""
