"""The feed of changes: nobody who follows it misses one, however long its transaction took."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

_CHANGE = """
    INSERT INTO card_change (card_id, version, usable, reason, at, xid)
    VALUES (%s, %s, false, 'lost', now(), pg_current_xact_id()::text::bigint)"""


@pytest.fixture
def card(committed_db, helpers):
    from healthcard.services.stage import demo
    from healthcard.storage.models import Card

    demo.create(date(2026, 11, 23), people=2)
    list(demo.make_cards(date(2026, 11, 23), 1))
    yield Card.objects.get().pk
    for image in helpers.chips.glob("*.img"):
        image.unlink()


def test_a_slow_transaction_is_waited_for(card, superuser):
    from healthcard.services.institutions import changes
    from healthcard.services.stage import demo

    actor = demo.maker()
    start = changes.since(actor).position
    with (
        psycopg.connect(dbname="healthcard", **superuser) as slow,
        psycopg.connect(dbname="healthcard", **superuser) as fast,
    ):
        slow.execute(_CHANGE, [card, 101])
        fast.execute(_CHANGE, [card, 102])
        fast.commit()
        assert changes.since(actor, start).changes == ()
        slow.commit()
        feed = changes.since(actor, start)
    assert [each.version for each in feed.changes] == [101, 102]
    assert changes.since(actor, feed.position).changes == ()


def test_pages_of_the_feed_leave_nothing_out(card, superuser):
    from healthcard.services.institutions import changes
    from healthcard.services.stage import demo

    actor = demo.maker()
    position = changes.since(actor).position
    with psycopg.connect(dbname="healthcard", **superuser) as connection:
        for version in range(1, 8):
            connection.execute(_CHANGE, [card, 200 + version])
    found, more = [], True
    while more:
        feed = changes.since(actor, position, limit=3)
        found += [each.version for each in feed.changes]
        position, more = feed.position, feed.more
    assert found == list(range(201, 208))
