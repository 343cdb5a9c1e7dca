"""A record corrected (第十二条第六项): what shall change, what the card needs for it - told before it is saved."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from healthcard.domain.permissions import Permission
from healthcard.domain.rights import RIGHTS
from healthcard.services.people import corrections, residents
from healthcard.services.people.corrections import Corrected, Correction
from healthcard.web.desk import devices
from healthcard.web.desk.words import chosen
from healthcard.web.people import cells, coming, refusals, words
from healthcard.web.people.coming import Came
from healthcard.web.people.refusals import Refusal, refusal_of
from healthcard.web.people.registering import photo_of
from healthcard.web.screen import ScreenRequest, acting_screen, screen

PRESENTERS = RIGHTS["correction"].by


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """A field that changes, and what that asks of the card."""

    title: str
    road: str
    items: tuple[int, ...]


@screen(Permission.RESIDENT_CORRECT)
def asked(request: ScreenRequest, person: int) -> HttpResponse:
    """The empty form: what is left blank stays as it is."""
    residents.shown(request.actor, person)
    return _form(request, person, Correction(cells={}, reason=""), Came())


@acting_screen(Permission.RESIDENT_CORRECT)
def handed_in(request: ScreenRequest, person: int) -> HttpResponse:
    """Tell what would change; save it when that was read."""
    residents.shown(request.actor, person)
    said = coming.came(request.POST)
    reason = request.POST.get("reason", "").strip()
    wanted = Correction(cells=cells.typed(request.POST), reason=reason, **said.given())
    step = request.POST.get("step", "")
    if request.POST.get("turn") or step == "again":
        return _form(request, person, wanted, said)
    act = _saved if step == "save" else _foretold
    done = refusal_of(lambda: act(request, person, wanted, said))
    return _form(request, person, wanted, said, done) if isinstance(done, Refusal) else done


@screen(Permission.RESIDENT_CORRECT)
def photo(request: ScreenRequest, person: int) -> HttpResponse:
    """Where a new photo is handed in."""
    return _photo(request, person, Came())


@acting_screen(Permission.RESIDENT_CORRECT)
def photo_taken(request: ScreenRequest, person: int) -> HttpResponse:
    """Keep a new photo."""
    residents.shown(request.actor, person)
    said = coming.came(request.POST)
    if request.POST.get("turn"):
        return _photo(request, person, said)
    done = refusal_of(lambda: _kept(request, person, said))
    return _photo(request, person, said, done) if isinstance(done, Refusal) else done


def _foretold(request: ScreenRequest, person: int, wanted: Correction, said: Came) -> HttpResponse:
    found = corrections.foreseen(request.actor, person, wanted)
    page = {
        "person": residents.shown(request.actor, person),
        "changes": tuple(
            ChangeView(title=chosen(each.zh, each.en), road=str(words.ROADS[each.road]), items=each.items)
            for each in found.changed
        ),
        "found": found,
        "warnings": chosen_warnings(found),
        "cells": tuple((key, text) for key, text in wanted.cells.items() if text),
        "emptied": tuple(key for key, text in wanted.cells.items() if not text),
        "reason": wanted.reason,
        "said": said,
    }
    return render(request, "people/foretold.html", page)


def _saved(request: ScreenRequest, person: int, wanted: Correction, said: Came) -> HttpResponse:
    done = corrections.correct(request.actor, person, wanted)
    messages.success(request, _("The correction is saved."))
    for line in chosen_warnings(done):
        messages.warning(request, line)
    return redirect("record", person=person)


def _kept(request: ScreenRequest, person: int, said: Came) -> HttpResponse:
    corrections.take_photo(request.actor, person, photo_of(request), **said.given())
    devices.forget(request)
    messages.success(request, _("The photo is kept."))
    return redirect("record", person=person)


def chosen_warnings(found: Corrected) -> tuple[str, ...]:
    """What to look at once more, in the screen's language."""
    return found.warnings_en if chosen("", "en") else found.warnings


def _form(
    request: ScreenRequest, person: int, wanted: Correction, said: Came, refused: Refusal | None = None
) -> HttpResponse:
    against = refused or Refusal()
    page = {
        "person": residents.shown(request.actor, person),
        "areas": cells.areas(wanted.cells, against.problems),
        "reason": wanted.reason,
        **coming.page(said, PRESENTERS),
    }
    return refusals.form(request, "people/correcting.html", page, against.why)


def _photo(request: ScreenRequest, person: int, said: Came, refused: Refusal | None = None) -> HttpResponse:
    about = {"person": residents.shown(request.actor, person)}
    page = about | coming.page(said, PRESENTERS) | devices.carried(request)
    return refusals.form(request, "people/photo.html", page, (refused or Refusal()).why)
