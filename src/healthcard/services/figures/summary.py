"""Counts kept by the worker, for parts of the tree with so many cards that counting them anew would take too long.

With 1,000,000 cards one pass over their index takes longer than a page may; below `LIVE` cards it is made every time.
What stands here says of which moment it is.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from healthcard.domain.figures import FIGURES
from healthcard.services import scope
from healthcard.services.figures.asking import Asked
from healthcard.services.figures.rows import fetch
from healthcard.storage import statements

LIVE = 50_000  # cards that are counted anew for every board
PERIOD = 120.0  # seconds between two rounds of the worker
FACTS = ("kind", "life", "loss", "suspended", "place")  # what cards are told apart by, besides their home
COUNTED = ("handed_over", *FIGURES["endings"].events)  # what the picture of the months shows


def renew() -> int:
    """Count everything anew; how many groups of cards there are."""
    with transaction.atomic():
        scope.limit(scope.EVERYBODY)
        statements.run("DELETE FROM card_count", [])
        statements.run(_CARDS, [])
        statements.run("DELETE FROM month_count", [])
        statements.run(_MONTHS, [list(COUNTED)])
        ((groups,),) = statements.fetch("SELECT count(*) FROM card_count", [])
    return int(groups)


_CARDS = """
    INSERT INTO card_count (home_path, kind, life, loss, suspended, place, number, at)
    SELECT home_path, kind, life, loss, suspended, place, count(*), now() FROM card
    GROUP BY home_path, kind, life, loss, suspended, place"""
_MONTHS = """
    INSERT INTO month_count (month, home_path, event, number)
    SELECT date_trunc('month', card_event.at AT TIME ZONE 'Asia/Shanghai')::date, home_path, event, count(*)
    FROM card_event JOIN card ON card.id = card_id
    WHERE event = ANY(%s) AND card_event.at >= now() - interval '13 months' GROUP BY 1, 2, 3"""


def counted_at(asked: Asked) -> datetime | None:
    """The moment of the counts to go by; None where there are so few cards that they are counted anew."""
    ((number, at),) = fetch(_SIZE, asked.given)
    return at if isinstance(at, datetime) and isinstance(number, int) and number > LIVE else None


_SIZE = "SELECT coalesce(sum(number), 0)::bigint, min(at) FROM card_count WHERE starts_with(home_path, %(path)s)"
