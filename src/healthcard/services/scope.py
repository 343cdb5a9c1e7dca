"""How much of the tree of organisations the database lets this connection see: the second fence (I-39).

The first are the services themselves, which ask for their actor's part of the tree. Row-level security compares the
path of each person's home with the session setting `healthcard.scope`; where that is not set, nobody is there.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from django.db import connection

from healthcard.storage import statements

NOBODY = ""
EVERYBODY = "/"


def limit(path: str) -> None:
    """From now on this connection sees what lies below `path` of the tree; inside a transaction until its end."""
    driver = connection.connection
    if not connection.in_atomic_block and driver is not None and _told.get(driver) == path:
        return
    statements.fetch(_LIMIT, [path, connection.in_atomic_block])
    if not connection.in_atomic_block and connection.connection is not None:
        _told[connection.connection] = path


@contextmanager
def widened(path: str) -> Iterator[None]:
    """See what lies below `path` inside this block of a transaction, then again what was seen before.

    For acts which the issuer's parameter lets other desks do; whoever calls this has judged that.
    """
    ((before, _),) = statements.fetch(_WIDEN, [path])
    try:
        yield
    finally:
        if not connection.needs_rollback and before != path:
            limit(before)


_LIMIT = "SELECT set_config('healthcard.scope', %s, %s)"
_WIDEN = "SELECT coalesce(current_setting('healthcard.scope', true), ''), set_config('healthcard.scope', %s, true)"


# What each driver's connection was last told outside a transaction; it goes with the connection.
_told: MutableMapping[object, str] = WeakKeyDictionary()
