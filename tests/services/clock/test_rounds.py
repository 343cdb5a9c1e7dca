"""What time brings about: reports lapse, holders are reminded, once for each occasion."""

from __future__ import annotations

from datetime import timedelta

import pytest
from desk import facts

from healthcard.domain.permissions import Permission


def kinds(clerk, person):
    from healthcard.services.people import messages

    return [told.kind for told in messages.of_resident(clerk, person)]


@pytest.fixture
def decided(province):
    """Put parameters in force today, as two people would."""
    from healthcard.services.acting import clock
    from healthcard.storage.models import ParameterSet

    def decide(**values):
        named = {name.replace("__", "."): value for name, value in values.items()}
        now, today = clock()
        ParameterSet.objects.create(issuer=province, version=1, values=named, valid_from=today, approved_at=now)

    return decide


@pytest.fixture
def reported(issued, clerk, adult):
    """An oral report on the issued card that lapses after so many hours."""
    from healthcard.services.acting import act, clock

    def report(hours):
        with act(clerk, Permission.LOSS_REPORT, "loss.oral", resident=adult) as now:
            now.event(issued[0], "oral_loss", loss_until=clock()[0] + timedelta(hours=hours))
        return issued[0]

    return report


def test_an_oral_report_stands_until_its_time_has_passed(reported):
    """That it ends then is shown where time really passes: by the story of three people."""
    from healthcard.services.clock import rounds

    card = reported(1)
    assert rounds.lapse_oral_reports() == 0
    assert facts(card).loss == "oral"


def test_the_holder_is_reminded_once_before_his_oral_report_lapses(reported, clerk, adult):
    from healthcard.services.clock import rounds

    reported(20)
    assert rounds.remind() == 1
    assert kinds(clerk, adult)[0] == "loss.oral_lapsing"
    assert rounds.remind() == 0


def test_nobody_is_reminded_long_before(reported):
    from healthcard.services.clock import rounds

    reported(30)
    assert rounds.remind() == 0


def test_a_waiting_card_is_recalled_to_its_holder_before_it_is_cancelled(arrived, decided, clerk, adult):
    from healthcard.services.clock import rounds

    assert rounds.remind() == 0
    decided(card__uncollected_days=30, card__uncollected_warn_days=30)
    assert rounds.remind() == 1
    assert kinds(clerk, adult)[0] == "card.uncollected"
    assert rounds.remind() == 0


def test_what_the_clock_may_do_is_told_and_no_more(province):
    from healthcard.services.actor import of_clock

    assert of_clock(province).permissions == {Permission.LOSS_REPORT, Permission.CARD_STOCK}


def due(province, kind, figure, change=lambda text: text):
    """Whom a reminder reaches when the issuer's parameter is `figure`: years cannot pass in a test."""
    from dataclasses import replace

    from healthcard.services.acting import clock
    from healthcard.services.actor import of_clock
    from healthcard.services.clock import reminders

    of_clock(province).require(Permission.CARD_STOCK)
    (found,) = (each for each in reminders.REMINDERS if each.kind == kind)
    figures = {"figure": figure, "warn": 0, "today": clock()[1], "kind": kind, "limit": 5}
    return set(reminders._due(replace(found, due=change(found.due)), figures))


def test_a_card_near_its_end_is_recalled_to_its_holder(issued, province):
    from healthcard.services.acting import clock

    left = (facts(issued[0]).valid_until - clock()[1]).days
    assert due(province, "card.expiring", left) == {issued[0]}
    assert due(province, "card.expiring", left - 1) == set()


def test_a_dormant_card_is_recalled_and_a_used_one_is_not(issued, province):
    assert due(province, "dormant.reminder", 0) == {issued[0]}
    earlier = lambda text: text.replace("now() -", "now() - interval '1 second' -")  # noqa: E731
    assert due(province, "dormant.reminder", 0, earlier) == set()
