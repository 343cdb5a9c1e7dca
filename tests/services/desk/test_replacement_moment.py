"""No moment with two usable cards (I-02, I-12): looked at from another connection at every step of a hand-over."""

from __future__ import annotations

import psycopg
import pytest
from desk import facts
from renewal import Desk

USABLE = "SELECT array_agg(id ORDER BY id) FROM card WHERE unusable_because(card, clock_timestamp()) = 'usable'"


@pytest.fixture
def db(committed_db):
    """Another connection sees only what was committed."""


@pytest.fixture
def usable(superuser):
    """Which cards may be used, as the rest of the world sees it."""
    with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as other:
        yield lambda: other.execute(USABLE).fetchone()[0] or []


def test_while_a_card_is_handed_over_everybody_else_sees_the_old_one_or_the_new_one(
    issued, adult, clerk, console, judge, shop, blank, usable, monkeypatch
):
    from healthcard.services.acting import Act

    desk = Desk(clerk=clerk, console=console, judge=judge, shop=shop, blank=blank)
    old, chip = issued
    application, new, fresh = desk.waiting(adult, "damaged")
    desk.read(application, chip)
    desk.move(application, fresh)
    assert usable() == [old]
    happened, seen, event = [], [], Act.event

    def watched(now, card, name, **changes):
        after = event(now, card, name, **changes)
        happened.append((card, name))
        seen.append(usable())
        return after

    monkeypatch.setattr(Act, "event", watched)
    desk.hand_over(application, fresh, presented=("identity", "card"))
    assert happened == [(old, "replaced"), (new, "handed_over")]
    assert seen == [[old], [old]]
    assert usable() == [new]
    assert facts(old).life == "ended"
    desk.close()


def test_the_checker_finds_nothing_wrong_with_cards_replaced_and_lent(
    issued, adult, clerk, console, judge, shop, blank, usable, installation
):
    from healthcard.fsck import check

    desk = Desk(clerk=clerk, console=console, judge=judge, shop=shop, blank=blank)
    old, chip = issued
    application = desk.asked(adult, "damaged")
    desk.judge(application)
    lent, other = desk.lent(adult)
    assert usable() == [lent]
    bad, _ = desk.made(application)
    desk.give_up(application, "defective")
    new, fresh = desk.made(application)
    desk.read(application, chip)
    desk.read(application, other)
    desk.move(application, fresh)
    desk.hand_over(application, fresh, presented=("identity", "card", "temporary_card"))
    second, third = desk.waiting(adult, "lost")[:2]
    desk.declare(second, new, "丢失")
    assert usable() == []
    assert {each.id: each.where for each in check(installation.checker_address()) if each.violations} == {}
    assert [facts(card).life for card in (old, lent, bad, new, third)] == ["ended", "ended", "ended", "issued", "made"]
    desk.close()


def test_a_hand_over_that_breaks_off_leaves_the_old_card_in_use(
    issued, adult, clerk, console, judge, shop, blank, usable, monkeypatch
):
    from healthcard.services import audit

    desk = Desk(clerk=clerk, console=console, judge=judge, shop=shop, blank=blank)
    old, chip = issued
    application, new, fresh = desk.waiting(adult, "damaged")
    desk.read(application, chip)
    desk.move(application, fresh)

    def broken(**entry):
        raise OSError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(audit, "write", broken)
        with pytest.raises(OSError, match="the power went"):
            desk.hand_over(application, fresh, presented=("identity", "card"))
    assert usable() == [old]
    desk.hand_over(application, fresh, presented=("identity", "card"))
    assert usable() == [new]
    desk.close()
