"""Counts kept by the worker, for parts of the tree with so many cards that counting them anew would take too long.

What one pass over a part's cards and their events finds costs as much as they are many; below `LIVE` cards it is made
every time. What stands here says of which moment it is: everything that had happened by then is in it, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from healthcard.domain.figures import FIGURES, Subject
from healthcard.services import scope
from healthcard.services.acting import clock
from healthcard.services.figures import conditions
from healthcard.services.figures.conditions import DAY
from healthcard.services.figures.rows import fetch, run
from healthcard.services.settled import settled

LIVE = 2_000  # cards that are counted anew for every board
BEGINNING = date(1900, 1, 1)  # before everything
PERIOD = 120.0  # seconds between two rounds of the worker
FACTS = ("kind", "life", "loss", "suspended", "place")  # what cards are told apart by, besides their home
EVENTS = sorted({event for each in FIGURES.values() if each.subject is Subject.EVENTS for event in each.events})


def renew() -> int:
    """Count anew what may have changed since the last time; how many groups of cards there are."""
    with transaction.atomic():
        scope.limit(scope.EVERYBODY)
        upto, moved = settled(), fetch("SELECT id, path FROM home_change", {})
        everywhere = [str(path) for (path,) in fetch("SELECT path FROM organisation", {})]
        _count_days(everywhere, _unsettled(), upto)
        if moved:
            _count_days(sorted({str(path) for _, path in moved}), BEGINNING, upto)
            run("DELETE FROM home_change WHERE id = ANY(%(ids)s)", {"ids": [int(str(number)) for number, _ in moved]})
        run("DELETE FROM card_count", {})
        run(_CARDS, {"upto": upto})
        ((groups,),) = fetch("SELECT count(*)::int FROM card_count", {})
    return int(str(groups))


def _unsettled() -> date:
    """The first day of which something may have come to pass since the last count; once a day all are counted."""
    ((day,),) = fetch(_LAST_DAY, {})
    _, today = clock()
    return today if day == today else BEGINNING


_LAST_DAY = f"SELECT min({DAY.format('at')}) FROM card_count"  # noqa: S608 - words of our own


def _count_days(paths: Sequence[str], first: date, upto: datetime) -> None:
    run(_DAYS, {"paths": paths, "first": first, "events": EVENTS, "upto": upto})


def days(places: str, limit: str) -> str:
    """What happened on each day to cards at home at `places` (SQL that gives id and path), and what was closed there.

    Rows of path, day, name (an event, `in_time` or `late`) and number; `limit` says which moments {0} count.
    """
    closed = DAY.format("closed_at")
    return f"""SELECT path, {DAY.format("card_event.at")} AS day, event AS name, count(*)::int AS number
        FROM ({places}) AS place JOIN card ON home_path = path JOIN card_event ON card_event.card_id = card.id
        WHERE event = ANY(%(events)s) AND {limit.format("card_event.at")} GROUP BY 1, 2, 3
        UNION ALL
        SELECT path, {closed}, CASE WHEN {conditions.IN_TIME} THEN 'in_time' ELSE 'late' END, count(*)::int
        FROM ({places}) AS place JOIN application ON desk_id = place.id
        WHERE {conditions.CLOSED} AND {limit.format("closed_at")} GROUP BY 1, 2, 3"""  # noqa: S608 - words of our own


_CARDS = f"""
    WITH idle AS (SELECT card.id {conditions.dormant()})
    INSERT INTO card_count (home_path, kind, life, loss, suspended, place, number, dormant, at)
    SELECT home_path, kind, life, loss, suspended, place, count(*), count(idle.id), %(upto)s
    FROM card LEFT JOIN idle ON idle.id = card.id GROUP BY home_path, kind, life, loss, suspended, place"""  # noqa: S608
_HERE = "SELECT id, path FROM organisation WHERE path = ANY(%(paths)s)"
_LIMIT = f"{{0}} >= {conditions.MOMENT.format('first')} AND {{0}} <= %(upto)s"
# What is counted as before is not written again.
_DAYS = f"""
    WITH counted AS MATERIALIZED ({days(_HERE, _LIMIT)}),
    gone AS (DELETE FROM day_count AS kept WHERE kept.path = ANY(%(paths)s) AND kept.day >= %(first)s
        AND NOT EXISTS (SELECT FROM counted
            WHERE (counted.path, counted.day, counted.name) = (kept.path, kept.day, kept.name)))
    INSERT INTO day_count (path, day, name, number) SELECT path, day, name, number FROM counted
    ON CONFLICT (path, day, name) DO UPDATE SET number = EXCLUDED.number
    WHERE day_count.number <> EXCLUDED.number"""  # noqa: S608 - words of our own


def counted_at(path: str) -> datetime | None:
    """The moment of the counts to go by below `path`; None where there are so few cards that they are counted anew."""
    ((number, at),) = fetch(_SIZE, {"path": path})
    return at if isinstance(at, datetime) and isinstance(number, int) and number > LIVE else None


_SIZE = "SELECT coalesce(sum(number), 0)::bigint, min(at) FROM card_count WHERE starts_with(home_path, %(path)s)"
