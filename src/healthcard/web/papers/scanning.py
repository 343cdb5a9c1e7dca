"""Blank forms to print, and the form that comes back: its scan finds its application and stays with it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from healthcard.domain.forms import FORMS
from healthcard.domain.permissions import Permission
from healthcard.services.desk import scans
from healthcard.web import uploads
from healthcard.web.screen import ScreenRequest, acting_screen, screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A form that can be printed blank."""

    kind: str
    number: str
    zh: str
    en: str


BLANKS = tuple(Blank(kind=each.kind, number=each.number, zh=each.zh, en=each.en) for each in FORMS.values())


@screen(Permission.APPLICATION_ACCEPT)
def first(request: ScreenRequest) -> HttpResponse:
    """The forms there are, and where a scan is handed in."""
    return render(request, "papers/first.html", {"blanks": BLANKS})


@acting_screen(Permission.APPLICATION_ACCEPT)
def sent(request: ScreenRequest) -> HttpResponse:
    """Keep a scan with the application its code names, and show where it went."""
    found = scans.file(request.actor, uploads.sent(request, "scan", scans.LARGEST))
    pages = scans.attached(request.actor, found.application)
    return render(request, "papers/kept.html", {"scan": found, "pages": pages, "title": FORMS[found.kind]})


@screen(Permission.APPLICATION_VIEW)
def page(request: ScreenRequest, application: int, page: int) -> HttpResponse:
    """One page that is kept, as a picture."""
    return HttpResponse(scans.picture(request.actor, application, page), content_type="image/jpeg")
