"""The figures of a board: all cards in one pass over an index, what happened within the time, applications, outages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from healthcard.domain.figures import FIGURES, Figure, Subject, Value
from healthcard.services.actor import Actor
from healthcard.services.authority import organisations
from healthcard.services.authority.organisations import OrganisationRow
from healthcard.services.figures import conditions, summary
from healthcard.services.figures.asking import Asked
from healthcard.services.figures.rows import fetch
from healthcard.services.figures.summary import COUNTED, FACTS

MONTHS = 12


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
    """Everything one board shows; `counted_at` is the moment its cards were counted, None = just now."""

    asked: Asked
    counted_at: datetime | None
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
    counted_at = summary.counted_at(asked)
    groups = _groups(asked, is_live=counted_at is None)
    numbers = {
        **{each.key: _sum(each, groups) for each in _grouped()},
        "dormant": _number(f"SELECT count(*) {cards(FIGURES['dormant'])}", asked),
        **_events(asked),
        **_applications(asked),
        "outages": _number(conditions.outages("count(*)"), asked),
    }
    counts = {key: Count(figure=figure, number=numbers[key]) for key, figure in FIGURES.items()}
    return Board(
        asked=asked,
        counted_at=counted_at,
        counts=counts,
        branches=_branches(actor, asked, groups),
        months=_months(asked, is_live=counted_at is None),
    )


_BELOW = "home_path IN (SELECT path FROM organisation WHERE starts_with(path, %(path)s))"


def cards(figure: Figure, home: str = _BELOW) -> str:
    """FROM and WHERE of the cards a figure counts, at home below the organisation asked for or as `home` says."""
    return f"FROM card WHERE {home} AND {conditions.of(figure)}"


def _groups(asked: Asked, *, is_live: bool) -> list[_Group]:
    found = fetch(_LIVE_GROUPS if is_live else _KEPT_GROUPS, asked.given)
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


def _events(asked: Asked) -> dict[str, int]:
    figures = [each for each in FIGURES.values() if each.subject is Subject.EVENTS]
    wanted = sorted({event for figure in figures for event in figure.events})
    found = fetch(
        f"SELECT event, count(*) {events()} GROUP BY event",
        {**asked.given, "events": wanted},
    )
    numbers = {str(event): _int(number) for event, number in found}
    return {each.key: sum(numbers.get(event, 0) for event in each.events) for each in figures}


def events() -> str:
    """FROM and WHERE of the events of some kinds within the time, of cards at home below the organisation asked for."""
    return f"""FROM card_event JOIN card ON card.id = card_id
        WHERE event = ANY(%(events)s) AND at >= {conditions.SINCE} AND at < {conditions.END}
            AND starts_with(home_path, %(path)s)"""


def _applications(asked: Asked) -> dict[str, int]:
    figures = [each for each in FIGURES.values() if each.subject is Subject.APPLICATIONS]
    return {each.key: _number(f"SELECT count(*) {applications(each)}", asked) for each in figures}


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


def _months(asked: Asked, *, is_live: bool) -> tuple[Month, ...]:
    """The last months, this one included, whether anything happened in them or not."""
    begins = [_before(asked.today.replace(day=1), months) for months in reversed(range(MONTHS))]
    statement = _LIVE_MONTHS if is_live else _KEPT_MONTHS
    found = fetch(statement, {**asked.given, "first": begins[0], "events": COUNTED})
    issued: Counter[object] = Counter()
    ended: Counter[object] = Counter()
    for month, event, number in found:
        (issued if event == "handed_over" else ended)[month] += _int(number)
    return tuple(Month(begins=month, issued=issued[month], ended=ended[month]) for month in begins)


_LIVE_MONTHS = """
    SELECT date_trunc('month', at AT TIME ZONE 'Asia/Shanghai')::date, event, count(*)
    FROM card_event JOIN card ON card.id = card_id
    WHERE event = ANY(%(events)s) AND at >= (%(first)s::date::timestamp AT TIME ZONE 'Asia/Shanghai')
        AND starts_with(home_path, %(path)s)
    GROUP BY 1, 2"""
_KEPT_MONTHS = "SELECT month, event, number FROM month_count WHERE starts_with(home_path, %(path)s)"


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
