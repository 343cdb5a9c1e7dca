"""The day of a desk: counted from the audit, closed once, counted again alike; deadlines; one's own acts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from desk import request


@pytest.fixture
def day():
    from healthcard.services.desk import day

    return day


@pytest.fixture
def asked(adult, clerk):
    """An application with a fee of 20 yuan."""
    from healthcard.services.desk import issue
    from healthcard.storage.models import Application

    application = issue.ask(clerk, request("first_issue", adult)).id
    Application.objects.filter(pk=application).update(fee_fen=2000)
    return application


@pytest.fixture
def paid(asked, clerk):
    from healthcard.services.desk import applications

    applications.pay(clerk, asked, "SJ-1")
    return asked


def test_the_day_counts_acts_and_fees_by_kind(day, paid, clerk):
    found = day.today(clerk)
    assert found.sums.acts == {"application.pay": 1, "first_issue.accept": 1}
    assert [(each.kind, each.count, each.fen) for each in found.sums.fees] == [("first_issue", 1, 2000)]
    (row,) = found.payments
    assert (row.application, row.receipt, row.fen) == (paid, "SJ-1", 2000)
    assert not found.closed


def test_the_day_counts_what_happened_to_cards(day, arrived, clerk):
    assert day.today(clerk).sums.cards["arrived"] == 1


def test_another_desks_acts_are_not_counted(day, paid, clerk, province):
    from dataclasses import replace

    from healthcard.storage.models import Organisation

    other = Organisation.objects.create(code="D1", name="窗口", kind="desk", parent=province, division="990100")
    assert day.today(replace(clerk, organisation=other.pk)).sums.acts == {}


def test_a_day_is_closed_once(day, paid, clerk, as_role):
    from healthcard.services.errors import Refused

    number = day.close(clerk)
    assert day.today(clerk).closed
    with pytest.raises(Refused, match="closed"):
        day.close(as_role("supervisor"))
    assert [each.id for each in day.closes(clerk)] == [number]


def test_a_closed_day_counted_again_has_the_same_sums(day, paid, clerk):
    record, again = day.closed(clerk, day.close(clerk))
    assert record.sums == again
    assert record.sums.fen == 2000


@pytest.mark.parametrize("happened", ["paid", "arrived"])
def test_the_checker_counts_a_closed_day_the_same(day, happened, clerk, request):
    from django.db import connection

    from healthcard.fsck import INVARIANTS
    from healthcard.services import scope

    request.getfixturevalue(happened)
    day.close(clerk)
    scope.limit(scope.EVERYBODY)
    (closed_days,) = (each for each in INVARIANTS if each.id == "I-55")
    with connection.cursor() as cursor:
        cursor.execute(closed_days.sql)
        assert cursor.fetchall() == []


def test_after_a_close_counting_begins_anew(day, paid, clerk):
    day.close(clerk)
    assert day.today(clerk).sums.acts == {}
    assert day.today(clerk).sums.fees == ()


def test_sums_that_were_changed_are_found(day, paid, clerk, superuser):
    import json

    from django.db import connection

    number = day.close(clerk)
    record, again = day.closed(clerk, number)
    assert record.sums == again
    changed = {**json.loads(json.dumps(dict(record.sums.acts))), "application.pay": 2}
    assert changed != again.acts
    with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("UPDATE day_close SET sums = '{}' WHERE id = %s", [number])


def test_a_close_of_another_desk_is_not_there(day, paid, clerk, province):
    from dataclasses import replace

    from healthcard.services.errors import NotFound
    from healthcard.storage.models import Organisation

    number = day.close(clerk)
    other = Organisation.objects.create(code="D1", name="窗口", kind="desk", parent=province, division="990100")
    with pytest.raises(NotFound):
        day.closed(replace(clerk, organisation=other.pk), number)


def test_what_is_due_first_stands_first(asked, clerk, adult):
    from healthcard.services.desk import deadlines
    from healthcard.services.people import rights
    from healthcard.services.people.person_requests import Asking
    from healthcard.storage.models import Application

    rights.ask(clerk, adult, "copy", Asking(presented=("identity",), identity="document_and_face"))
    due = Application.objects.get(pk=asked).due_on
    Application.objects.filter(pk=asked).update(due_on=due - timedelta(days=90))
    first, second = deadlines.board(clerk)
    assert (first.sort, first.id, first.overdue) == ("application", asked, True)
    assert (second.sort, second.overdue) == ("request", False)


def test_a_card_at_the_desk_is_on_the_board(arrived, clerk):
    from healthcard.services.desk import deadlines

    _, card, _ = arrived
    assert [each.id for each in deadlines.board(clerk) if each.sort == "card"] == [card]


def test_ones_own_acts_are_told_with_what_they_were_about(paid, clerk, adult, reviewer, as_role):
    from healthcard.services.desk import recent

    rows = recent.acts(clerk)
    assert {row.action for row in rows} == {"application.pay", "first_issue.accept"}
    assert {row.application for row in rows} == {paid}
    assert {row.resident for row in rows} == {adult}
    assert recent.acts(as_role("supervisor")) == ()
