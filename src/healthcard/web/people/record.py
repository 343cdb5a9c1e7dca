"""The record of a person, masked: its history, requests about it, who saw it; parts in clear for a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render

from healthcard.domain.permissions import Permission
from healthcard.services.people import person_requests, record_changes, residents, rights, unmasking
from healthcard.services.people.person_requests import Row
from healthcard.services.people.unmasking import PARTS, Unmasked
from healthcard.web.desk.drafts import Option
from healthcard.web.desk.words import COMERS, chosen
from healthcard.web.people import asking, words
from healthcard.web.people.refusals import Refusal, refusal_of
from healthcard.web.screen import ScreenRequest, acting_screen, screen


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One change of the record, without what stood there."""

    at: datetime
    by: str
    fields: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """One request about the data; `answers`: whoever looks may answer it, `copies`: there is a copy to hand out."""

    id: int
    number: str
    title: str
    by: str
    accepted_at: datetime
    due_on: date
    decided_at: datetime | None
    granted: bool | None
    answer: str
    answers: bool
    copies: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """A part in clear: one line, or several of labelled texts."""

    title: str
    lines: tuple[str, ...] = field(repr=False)


@screen(Permission.RESIDENT_VIEW)
def shown(request: ScreenRequest, person: int) -> HttpResponse:
    """The record, masked."""
    return _page(request, person)


@acting_screen(Permission.RESIDENT_UNMASK)
def seen(request: ScreenRequest, person: int) -> HttpResponse:
    """Parts of it in clear, on this answer alone; the person is told."""
    parts, reason = tuple(request.POST.getlist("part")), request.POST.get("reason", "")
    residents.shown(request.actor, person)
    found: list[Unmasked] = []

    def look() -> HttpResponse:
        found.append(unmasking.unmask(request.actor, person, parts, reason=reason))
        return _page(request, person, found[0])

    done = refusal_of(look)
    return _page(request, person, refused=done, parts=parts) if isinstance(done, Refusal) else done


def _page(
    request: ScreenRequest,
    person: int,
    sight: Unmasked | None = None,
    refused: Refusal | None = None,
    parts: tuple[str, ...] = (),
) -> HttpResponse:
    actor = request.actor
    page = {
        "person": residents.shown(actor, person),
        "changes": tuple(map(_change, record_changes.history(actor, person))),
        "requests": tuple(_request(request, each) for each in person_requests.listed(actor, person)),
        "accesses": rights.accesses(actor, person),
        "parts": tuple(
            Option(code=name, title=chosen(part.zh, part.en), chosen=name in parts) for name, part in PARTS.items()
        ),
        "sight": None if sight is None else _sight(sight),
        "may_see": actor.may(Permission.RESIDENT_UNMASK),
        "may_correct": actor.may(Permission.RESIDENT_CORRECT),
        "why": refused.why if refused else (),
    }
    return render(request, "people/record.html", page, status=HTTPStatus.CONFLICT if refused else HTTPStatus.OK)


def _change(row: record_changes.Row) -> ChangeView:
    names = tuple(map(words.field, row.fields))
    return ChangeView(at=row.changed_at, by=row.changed_by, fields=names, reason=row.reason)


def _request(request: ScreenRequest, row: Row) -> RequestView:
    return RequestView(
        id=row.id,
        number=row.number,
        title=words.request(row.kind),
        by=str(COMERS[row.by]),
        accepted_at=row.accepted_at,
        due_on=row.due_on,
        decided_at=row.decided_at,
        granted=row.granted,
        answer=row.answer,
        answers=row.decided_at is None and asking.may_answer(request, row.kind),
        copies=bool(row.granted) and row.kind in rights.EXPORTS and request.actor.may(Permission.RESIDENT_CORRECT),
    )


def _sight(found: Unmasked) -> tuple[PartView, ...]:
    return tuple(
        PartView(title=chosen(PARTS[name].zh, PARTS[name].en), lines=_lines(value))
        for name, value in found.parts.items()
    )


def _lines(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(" ".join(row.values()) for row in value)
    return (str(value),)
