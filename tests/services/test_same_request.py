"""The same request from many sides at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

AT_ONCE = 16


def test_requests_at_the_same_time_have_one_effect(committed_db):
    from django.db import connection

    from healthcard.services.idempotency import Stored, once

    done, start = [], Barrier(AT_ONCE)

    def do():
        done.append(1)
        return Stored(status=200, body=b"done")

    def one(_):
        start.wait()
        try:
            return once("account:1", "at once", bytes(32), do)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(one, range(AT_ONCE)))
    assert len(done) == 1
    assert [answer.body for answer in answers] == [b"done"] * AT_ONCE
    assert sum(answer.replayed for answer in answers) == 15


def test_another_request_under_the_same_key_is_refused(db):
    from healthcard.services.idempotency import KeyReused, Stored, once

    def answer():
        return Stored(status=201, body=b"made")

    assert not once("account:1", "key", bytes(32), answer).replayed
    with pytest.raises(KeyReused):
        once("account:1", "key", b"other" + bytes(27), answer)


def test_what_fails_leaves_nothing_behind(db):
    from healthcard.services.idempotency import Stored, once

    def fail():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        once("account:1", "key", bytes(32), fail)
    assert not once("account:1", "key", b"other" + bytes(27), lambda: Stored(status=200, body=b"")).replayed
