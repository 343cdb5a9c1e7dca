"""The list behind each figure, page by page, and the same lines for an export; nobody is shown whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from healthcard.domain.figures import Figure, Subject
from healthcard.domain.permissions import Permission
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.services.figures import conditions
from healthcard.services.figures.asking import Asked
from healthcard.services.figures.conditions import DAY, END, SINCE
from healthcard.services.figures.counting import CLOSED, applications
from healthcard.services.figures.rows import Parameter, fetch
from healthcard.services.listing import LAST, Place, place

PAGE = 50
MOST = 20_000  # lines of one export: a list for people, not a copy of the record
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLine:
    """A card: its serial, who holds it, where it is at home, its facts."""

    id: int
    issue_serial: str
    holder_masked: str
    home: str
    kind: str
    life: str
    loss: str
    suspended: bool
    place: str
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """Something that happened to a card: what, when, at which desk."""

    id: int
    event: str
    at: datetime
    card: int
    issue_serial: str
    holder_masked: str
    desk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationLine:
    """An application: what for, where it stands, when it is due."""

    id: int
    number: str
    kind: str
    state: str
    holder_masked: str
    desk: str
    due_on: date | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageLine:
    """A part of the platform that was not there: from when until when; `ended` None = it still is not."""

    id: int
    part: str
    begun: datetime
    ended: datetime | None
    minutes: int


Line = CardLine | EventLine | ApplicationLine | OutageLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page; `after` is what to ask for next ('' = the end)."""

    lines: tuple[Line, ...]
    after: str


def listed(figure: Figure, asked: Asked, *, after: str = "", limit: int = PAGE) -> Page:
    """Lines of a figure, the newest first; `after` is where the page before ended. Raises NotFound for no place.

    Where the worker counted what is told here day by day, the list ends at the moment of its counts as they do.
    """
    source = _source(figure, asked)
    given = _given(figure, asked, _place(figure, after)) | {"count": limit + 1}
    if asked.counted_at is not None and is_dated(figure):
        given |= _days(figure, asked, given, limit + 1)
    lines = [_line(source.kind, row) for row in fetch(source.statement(figure), given)]
    return Page(lines=tuple(lines[:limit]), after=_end(figure, lines[limit - 1]) if len(lines) > limit else "")


def is_dated(figure: Figure) -> bool:
    """Whether it tells what happened on some days; other figures tell how things stand."""
    return figure.subject is Subject.EVENTS or figure.rule in CLOSED


