"""Figures of the boards: each equals the length of its list, and counts the actor's part of the tree alone."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models.functions import Now

from healthcard.domain.figures import FIGURES


@pytest.fixture
def happen(console):
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act

    def make(card, event, **changes):
        with act(console, Permission.DESK_ACT, "test.life") as now:
            now.event(card, event, **changes)

    return make


@pytest.fixture
def applied(province):
    """An application of a person, just as a row."""
    from healthcard.services.acting import clock
    from healthcard.storage.models import Application

    def make(resident, kind, due_in, closed_as=""):
        now, today = clock()
        row = Application.objects.create(
            number=uuid4().hex[:24],
            kind=kind,
            resident_id=resident,
            sealed=b"sealed",
            desk=province,
            due_on=today + timedelta(days=due_in),
        )
        if closed_as:
            Application.objects.filter(pk=row.pk).update(state=closed_as, closed_at=now)

    return make


@pytest.fixture
def world(people, in_use, order, happen, applied, console):
    """At least one of everything that a figure counts."""
    from healthcard.services.acting import clock
    from healthcard.storage.models import Card, Message, Uptime

    now, _ = clock()
    used, lost, ended = in_use(0), in_use(1), in_use(2)
    happen(lost.pk, "oral_loss", loss_until=now + timedelta(days=5))
    happen(ended.pk, "terminated", end_reason="holder", place="recovered")
    made, _ = order(3)
    Card.objects.filter(pk=made).update(product="jia", chip8=b"8" * 8, answer_to_reset=bytes(13), layout="full")
    happen(made, "made")
    happen(made, "arrived", place_org=console.organisation)
    order(4)
    Message.objects.create(resident_id=people[0], kind="dormant.reminder", card=used, operation=uuid4())
    applied(people[0], "update", 3)
    applied(people[1], "replacement", -3)
    applied(people[2], "update", 1, "withdrawn")
    applied(people[3], "update", -1, "withdrawn")
    for since, last in ((60, 50), (30, 0)):
        spell = {"since": now - timedelta(minutes=since), "last": now - timedelta(minutes=last)}
        Uptime.objects.create(part="worker", **spell)
    return used


def _asked(actor, **days):
    from healthcard.services import figures

    return figures.asked(actor, None, figures.Range(**days))


def _all(figure, asked):
    from healthcard.services import figures

    found, after = [], ""
    while True:
        page = figures.listed(figure, asked, after=after, limit=1)
        found += page.lines
        after = page.after
        if not after:
            return found


# What the world above holds of each figure; the next test makes the others.
EXPECTED = {
    "in_use": 1,
    "in_making": 1,
    "on_the_way": 0,
    "at_desks": 1,
    "lost": 1,
    "suspended": 0,
    "temporary": 0,
    "ended": 1,
    "dormant": 1,
    "issued": 3,
    "made": 4,
    "losses": 1,
    "endings": 1,
    "open": 2,
    "overdue": 1,
    "in_time": 1,
    "late": 1,
    "outages": 1,
}


def test_every_figure_equals_the_length_of_its_list(world, as_role):
    from healthcard.services import figures

    supervisor = as_role("supervisor")
    asked = _asked(supervisor)
    board = figures.board(supervisor, asked)
    assert {key: count.number for key, count in board.counts.items()} == EXPECTED
    lists = {key: _all(FIGURES[key], asked) for key in FIGURES}
    assert {key: len(lines) for key, lines in lists.items()} == EXPECTED
    for lines in lists.values():
        assert len({line.id for line in lines}) == len(lines)


def test_rare_states_are_counted_too(world, happen, as_role, order):
    from healthcard.services import figures
    from healthcard.storage.models import Card

    supervisor = as_role("supervisor")
    card, _ = order(2)
    Card.objects.filter(pk=card).update(product="jia", chip8=b"9" * 8, answer_to_reset=bytes(13), layout="full")
    happen(card, "made")
    happen(card, "dispatched")
    happen(world.pk, "suspended")
    asked = _asked(supervisor)
    board = figures.board(supervisor, asked)
    for key in ("on_the_way", "suspended"):
        assert board.counts[key].number == len(_all(FIGURES[key], asked)) == 1
    assert board.counts["in_use"].number == len(_all(FIGURES["in_use"], asked)) == 0


def test_another_part_of_the_tree_is_not_counted(world, as_role, province):
    from healthcard.services import actor, figures
    from healthcard.services.errors import NotFound
    from healthcard.storage.models import Account, Organisation

    city = Organisation.objects.create(code="C1", name="测试市", kind="city", parent=province, division="990100")
    account = Account.objects.create(username="far", full_name="far", organisation=city, role="clerk", password="!")
    clerk = actor.of_account(account.pk)
    asked = _asked(clerk)
    board = figures.board(clerk, asked)
    assert {key: count.number for key, count in board.counts.items() if count.number} == {"outages": 1}
    assert not _all(FIGURES["issued"], asked)
    with pytest.raises(NotFound):
        figures.asked(clerk, province.pk, figures.Range())


def test_what_an_organisation_below_has_stands_in_its_own_row(world, as_role, province):
    from healthcard.services import figures

    supervisor = as_role("supervisor")
    (own,) = figures.board(supervisor, _asked(supervisor)).branches
    assert own.organisation.id == province.pk
    assert {count.figure.key: count.number for count in own.counts}["lost"] == 1


def test_what_happened_before_the_time_asked_for_is_not_counted(world, as_role):
    from healthcard.services import figures
    from healthcard.services.acting import clock

    supervisor = as_role("supervisor")
    _, today = clock()
    earlier = today - timedelta(days=10)
    asked = _asked(supervisor, since=earlier - timedelta(days=5), until=earlier)
    board = figures.board(supervisor, asked)
    for key in ("issued", "made", "losses", "endings", "in_time", "late", "outages"):
        assert board.counts[key].number == len(_all(FIGURES[key], asked)) == 0
    assert board.counts["open"].number == 2


@pytest.mark.parametrize("days", [(5, 0), (-400, 0)], ids=["wrong way round", "more than a year"])
def test_days_that_cannot_be_are_refused(as_role, days):
    from healthcard.services import figures
    from healthcard.services.acting import clock
    from healthcard.services.errors import Invalid

    supervisor = as_role("supervisor")
    _, today = clock()
    since, until = (today + timedelta(days=each) for each in days)
    with pytest.raises(Invalid):
        figures.asked(supervisor, None, figures.Range(since=since, until=until))


def test_months_are_there_whether_anything_happened_or_not(world, as_role):
    from healthcard.services import figures

    supervisor = as_role("supervisor")
    months = figures.board(supervisor, _asked(supervisor)).months
    assert len(months) == 12
    assert [each.issued for each in months] == [0] * 11 + [3]
    assert [each.ended for each in months] == [0] * 11 + [1]


def test_an_export_is_noted_and_needs_a_supervisor(world, as_role):
    from healthcard.domain.permissions import NotAllowed
    from healthcard.services import figures
    from healthcard.storage.models import AuditEntry

    supervisor = as_role("supervisor")
    lines = figures.exported(supervisor, FIGURES["issued"], _asked(supervisor)).lines
    assert len(lines) == 3
    entry = AuditEntry.objects.filter(action="figures.export").get()
    assert b'"lines":3' in bytes(entry.body)
    with pytest.raises(NotAllowed):
        figures.exported(as_role("clerk"), FIGURES["issued"], _asked(supervisor))


def test_a_part_that_was_seen_again_at_once_was_not_away(db, helpers):
    from healthcard.services.figures import uptime
    from healthcard.storage.models import Uptime

    uptime.look()
    uptime.look()
    assert sorted(Uptime.objects.values_list("part", flat=True)) == ["keys", "worker"]
    parts = {part.name: part for part in uptime.health().parts}
    assert parts["worker"].is_there
    assert parts["worker"].last > parts["worker"].since
    assert parts["line"] == uptime.Part(name="line")


@pytest.fixture
def counted(world, monkeypatch):
    """What the worker counted counts, however few cards there are."""
    from healthcard.services.figures import summary

    monkeypatch.setattr(summary, "LIVE", 0)
    assert summary.renew() > 0


def test_counts_that_the_worker_keeps_are_those_made_anew(world, as_role, monkeypatch, request):
    from healthcard.services import figures, scope
    from healthcard.services.figures import summary

    supervisor = as_role("supervisor")
    anew = figures.board(supervisor, _asked(supervisor))
    assert anew.asked.counted_at is None
    request.getfixturevalue("counted")
    asked = _asked(supervisor)
    kept = figures.board(supervisor, asked)
    assert asked.counted_at is not None
    assert {key: count.number for key, count in kept.counts.items()} == EXPECTED
    assert (kept.branches, kept.months) == (anew.branches, anew.months)
    scope.limit(scope.NOBODY)
    assert summary.counted_at(asked.organisation.path) is None


def test_every_figure_that_the_worker_keeps_equals_the_length_of_its_list(counted, as_role):
    supervisor = as_role("supervisor")
    asked = _asked(supervisor)
    assert {key: len(_all(figure, asked)) for key, figure in FIGURES.items()} == EXPECTED


def test_what_happened_after_the_count_is_in_neither_until_the_next(counted, world, applied, people, as_role):
    """Rows of a later moment than the count's: a day that is still to come."""
    from healthcard.services import figures
    from healthcard.services.acting import clock
    from healthcard.services.figures import summary
    from healthcard.storage.models import Application

    applied(people[4], "update", 1)
    later = Now() + timedelta(minutes=1)
    Application.objects.filter(resident=people[4]).update(state="withdrawn", closed_at=later)
    supervisor = as_role("supervisor")
    for _ in range(2):
        asked = _asked(supervisor, until=clock()[1] + timedelta(days=1))
        assert figures.board(supervisor, asked).counts["in_time"].number == len(_all(FIGURES["in_time"], asked)) == 1
        summary.renew()


