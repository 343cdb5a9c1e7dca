"""The figures of a board: all cards in one pass over an index, what happened day by day, applications, outages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from healthcard.domain.figures import FIGURES, Figure, Subject, Value
from healthcard.services.actor import Actor
from healthcard.services.authority import organisations
from healthcard.services.authority.organisations import OrganisationRow
from healthcard.services.figures import conditions, summary
from healthcard.services.figures.asking import Asked
from healthcard.services.figures.rows import fetch
from healthcard.services.figures.summary import EVENTS, FACTS

MONTHS = 12
CLOSED = ("in_time", "late")  # rules of applications that tell of the day they were closed
Days = Mapping[str, Mapping[date, int]]  # what happened how often on a day, by its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A figure and how many there are."""

    figure: Figure
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """An organisation right below the one asked for (or itself), with the figures of cards that are at home there."""

    organisation: OrganisationRow
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month (its first day) and how many cards were handed over in it, how many ended."""

    begins: date
    issued: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything one board shows, of the moment that `asked.counted_at` says."""

    asked: Asked
    counts: Mapping[str, Count]
    branches: tuple[Branch, ...]
    months: tuple[Month, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Cards of one home with the same facts."""

    path: str
    facts: Mapping[str, Value]
    number: int


def board(actor: Actor, asked: Asked) -> Board:
    """All figures of what was asked for (`asking.asked` has judged whether this actor may)."""
    groups, days = _groups(asked), _days(asked)
    numbers = {
        **{each.key: _sum(each, groups) for each in _grouped()},
        "dormant": _dormant(asked),
        **_events(asked, days),
        **_applications(asked, days),
        "outages": _number(conditions.outages("count(*)"), asked),
    }
    counts = {key: Count(figure=figure, number=numbers[key]) for key, figure in FIGURES.items()}
    return Board(asked=asked, counts=counts, branches=_branches(actor, asked, groups), months=_months(asked, days))


def number_of_cards(asked: Asked, figure: Figure) -> int:
    """One figure of cards."""
    return _dormant(asked) if figure.rule else _sum(figure, _groups(asked))


def _groups(asked: Asked) -> list[_Group]:
    found = fetch(_LIVE_GROUPS if asked.counted_at is None else _KEPT_GROUPS, asked.given)
    return [
        _Group(path=str(row[0]), facts=dict(zip(FACTS, map(_value, row[1:-1]), strict=True)), number=_int(row[-1]))
        for row in found
    ]


_LIVE_GROUPS = """
    SELECT home_path, card.kind, life, loss, suspended, place, count(*)
    FROM organisation JOIN card ON home_path = path WHERE starts_with(path, %(path)s)
    GROUP BY home_path, card.kind, life, loss, suspended, place"""
_KEPT_GROUPS = """
    SELECT home_path, kind, life, loss, suspended, place, number FROM card_count
    WHERE starts_with(home_path, %(path)s)"""


def _grouped() -> Iterable[Figure]:
    """Figures that the facts of cards tell."""
    return (each for each in FIGURES.values() if each.subject is Subject.CARDS and not each.rule)


def _sum(figure: Figure, groups: Iterable[_Group]) -> int:
    return sum(each.number for each in groups if figure.holds(each.facts))


def _dormant(asked: Asked) -> int:
    return _number(_LIVE_DORMANT if asked.counted_at is None else _KEPT_DORMANT, asked)


_LIVE_DORMANT = f"SELECT count(*) {conditions.dormant()} AND {conditions.BELOW}"
_KEPT_DORMANT = "SELECT coalesce(sum(dormant), 0)::bigint FROM card_count WHERE starts_with(home_path, %(path)s)"


def _days(asked: Asked) -> Days:
    """What happened on each day since the first that is asked for, or since the first of the months shown."""
    statement = _LIVE_DAYS if asked.counted_at is None else _KEPT_DAYS
    first = min(asked.since, _before(asked.today.replace(day=1), MONTHS - 1))
    found: dict[str, Counter[date]] = defaultdict(Counter)
    for name, day, number in fetch(statement, {**asked.given, "first": first, "events": EVENTS}):
        if isinstance(day, date):
            found[str(name)][day] += _int(number)
    return found


_PLACES = "SELECT id, path FROM organisation WHERE starts_with(path, %(path)s)"
_LIVE_DAYS = f"""
    SELECT name, day, sum(number)::bigint
    FROM ({summary.days(_PLACES, "{0} >= " + conditions.MOMENT.format("first"))}) AS counted GROUP BY 1, 2"""  # noqa: S608
_KEPT_DAYS = f"""
    SELECT name, day, sum(number)::bigint FROM ({_PLACES}) AS place JOIN day_count USING (path)
    WHERE day >= %(first)s GROUP BY 1, 2"""  # noqa: S608 - words of our own


def _within(asked: Asked, days: Mapping[date, int]) -> int:
    return sum(number for day, number in days.items() if asked.since <= day <= asked.until)


def _events(asked: Asked, days: Days) -> dict[str, int]:
    figures = (each for each in FIGURES.values() if each.subject is Subject.EVENTS)
    return {each.key: sum(_within(asked, days.get(event, {})) for event in each.events) for each in figures}


def _applications(asked: Asked, days: Days) -> dict[str, int]:
    """Open ones are few enough to count; closed ones are counted by their days."""
    figures = [each for each in FIGURES.values() if each.subject is Subject.APPLICATIONS]
    open_now = {
        each.key: _number(f"SELECT count(*) {applications(each)}", asked) for each in figures if each.rule not in CLOSED
    }
    return open_now | {each.key: _within(asked, days.get(each.rule, {})) for each in figures if each.rule in CLOSED}


def applications(figure: Figure) -> str:
    """FROM and WHERE of the applications a figure counts: those taken at the desks asked for."""
    return f"FROM application WHERE starts_with(desk_path, %(path)s) AND {conditions.of(figure)}"


def _branches(actor: Actor, asked: Asked, groups: Iterable[_Group]) -> tuple[Branch, ...]:
    """Each organisation right below with its own figures, and what is at home at the one asked for itself."""
    place = asked.organisation
    below = [row for row in organisations.listed(actor) if row.parent == place.id]
    found = [_branch(row, [each for each in groups if each.path.startswith(row.path)]) for row in below]
    own = _branch(place, [each for each in groups if each.path == place.path])
    return tuple(each for each in (own, *found) if any(count.number for count in each.counts))


def _branch(row: OrganisationRow, groups: Iterable[_Group]) -> Branch:
    mine = list(groups)
    return Branch(organisation=row, counts=tuple(Count(figure=each, number=_sum(each, mine)) for each in _grouped()))


def _months(asked: Asked, days: Days) -> tuple[Month, ...]:
    """The last months, this one included, whether anything happened in them or not."""
    issued, ended = (_by_month(days, events) for events in (("handed_over",), FIGURES["endings"].events))
    begins = [_before(asked.today.replace(day=1), months) for months in reversed(range(MONTHS))]
    return tuple(Month(begins=month, issued=issued[month], ended=ended[month]) for month in begins)


def _by_month(days: Days, events: Iterable[str]) -> Counter[date]:
    found: Counter[date] = Counter()
    for event in events:
        for day, number in days.get(event, {}).items():
            found[day.replace(day=1)] += number
    return found


def _before(month: date, months: int) -> date:
    """The first day of the month so many months earlier."""
    count = month.year * 12 + month.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _number(statement: str, asked: Asked) -> int:
    ((number,),) = fetch(statement, asked.given)
    return _int(number)


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no count")
    return value


def _value(value: object) -> Value:
    return value if isinstance(value, bool) else str(value)
