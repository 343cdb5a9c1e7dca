"""The list behind each figure, page by page, and the same lines for an export; nobody is shown whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from healthcard.domain.figures import Figure, Subject
from healthcard.domain.permissions import Permission
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.services.figures import conditions
from healthcard.services.figures.asking import Asked
from healthcard.services.figures.counting import applications, cards, events
from healthcard.services.figures.rows import fetch

PAGE = 50
LAST = 2**63 - 1  # beyond every id
MOST = 20_000  # lines of one export: a list for people, not a copy of the record
_PLACE = re.compile(r"[0-9]{1,18}")


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
    """Lines of a figure, the newest first; `after` is where the page before ended. Raises NotFound for no place."""
    if after and not (after.isascii() and _PLACE.fullmatch(after)):
        raise NotFound("There is no such page.")
    statement, kind = _SOURCES[figure.subject]
    given = {**asked.given, "events": list(figure.events), "before": int(after or LAST), "count": limit + 1}
    lines = [_line(kind, row) for row in fetch(statement(figure), given)]
    return Page(lines=tuple(lines[:limit]), after=str(lines[limit - 1].id) if len(lines) > limit else "")


def exported(actor: Actor, figure: Figure, asked: Asked) -> Page:
    """The first MOST lines, noted in the audit: a file goes where nobody sees who reads it. `after`: more."""
    with act(actor, Permission.CARD_SUPERVISE, "figures.export") as now:
        page = listed(figure, asked, limit=MOST)
        place = asked.organisation.id
        now.note(figure=figure.key, organisation=place, since=asked.since, until=asked.until, lines=len(page.lines))
    return page


def _cards(figure: Figure) -> str:
    """Each home is asked by its index: what a page costs does not grow with the number of cards."""
    return f"""SELECT card.id, issue_serial, name_masked, organisation.name, card.kind, life, loss, suspended, place,
            valid_until
        FROM card JOIN resident ON resident.id = resident_id JOIN organisation ON organisation.path = card.home_path
        WHERE card.id = ANY(ARRAY(
            SELECT one.id FROM organisation, LATERAL (
                SELECT id {cards(figure, home="home_path = organisation.path")}
                    AND id < %(before)s ORDER BY id DESC LIMIT %(count)s) AS one
            WHERE starts_with(organisation.path, %(path)s) ORDER BY one.id DESC LIMIT %(count)s))
        ORDER BY card.id DESC"""  # noqa: S608 - words of our tables


def _events(_: Figure) -> str:
    """All events of the time first: walking back from the newest would take long to come to a time long ago."""
    return f"""WITH found AS MATERIALIZED (
            SELECT card_event.id, event, at, card_id, organisation_id, issue_serial, resident_id {events()})
        SELECT found.id, event, at, card_id, issue_serial, name_masked, organisation.name
        FROM found JOIN resident ON resident.id = resident_id JOIN organisation ON organisation.id = organisation_id
        WHERE found.id < %(before)s ORDER BY found.id DESC LIMIT %(count)s"""  # noqa: S608 - words of our tables


def _applications(figure: Figure) -> str:
    """All that fit first, by their index: walking back from the newest could take long to come to one of them."""
    return f"""WITH found AS MATERIALIZED (SELECT id {applications(figure)} AND id < %(before)s)
        SELECT one.id, number, one.kind, state, coalesce(name_masked, ''), organisation.name, due_on, closed_at
        FROM (SELECT id FROM found ORDER BY id DESC LIMIT %(count)s) AS page JOIN application AS one USING (id)
        LEFT JOIN resident ON resident.id = resident_id JOIN organisation ON organisation.id = desk_id
        ORDER BY one.id DESC"""  # noqa: S608 - words of our tables; who is at home elsewhere is not named


def _outages(_: Figure) -> str:
    minutes = "(extract(epoch FROM coalesce(ended, now()) - begun) / 60)::int"
    found = conditions.outages(f"id, part, begun, ended, {minutes}")
    return f"{found} AND id < %(before)s ORDER BY id DESC LIMIT %(count)s"


def _line(kind: type[Line], row: Sequence[object]) -> Line:
    """A row as a line: its columns come in the order of the line's fields."""
    return kind(**dict(zip(kind.__dataclass_fields__, row, strict=True)))  # type: ignore[arg-type] # columns by their place


_SOURCES: Mapping[Subject, tuple[Callable[[Figure], str], type[Line]]] = {
    Subject.CARDS: (_cards, CardLine),
    Subject.EVENTS: (_events, EventLine),
    Subject.APPLICATIONS: (_applications, ApplicationLine),
    Subject.OUTAGES: (_outages, OutageLine),
}
