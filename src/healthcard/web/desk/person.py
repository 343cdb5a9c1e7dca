"""The page of a person: who he is, his cards, what is open, what can be done for him now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk import applications, held_cards, possible
from healthcard.services.desk.applications.acceptance import OPEN
from healthcard.services.people import messages, residents
from healthcard.web.desk.words import KINDS, STATES, chosen
from healthcard.web.screen import ScreenRequest, screen

TOLD = 8  # messages shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ActView:
    """A button, or why it is none now."""

    kind: str
    title: str
    allowed: bool
    why: str
    article: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenView:
    """An application that is not finished."""

    id: int
    number: str
    title: str
    state: str
    words: str
    due_on: date | None
    overdue: bool


@screen(Permission.RESIDENT_VIEW, Permission.CARD_VIEW, Permission.APPLICATION_VIEW)
def shown(request: ScreenRequest, person: int) -> HttpResponse:
    """One person, masked."""
    actor = request.actor
    page = {
        "person": residents.shown(actor, person),
        "cards": held_cards.of_resident(actor, person),
        "open": _open(actor, person),
        "told": messages.of_resident(actor, person, limit=TOLD),
        "acts": _acts(actor, person) if actor.may(Permission.APPLICATION_ACCEPT) else None,
    }
    return render(request, "desk/person.html", page)


def _acts(actor: Actor, person: int) -> tuple[ActView, ...]:
    """Those that can be done first."""
    found = sorted(possible.acts(actor, person), key=lambda one: not one.allowed)
    return tuple(
        ActView(
            kind=one.kind,
            title=str(KINDS[one.kind]),
            allowed=one.allowed,
            why=chosen(one.zh, one.en),
            article=one.article,
            advice=chosen(one.advice_zh, one.advice_en),
        )
        for one in found
    )


def _open(actor: Actor, person: int) -> tuple[OpenView, ...]:
    return tuple(
        OpenView(
            id=row.id,
            number=row.number,
            title=str(KINDS[row.kind]),
            state=row.state,
            words=str(STATES[row.state]),
            due_on=row.due_on,
            overdue=row.overdue,
        )
        for row in applications.of_resident(actor, person)
        if row.state in OPEN
    )
