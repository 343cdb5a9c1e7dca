"""The page of a person: who he is, his cards, what is open, what can be done for him now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from healthcard.domain.articles import cited
from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk import applications, held_cards, next_steps, possible
from healthcard.services.desk.applications import Row
from healthcard.services.desk.applications.acceptance import OPEN
from healthcard.services.desk.possible import Possible
from healthcard.services.people import messages, residents
from healthcard.web.desk import guide
from healthcard.web.desk.guide import Following
from healthcard.web.desk.places import step_url
from healthcard.web.desk.steps import STEPS
from healthcard.web.desk.words import KINDS, chosen
from healthcard.web.screen import ScreenRequest, screen
from healthcard.web.words import state_words

TOLD = 8  # messages shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ActView:
    """A button to `url`, or why it is none now."""

    kind: str
    title: str
    url: str
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
    holder: str
    following: Following | None


@screen(Permission.RESIDENT_VIEW, Permission.CARD_VIEW, Permission.APPLICATION_VIEW)
def shown(request: ScreenRequest, person: int) -> HttpResponse:
    """One person, masked."""
    actor = request.actor
    page = {
        "person": residents.shown(actor, person),
        "cards": held_cards.of_resident(actor, person),
        "open": _open(actor, person),
        "told": messages.of_resident(actor, person, limit=TOLD),
        "across": actor.may(Permission.CARD_SUPERVISE),
        "acts": _acts(actor, person) if actor.may(Permission.APPLICATION_ACCEPT) else None,
    }
    return render(request, "desk/person.html", page)


def _acts(actor: Actor, person: int) -> tuple[ActView, ...]:
    """Applications and what needs none; those that can be done first."""
    asked = applying(person, possible.acts(actor, person))
    said = [
        _act(one, str(STEPS[one.kind].title), step_url(STEPS[one.kind], person))
        for one in possible.at_once(actor, person)
        if actor.may(STEPS[one.kind].permission)
    ]
    return tuple(sorted((*asked, *said), key=lambda one: not one.allowed))


def applying(person: int, found: Iterable[Possible]) -> tuple[ActView, ...]:
    """What can be applied for, each with its form; what is allowed first."""
    views = (_act(one, str(KINDS[one.kind]), reverse("applying", args=[person, one.kind])) for one in found)
    return tuple(sorted(views, key=lambda one: not one.allowed))


def _act(one: Possible, title: str, url: str) -> ActView:
    return ActView(
        kind=one.kind,
        title=title,
        url=url,
        allowed=one.allowed,
        why=chosen(one.zh, one.en),
        article=cited(one.article, chinese=chosen("zh", "en") == "zh"),
        advice=chosen(one.advice_zh, one.advice_en),
    )


def _open(actor: Actor, person: int) -> tuple[OpenView, ...]:
    return opened((row, actor) for row in applications.of_resident(actor, person) if row.state in OPEN)


def opened(rows: Iterable[tuple[Row, Actor]]) -> tuple[OpenView, ...]:
    """Open applications as lines of a list, each with whoever looks at it."""
    return tuple(
        OpenView(
            id=row.id,
            number=row.number,
            title=str(KINDS[row.kind]),
            state=row.state,
            words=state_words("application", row.state),
            due_on=row.due_on,
            overdue=row.overdue,
            holder=row.holder_masked,
            following=next(iter(guide.views(next_steps.of_application(actor, row.id))), None),
        )
        for row, actor in rows
    )
