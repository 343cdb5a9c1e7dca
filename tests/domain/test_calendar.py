"""Deadlines count working days: weekends and holidays rest, make-up days work."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcard.domain import calendar
from healthcard.domain.calendar import add_working_days, day_of, is_working_day, next_working_day, working_days_between

# National Day 2025 as announced: 1 to 8 October rest, Sunday 28 September and Saturday 11 October work
NATIONAL_DAY = {date(2025, 10, day): False for day in range(1, 9)} | {date(2025, 9, 28): True, date(2025, 10, 11): True}

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
HOLIDAYS = st.dictionaries(st.dates(date(2024, 1, 1), date(2031, 12, 31)), st.booleans(), max_size=40)
COUNTS = st.integers(0, 60)


def test_a_day_begins_in_china_eight_hours_before_it_does_in_greenwich():
    assert day_of(datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert day_of(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == date(2026, 11, 24)


def test_a_weekend_rests():
    friday = date(2026, 3, 6)
    assert add_working_days(friday, 1, {}) == date(2026, 3, 9)
    assert add_working_days(friday, 15, {}) == date(2026, 3, 27)


def test_the_day_of_acceptance_is_not_counted():
    assert add_working_days(date(2026, 3, 2), 1, {}) == date(2026, 3, 3)


def test_national_day_holidays_are_skipped_and_make_up_days_counted():
    assert add_working_days(date(2025, 9, 26), 1, NATIONAL_DAY) == date(2025, 9, 28)
    assert add_working_days(date(2025, 9, 30), 1, NATIONAL_DAY) == date(2025, 10, 9)
    assert add_working_days(date(2025, 9, 30), 3, NATIONAL_DAY) == date(2025, 10, 11)
    assert add_working_days(date(2025, 9, 30), 4, NATIONAL_DAY) == date(2025, 10, 13)


def test_a_term_of_no_days_ends_the_same_day_or_when_the_office_opens_again():
    assert add_working_days(date(2026, 3, 6), 0, {}) == date(2026, 3, 6)
    assert add_working_days(date(2025, 10, 1), 0, NATIONAL_DAY) == date(2025, 10, 9)


@pytest.mark.parametrize("count", [-1, 1001])
def test_a_term_that_makes_no_sense_is_refused(count):
    with pytest.raises(ValueError, match="working days"):
        add_working_days(date(2026, 3, 2), count, {})


def test_a_table_that_never_works_is_refused_instead_of_searched_for_ever():
    never = {date(2026, 3, 2) + timedelta(days=number): False for number in range(4000)}
    with pytest.raises(ValueError, match="no 1 working days"):
        add_working_days(date(2026, 3, 2), 1, never)


def test_the_twenty_ninth_of_february_has_its_anniversary_on_the_twenty_eighth():
    assert calendar.add_years(date(2024, 2, 29), 10) == date(2034, 2, 28)
    assert calendar.add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert calendar.add_years(date(2026, 3, 2), 10) == date(2036, 3, 2)


def test_a_year_the_table_does_not_know_is_told_apart():
    assert calendar.covers(2025, NATIONAL_DAY)
    assert not calendar.covers(2026, NATIONAL_DAY)


@given(DAYS, COUNTS, HOLIDAYS)
def test_a_term_ends_on_a_working_day_with_exactly_its_days_before_it(day, count, holidays):
    end = add_working_days(day, count, holidays)
    assert is_working_day(end, holidays)
    assert end >= day
    if count:
        assert working_days_between(day, end, holidays) == count
        assert working_days_between(day, end - timedelta(days=1), holidays) == count - 1


@given(DAYS, st.integers(1, 30), st.integers(1, 30), HOLIDAYS)
def test_terms_add_up(day, first, second, holidays):
    halfway = add_working_days(day, first, holidays)
    assert add_working_days(halfway, second, holidays) == add_working_days(day, first + second, holidays)


@given(DAYS, DAYS, COUNTS, HOLIDAYS)
def test_who_comes_earlier_is_never_due_later(one, other, count, holidays):
    early, late = sorted((one, other))
    assert add_working_days(early, count, holidays) <= add_working_days(late, count, holidays)


@given(DAYS, COUNTS, st.sets(st.dates(date(2024, 1, 1), date(2031, 12, 31)), max_size=30))
def test_one_more_holiday_never_shortens_a_term(day, count, rests):
    holidays = dict.fromkeys(rests, False)
    assert add_working_days(day, count, holidays) >= add_working_days(day, count, {})


@given(DAYS, DAYS, HOLIDAYS)
def test_counting_back_is_counting_forward_with_a_minus(day, later, holidays):
    assert working_days_between(day, later, holidays) == -working_days_between(later, day, holidays)


@given(DAYS, HOLIDAYS)
def test_the_next_working_day_skips_no_working_day(day, holidays):
    found = next_working_day(day, holidays)
    between = [day + timedelta(days=number) for number in range((found - day).days)]
    assert not any(is_working_day(passed, holidays) for passed in between)
