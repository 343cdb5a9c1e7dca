"""Working days: deadlines count them, with the holidays and make-up days (调休) that the State Council announces.

Saturdays and Sundays rest unless the table says otherwise. The table is data of the issuer; a year that it does not
cover yet counts as without holidays, which a deadline's reader should know: see `covers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

CHINA: Final = ZoneInfo("Asia/Shanghai")  # the law's days are those of China, wherever the server stands
Holidays = Mapping[date, bool]  # True = a working day although it is a weekend, False = a holiday
MOST_DAYS = 1000  # no deadline is longer; a table that names no working day ends here
_DAY = timedelta(days=1)
_SATURDAY = 5


def day_of(at: datetime) -> date:
    """The day that a moment (with its offset) lies in, in China."""
    return at.astimezone(CHINA).date()


def is_working_day(day: date, holidays: Holidays) -> bool:
    """Whether offices work on `day`."""
    return holidays.get(day, day.weekday() < _SATURDAY)


def add_working_days(day: date, count: int, holidays: Holidays) -> date:
    """The last day of a term of `count` working days (0 or more); `day` itself, on which it begins, is not counted.

    A term of 0 ends on the day itself, or on the next working day when that rests (民法典第二百零三条). Raises
    ValueError for a negative count and for a table that leaves too few working days in reach.
    """
    if not 0 <= count <= MOST_DAYS:
        raise ValueError(f"a term has 0 to {MOST_DAYS} working days, not {count}")
    if count == 0:
        return next_working_day(day, holidays)
    working = (later for later in _days_after(day) if is_working_day(later, holidays))
    for number, later in enumerate(working, start=1):
        if number == count:
            return later
    raise ValueError(f"the table of holidays leaves no {count} working days after {day}")


def next_working_day(day: date, holidays: Holidays) -> date:
    """`day` itself when offices work on it, else the first working day after it. Raises ValueError as above."""
    if is_working_day(day, holidays):
        return day
    return add_working_days(day, 1, holidays)


def working_days_between(day: date, later: date, holidays: Holidays) -> int:
    """How many working days lie after `day` up to and including `later`; negative when `later` is before `day`."""
    if later < day:
        return -working_days_between(later, day, holidays)
    return sum(is_working_day(day + _DAY * number, holidays) for number in range(1, (later - day).days + 1))


def add_years(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 28 February where the year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def covers(year: int, holidays: Holidays) -> bool:
    """Whether the table knows anything of `year`: the State Council announces a year in the autumn before."""
    return any(day.year == year for day in holidays)


def _days_after(day: date) -> Iterator[date]:
    for number in range(1, 3 * MOST_DAYS):
        yield day + _DAY * number
