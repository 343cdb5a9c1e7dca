"""Whether the parts of the platform are there: each spell is one row, what lies between two is an interruption."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from healthcard.services.errors import KeyServiceGone
from healthcard.services.figures import conditions
from healthcard.services.figures.rows import fetch
from healthcard.services.ports import given
from healthcard.storage import statements
from healthcard.storage.models import Webhook

PERIOD = 30.0  # seconds between two looks
_PATIENCE = 2.0  # seconds a part has to answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the platform: since when it is there, when it was last seen; None where it never was."""

    name: str
    is_there: bool = False
    since: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the platform is: its parts, and how many institutions it cannot tell what changed."""

    parts: tuple[Part, ...]
    webhooks_failing: int


def _keys() -> bool:
    try:
        with given().keys() as keys:
            keys.status()
    except KeyServiceGone:
        return False
    return True


def _line() -> bool:
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(_PATIENCE)
        try:
            door.connect(str(given().line))
        except OSError:
            return False
    return True


# The worker that looks is there itself, and with it the database it writes to.
PARTS: Mapping[str, Callable[[], bool]] = {"worker": lambda: True, "keys": _keys, "line": _line}


def look() -> int:
    """Note which parts are there now; how many."""
    there = [name for name, is_there in PARTS.items() if is_there()]
    for name in there:
        statements.run(_SEEN, {"part": name})
    return len(there)


# A spell goes on where the part was seen a moment ago, else another one begins. One worker writes.
_SEEN = """
    WITH seen AS (
        UPDATE uptime SET last = clock_timestamp()
        WHERE id = (SELECT max(id) FROM uptime WHERE part = %(part)s)
            AND last > clock_timestamp() - interval '90 seconds'
        RETURNING id)
    INSERT INTO uptime (part, since, last) SELECT %(part)s, clock_timestamp(), clock_timestamp()
    WHERE NOT EXISTS (SELECT FROM seen)"""


def health() -> Health:
    """How the platform is now."""
    names = ("name", "is_there", "since", "last")
    found = (Part(**dict(zip(names, row, strict=True))) for row in fetch(_PARTS, {}))  # type: ignore[arg-type] # columns by their place
    seen = {part.name: part for part in found}
    return Health(
        parts=tuple(seen.get(name) or Part(name=name) for name in PARTS),
        webhooks_failing=Webhook.objects.filter(closed_at=None, failures__gt=0).count(),
    )


_PARTS = f"""SELECT DISTINCT ON (part) part, last > now() - {conditions.QUIET}, since, last
    FROM uptime ORDER BY part, id DESC"""  # noqa: S608 - words of our own
