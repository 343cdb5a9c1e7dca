"""Parameters as versions that two people decide; deadlines by the table of holidays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from healthcard.domain.lifecycle import TransitionRefused


@pytest.fixture
def day(db):
    from healthcard.services.acting import clock

    return clock()[1]


@pytest.fixture
def boss(as_role):
    return as_role("supervisor")


@pytest.fixture
def second(province):
    from healthcard.services import actor
    from healthcard.storage.models import Account

    row = Account.objects.create(
        username="second", full_name="second", organisation=province, role="supervisor", password="!"
    )
    return actor.of_account(row.pk)


def test_without_a_decision_the_defaults_count(province, day):
    from healthcard.services.authority import parameters

    found = parameters.of(province, day)
    assert (found.set_id, found.number("loss.oral_days")) == (None, 10)


def test_a_version_counts_from_its_day_once_another_person_approved_it(province, boss, second, day):
    from healthcard.services.authority import parameters

    version = parameters.propose(boss, {"loss.oral_days": 5}, day + timedelta(days=2))
    assert parameters.of(province, day + timedelta(days=2)).number("loss.oral_days") == 10
    with pytest.raises(TransitionRefused) as refused:
        parameters.approve(boss, version)
    assert refused.value.rule == "another_person"
    parameters.approve(second, version)
    assert parameters.of(province, day).number("loss.oral_days") == 10
    assert parameters.of(province, day + timedelta(days=2)).number("loss.oral_days") == 5
    with pytest.raises(TransitionRefused) as refused:
        parameters.approve(second, version)
    assert refused.value.rule == "not_decided"


def test_what_the_table_does_not_allow_is_not_proposed(boss, day):
    from healthcard.services.authority import parameters
    from healthcard.services.errors import Invalid

    with pytest.raises(Invalid):
        parameters.propose(boss, {"loss.oral_days": 99}, day)
    with pytest.raises(Invalid):
        parameters.propose(boss, {}, day - timedelta(days=1))


def test_a_version_is_filed_after_its_approval(boss, second, day):
    from healthcard.services.authority import parameters

    version = parameters.propose(boss, {}, day)
    with pytest.raises(TransitionRefused) as refused:
        parameters.file(boss, version)
    assert refused.value.rule == "approved_first"
    parameters.approve(second, version)
    parameters.file(boss, version)
    assert parameters.listed(boss)[0].filed_at is not None


def test_a_city_decides_nothing(province, day):
    from healthcard.services import actor
    from healthcard.services.authority import parameters
    from healthcard.storage.models import Organisation

    city = Organisation.objects.create(code="990100", name="市", kind="city", parent=province, division="990100")
    with pytest.raises(TransitionRefused) as refused:
        parameters.propose(actor.of_console(city), {}, day)
    assert refused.value.rule == "issuer_decides"


def test_a_deadline_counts_holidays_and_days_made_up(boss, province):
    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.services import actor
    from healthcard.services.authority import holidays
    from healthcard.services.authority.holidays import Day
    from healthcard.storage.models import Organisation

    friday = date(2027, 1, 1)
    assert holidays.due(friday, 1) == date(2027, 1, 4)
    days = [Day(day=date(2027, 1, 4), working=False, name="元旦"), Day(day=date(2027, 1, 3), working=True, name="调休")]
    with pytest.raises(TransitionRefused) as refused:
        holidays.put(boss, days)
    assert refused.value.rule == "ministry_decides"
    top = Organisation.objects.filter(kind="ministry").first()
    ministry = top or Organisation.objects.create(code="000000", name="部", kind="ministry", division="000000")
    holidays.put(actor.of_console(ministry), days)
    assert holidays.due(friday, 1) == date(2027, 1, 3)
    assert holidays.due(friday, 2) == date(2027, 1, 5)
    assert [each.day.day for each in holidays.listed(boss, 2027)] == [3, 4]


def test_what_is_there_for_demonstrations_is_refused_by_a_real_system(boss, day, settings_of):
    from healthcard.services.authority import parameters
    from healthcard.services.errors import Invalid

    with settings_of(DEMO=True):
        parameters.propose(boss, {"loss.oral_seconds": 3}, day)
    with settings_of(DEMO=False), pytest.raises(Invalid) as refused:
        parameters.propose(boss, {"loss.oral_seconds": 3}, day)
    assert refused.value.field == "loss.oral_seconds"


@pytest.fixture
def settings_of(installation):
    from django.test import override_settings

    return override_settings