def test_a_count_that_has_not_changed_is_not_written_again(counted):
    from django.db import connection

    from healthcard.services.figures import summary

    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(DISTINCT cmin::text) FROM day_count", [])
        before = cursor.fetchall()
        summary.renew()
        cursor.execute("SELECT array_agg(DISTINCT cmin::text) FROM day_count", [])
        assert cursor.fetchall() == before


def test_a_card_whose_holder_used_it_after_the_reminder_is_not_dormant(world, as_role):
    from healthcard.services import figures
    from healthcard.storage.models import Message

    supervisor = as_role("supervisor")
    Message.objects.filter(kind="dormant.reminder").update(at=Now() - timedelta(days=1))  # its events are of today
    asked = _asked(supervisor)
    assert figures.board(supervisor, asked).counts["dormant"].number == len(_all(FIGURES["dormant"], asked)) == 0


def test_a_card_of_which_its_holder_was_reminded_twice_is_dormant_once(world, people, as_role):
    from healthcard.services import figures
    from healthcard.storage.models import Message

    Message.objects.create(resident_id=people[0], kind="dormant.reminder", card=world, operation=uuid4())
    supervisor = as_role("supervisor")
    asked = _asked(supervisor)
    assert figures.board(supervisor, asked).counts["dormant"].number == len(_all(FIGURES["dormant"], asked)) == 1
