"""Working days: the table of holidays and make-up days, and deadlines counted with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from healthcard.domain import calendar
from healthcard.domain.permissions import Permission
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.authority.issuing_body import require_ministry
from healthcard.services.errors import Invalid
from healthcard.storage.models import Holiday

NAME = 40  # characters
_REACH = timedelta(days=400)  # no deadline of an application is longer
_YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day off though its weekday works (`working` False), or one at work though it is a weekend (调休)."""

    day: date
    working: bool
    name: str


def listed(actor: Actor, year: int) -> tuple[Day, ...]:
    """The days of `year` that are not what their weekday says, in order."""
    actor.require(Permission.ORGANISATION_VIEW)
    rows = Holiday.objects.filter(day__year=year).order_by("day")
    return tuple(Day(day=row.day, working=row.working, name=row.name) for row in rows)


def put(actor: Actor, days: Iterable[Day]) -> int:
    """Enter or change days, as the State Council announced them; how many. Raises NotAllowed, Invalid, Refused.

    A day entered by mistake is put back by entering it as its weekday has it: no row is ever removed.
    """
    given = tuple(days)
    with act(actor, Permission.PARAMETER_PROPOSE, "holidays.put") as now:
        require_ministry(actor)
        for each in given:
            _require_whole(each)
            Holiday.objects.update_or_create(day=each.day, defaults={"working": each.working, "name": each.name})
        now.note(days=[[each.day.isoformat(), each.working] for each in given])
    return len(given)


def around(day: date) -> Mapping[date, bool]:
    """The table for deadlines that begin on `day`, as `domain.calendar` wants it."""
    rows = Holiday.objects.filter(day__range=(day, day + _REACH))
    return dict(rows.values_list("day", "working"))


def due(day: date, working_days: int) -> date:
    """The last day of a term of so many working days that begins on `day`."""
    return calendar.add_working_days(day, working_days, around(day))


def _require_whole(each: Day) -> None:
    if each.day.year not in _YEARS:
        raise Invalid("day", "年份不在 2000 至 2199 之间", "the year is not within 2000 to 2199")
    if not 0 < len(each.name.strip()) <= NAME:
        raise Invalid("name", f"名称须为 1 至 {NAME} 个字符", f"the name has 1 to {NAME} characters")
