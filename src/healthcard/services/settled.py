"""The moment before which nothing is under way: what is counted up to it is counted once for all."""

from __future__ import annotations

from datetime import datetime

from healthcard.storage import statements


def settled() -> datetime:
    """The latest moment up to which every act that has begun is over: an act bears the moment at which it began."""
    ((moment,),) = statements.fetch(_SETTLED, [])
    if not isinstance(moment, datetime):
        raise TypeError("a moment is a time")
    return moment


_SETTLED = """
    SELECT least(now(), min(xact_start) - interval '1 microsecond') FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
