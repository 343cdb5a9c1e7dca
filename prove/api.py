"""Thousands of made-up requests, good and bad, by people in every role, against both APIs: no server error, no answer
that the description does not declare. The same requests every time.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import count

from prove import Disproved, apart, progress

CASES = 4_000  # at the least, over both APIs
TELL = 20  # operations between two words about progress
EXAMPLES = {"desk": 20, "institution": 20}  # good ones and bad ones for each operation
TOKENS = {
    "desk": ("clerk.own", "supervisor.own", "reviewer.own", "maker.own", "auditor.own", "admin.own", "clerk.foreign"),
    "institution": ("institution.own", "institution.foreign", "clerk.own"),
}


def prove() -> Iterator[str]:
    """A line for each API and their sum; in processes of their own, for they work with installations of their own."""
    from made_up import SEED

    total = 0
    for door, examples in EXAMPLES.items():
        counts, failure = apart(asked, door, examples)
        total += (cases := sum(counts.values()))
        statuses = " ".join(f"{status}={number}" for status, number in sorted(counts.items()))
        yield f"API door={door} cases={cases} {statuses}"
        if failure:
            raise Disproved(f"API door={door} after {cases} cases: {failure}")
    yield f"API cases={total} seed={SEED}"
    if total < CASES:
        raise Disproved(f"API cases={total}: fewer than {CASES}")


def asked(door: str, examples: int) -> tuple[Counter[int], str]:
    """How often each status was answered, and the first answer that is wrong ('' = none)."""
    with tempfile.TemporaryDirectory(prefix="hc") as folder:
        os.environ["HEALTHCARD_HOME"] = folder
        from healthcard.services import processes
        from healthcard.site.installation import Site

        site = Site.open(os.environ)
        list(site.set_up())
        rack = processes.start_rack(site.state)
        try:
            with site.working():
                return _tried(door, examples)
        finally:
            processes.stop(rack)


def _tried(door: str, examples: int) -> tuple[Counter[int], str]:
    from authority import country, undone
    from django.core.signals import request_finished, request_started
    from django.core.wsgi import get_wsgi_application
    from django.db import close_old_connections
    from django.test import override_settings
    from endpoints import DOORS
    from made_up import ask

    for signal in (request_started, request_finished):  # one transaction holds the whole country
        signal.disconnect(close_old_connections)
    counts: Counter[int] = Counter()
    with country() as world, override_settings(ROOT_URLCONF=DOORS[door]):
        served, done = get_wsgi_application(), count(1)

        def tell(operation: str) -> None:
            if next(done) % TELL == 0:
                progress(f"{door}: {counts.total()} cases, as far as {operation}")

        try:
            ask(served, "/api/v1/openapi.json", TOKENS[door], examples, world.ids, undone, counts, tell)
        except (AssertionError, BaseExceptionGroup) as error:
            return counts, str(error)
    return counts, ""
