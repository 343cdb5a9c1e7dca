"""One at a time: whoever works with a card or a chip holds it, in whichever process, until he is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

from healthcard.services.errors import Conflict


@contextmanager
def alone_with(subject: str, name: str) -> Iterator[None]:
    """Hold `subject`, which stands for something like "card:7", inside this block; never waits for it.

    Raises Conflict, which calls it by `name`, while another connection to the database holds it. It is free again at
    the latest when this connection ends.
    """
    if not _asked("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", subject):
        raise Conflict(
            "此刻有人正在办理：请等其办完再查看。",
            f"Somebody works with this {name} at this moment: wait until they are done, then look again.",
        )
    try:
        yield
    finally:
        _let_go(subject)


def _let_go(subject: str) -> None:
    try:
        _asked("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", subject)
    except DatabaseError:
        connection.close()  # a connection that answers no more: with it goes all it held


def _asked(question: str, subject: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [subject])
        (answer,) = cursor.fetchone()
    return bool(answer)