def exported(actor: Actor, figure: Figure, asked: Asked) -> Page:
    """The first MOST lines, noted in the audit: a file goes where nobody sees who reads it. `after`: more."""
    with act(actor, Permission.CARD_SUPERVISE, "figures.export") as now:
        page = listed(figure, asked, limit=MOST)
        place = asked.organisation.id
        now.note(figure=figure.key, organisation=place, since=asked.since, until=asked.until, lines=len(page.lines))
    return page


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where the lines of a figure come from: a statement, and what its rows are."""

    kind: type[Line]
    statement: Callable[[Figure], str]


def _source(figure: Figure, asked: Asked) -> _Source:
    match figure.subject:
        case Subject.CARDS:
            return _Source(kind=CardLine, statement=_dormant if figure.rule else _cards)
        case Subject.EVENTS:
            return _Source(kind=EventLine, statement=_events if asked.counted_at is None else _kept_events)
        case Subject.OUTAGES:
            return _Source(kind=OutageLine, statement=_outages)
    if not is_dated(figure):
        return _Source(kind=ApplicationLine, statement=_applications)
    return _Source(kind=ApplicationLine, statement=_closed if asked.counted_at is None else _kept_closed)


def _place(figure: Figure, after: str) -> Place:
    """Where the page before ended; of a figure that is not dated the id alone."""
    if not after:
        return LAST
    if is_dated(figure):
        return place(after)
    if not _NUMBER.fullmatch(after):
        raise NotFound("There is no such page.")
    return replace(LAST, id=int(after))


def _end(figure: Figure, line: Line) -> str:
    """What to ask for next."""
    moment = line.at if isinstance(line, EventLine) else line.closed_at if isinstance(line, ApplicationLine) else None
    return str(Place(moment=moment, id=line.id)) if is_dated(figure) and moment else str(line.id)


def _given(figure: Figure, asked: Asked, after: Place) -> dict[str, Parameter]:
    upto = asked.counted_at or LAST.moment
    wanted: dict[str, Parameter] = {"events": list(figure.events), "upto": upto}
    return {**asked.given, **wanted, "moment": after.moment, "before": after.id}


def _days(figure: Figure, asked: Asked, given: Mapping[str, Parameter], count: int) -> dict[str, Parameter]:
    """The days on which the lines of one page lie: nothing of the others is looked at."""
    names = list(figure.events) or [figure.rule]
    lowest, counted = asked.since, 0
    for position, (day, number) in enumerate(fetch(_COUNTED, {**given, "names": names})):
        if not isinstance(day, date) or not isinstance(number, int):
            raise TypeError("a count is of a day")
        counted += number if position or given["moment"] == LAST.moment else 0  # of the first day some may be shown
        lowest = day
        if counted >= count:
            break
    return {"since": lowest}


_COUNTED = f"""
    SELECT day, sum(number)::bigint FROM organisation JOIN day_count USING (path)
    WHERE starts_with(path, %(path)s) AND day_count.name = ANY(%(names)s) AND day >= %(since)s AND day < %(end)s
        AND day <= {DAY.format("%(moment)s::timestamptz")} GROUP BY 1 ORDER BY 1 DESC"""  # noqa: S608 - words of our tables


def _cards(figure: Figure) -> str:
    """Each home is asked by its index: what a page costs does not grow with the number of cards."""
    return _card_lines(f"""SELECT one.id FROM organisation, LATERAL (
            SELECT id FROM card WHERE home_path = organisation.path AND {conditions.of(figure)}
                AND id < %(before)s ORDER BY id DESC LIMIT %(count)s) AS one
        WHERE starts_with(organisation.path, %(path)s) ORDER BY one.id DESC LIMIT %(count)s""")  # noqa: S608 - words of our tables


def _dormant(_: Figure) -> str:
    return _card_lines(f"""SELECT reminder.card_id {conditions.dormant()} AND {conditions.BELOW}
        AND reminder.card_id < %(before)s ORDER BY reminder.card_id DESC LIMIT %(count)s""")


def _card_lines(ids: str) -> str:
    return f"""SELECT card.id, issue_serial, name_masked, organisation.name, card.kind, life, loss, suspended, place,
            valid_until
        FROM card JOIN resident ON resident.id = resident_id JOIN organisation ON organisation.path = card.home_path
        WHERE card.id = ANY(ARRAY({ids})) ORDER BY card.id DESC"""  # noqa: S608 - words of our tables


_WITHIN = f"""{{moment}} >= {SINCE} AND {{moment}} < {END} AND {{moment}} <= %(upto)s
    AND ({{moment}}, {{id}}) < (%(moment)s, %(before)s) ORDER BY {{moment}} DESC, {{id}} DESC"""


def _events(_: Figure) -> str:
    """By the cards, where they are few."""
    within = _WITHIN.format(moment="card_event.at", id="card_event.id")
    return _event_lines(f"""SELECT card_event.id, event, card_event.at, card_id, organisation_id, issue_serial,
            resident_id FROM organisation JOIN card ON home_path = path JOIN card_event ON card_event.card_id = card.id
        WHERE starts_with(path, %(path)s) AND event = ANY(%(events)s) AND {within}
        LIMIT %(count)s""")  # noqa: S608 - words of our tables


def _kept_events(_: Figure) -> str:
    """By the days, each kind of event by its index from the newest on, where cards are many: each event's card by its
    number, whatever the planner thinks of a home.
    """
    within = _WITHIN.format(moment="at", id="id")
    return _event_lines(f"""SELECT one.* FROM unnest(%(events)s::text[]) AS kind (event), LATERAL (
            SELECT newest.*, issue_serial, resident_id FROM (
                SELECT id, event, at, card_id, organisation_id FROM card_event
                WHERE card_event.event = kind.event AND {within} OFFSET 0) AS newest, LATERAL (
                SELECT issue_serial, resident_id, home_path FROM card WHERE card.id = newest.card_id OFFSET 0) AS card
            WHERE {conditions.BELOW} ORDER BY at DESC, id DESC LIMIT %(count)s) AS one
        ORDER BY at DESC, id DESC LIMIT %(count)s""")  # noqa: S608 - words of our tables


def _event_lines(found: str) -> str:
    return f"""WITH found AS MATERIALIZED ({found})
        SELECT found.id, event, at, card_id, issue_serial, name_masked, organisation.name
        FROM found JOIN resident ON resident.id = resident_id JOIN organisation ON organisation.id = organisation_id
        ORDER BY at DESC, found.id DESC"""  # noqa: S608 - words of our tables


def _applications(figure: Figure) -> str:
    """All that are open first, by their index: walking back from the newest could take long to come to one of them."""
    ids = f"SELECT id FROM (SELECT id {applications(figure)} AND id < %(before)s OFFSET 0) AS found"  # noqa: S608
    return _application_lines(f"{ids} ORDER BY id DESC LIMIT %(count)s", "one.id DESC")


def _closed(figure: Figure) -> str:
    """By the desks, where they are few."""
    within = _WITHIN.format(moment="closed_at", id="application.id")
    here = "FROM organisation JOIN application ON desk_id = organisation.id WHERE starts_with(path, %(path)s)"
    ids = f"SELECT application.id {here} AND {conditions.of(figure)} AND {within} LIMIT %(count)s"
    return _application_lines(ids, _LAST_CLOSED)


def _kept_closed(figure: Figure) -> str:
    """By the days."""
    within = _WITHIN.format(moment="closed_at", id="id")
    return _application_lines(f"SELECT id {applications(figure)} AND {within} LIMIT %(count)s", _LAST_CLOSED)


def _application_lines(ids: str, order: str) -> str:
    """Who is at home elsewhere is not named."""
    return f"""WITH page AS MATERIALIZED ({ids})
        SELECT one.id, number, one.kind, state, coalesce(name_masked, ''), organisation.name, due_on, closed_at
        FROM page JOIN application AS one USING (id)
        LEFT JOIN resident ON resident.id = resident_id JOIN organisation ON organisation.id = desk_id
        ORDER BY {order}"""  # noqa: S608 - words of our tables


_LAST_CLOSED = "closed_at DESC, one.id DESC"


def _outages(_: Figure) -> str:
    minutes = "(extract(epoch FROM coalesce(ended, now()) - begun) / 60)::int"
    found = conditions.outages(f"id, part, begun, ended, {minutes}")
    return f"{found} AND id < %(before)s ORDER BY id DESC LIMIT %(count)s"


def _line(kind: type[Line], row: Sequence[object]) -> Line:
    """A row as a line: its columns come in the order of the line's fields."""
    return kind(**dict(zip(kind.__dataclass_fields__, row, strict=True)))  # type: ignore[arg-type] # columns by their place
