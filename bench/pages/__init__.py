"""Pages of the workbench as its server makes them: whole requests through every middleware, in this process.

What is measured is from the request to the last byte of the answer, the database and the key service among it; network
and browser are not.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

REQUESTS = 48  # of each page at least, in turns over what they ask for
WARM_UP = 3
BOUND = "<= 300"  # milliseconds, of all but a twentieth
GOOD = frozenset({200, 302})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request: by whom (an account's number), for what; with `form` it is posted."""

    account: int
    path: str
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page and the differing requests for it."""

    name: str
    visits: Sequence[Visit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Milliseconds of a page: half of its requests took no longer than `half`, all but a twentieth than `most`.

    `work`: what processors spent in the server's process and at its database connection, of half of the requests.
    """

    name: str
    half: float
    most: float
    work: float


class Unanswered(Exception):
    """A page answered otherwise than with itself; the message says which and how."""


def times(pages: Iterable[Page]) -> Iterator[Times]:
    """Measure one page after the other."""
    clients: dict[int, Client] = {}
    for page in pages:
        turns = -(-REQUESTS // len(page.visits))
        for visit in page.visits[:WARM_UP]:
            _taken(clients, page.name, visit)
        taken, worked = zip(*(_taken(clients, page.name, each) for each in list(page.visits) * turns), strict=True)
        half, most = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
        yield Times(name=page.name, half=half, most=most, work=statistics.median(worked))


def _taken(clients: dict[int, Client], name: str, visit: Visit) -> tuple[float, float]:
    """Milliseconds of one request: by the clock, of processors."""
    client = clients.get(visit.account) or clients.setdefault(visit.account, _client(visit.account))
    spent, begun = _spent(), time.perf_counter()
    answer = client.post(visit.path, dict(visit.form)) if visit.form else client.get(visit.path)
    taken = time.perf_counter() - begun
    if answer.status_code not in GOOD:
        raise Unanswered(f"{name}: {visit.path} answered {answer.status_code}")
    return taken * 1000, (_spent() - spent) * 1000


def _spent() -> float:
    """Seconds of processors so far, in this process and in the database's that serves it."""
    from django.db import connection

    connection.ensure_connection()
    server = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return time.process_time() + int(server.read_text().split()[0]) / 1e9


def _client(account: int) -> Client:
    """A browser in which somebody is logged in."""
    from django.test import Client

    from healthcard.storage.models import Account

    client = Client(SERVER_NAME="localhost")
    client.force_login(Account.objects.get(pk=account))
    return client
