"""Somebody of another organisation at this desk: looked for by his whole document, then served as the issuer allows.

Whom this login looked for last is kept in its session: nobody is reached by an address alone.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk import applications, possible
from healthcard.services.desk.possible import Possible
from healthcard.services.errors import NotFound
from healthcard.services.people import elsewhere, residents
from healthcard.services.people.residents import Person
from healthcard.web.desk import person
from healthcard.web.desk.person import OpenView, opened
from healthcard.web.screen import ScreenRequest, acting_screen, screen

KEPT = "elsewhere"  # in the session: whose document was looked for


@screen(Permission.APPLICATION_ACCEPT)
def asked(request: ScreenRequest) -> HttpResponse:
    """The box for the whole number, and what was taken here for people of other organisations."""
    return render(request, "desk/elsewhere.html", {"open": _open(request)})


@acting_screen(Permission.APPLICATION_ACCEPT)
def found(request: ScreenRequest) -> HttpResponse:
    """On to him; what was typed stays in no address."""
    somebody = elsewhere.found(request.actor, request.POST.get("number", ""))
    request.session[KEPT] = somebody.id
    return redirect("stranger", person=somebody.id)


@screen(Permission.APPLICATION_ACCEPT)
def shown(request: ScreenRequest, person: int) -> HttpResponse:
    """What can be done for him here; one's own people have their page."""
    if _is_here(request.actor, person):
        return redirect("person", person=person)
    page = {"person": met(request, person), "acts": _acts(request, person), "open": _open(request, person)}
    return render(request, "desk/stranger.html", page)


def met(request: ScreenRequest, number: int) -> Person:
    """One of the actor's people, or whom he looked for elsewhere; raises NotFound."""
    if _is_here(request.actor, number):
        return residents.shown(request.actor, number)
    if request.session.get(KEPT) != number:
        raise NotFound("There is no such person.")
    return elsewhere.shown(request.actor, number)


def possibilities(request: ScreenRequest, number: int) -> tuple[Possible, ...]:
    """What may be applied for, for somebody who was met."""
    acts = possible.acts if _is_here(request.actor, number) else possible.elsewhere
    return acts(request.actor, number)


def _open(request: ScreenRequest, person: int | None = None) -> tuple[OpenView, ...]:
    """What this desk took for strangers, or for one of them, and what comes next with it."""
    rows = applications.for_strangers(request.actor, person)
    return opened((row, applications.following(request.actor, row.id)) for row in rows)


def _acts(request: ScreenRequest, number: int) -> tuple[person.ActView, ...]:
    return person.applying(number, possibilities(request, number))


def _is_here(actor: Actor, number: int) -> bool:
    try:
        residents.shown(actor, number)
    except NotFound:
        return False
    return True
