"""People on file, masked."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from healthcard.domain.permissions import Permission
from healthcard.services.people import residents
from healthcard.services.workshop import cards
from healthcard.web.paging import after
from healthcard.web.screen import ScreenRequest, screen


@screen(Permission.RESIDENT_VIEW)
def listed(request: ScreenRequest) -> HttpResponse:
    """The list, the newest first."""
    page = residents.listed(request.actor, after=after(request))
    return render(request, "residents.html", {"page": page, "first": after(request) is None})


@screen(Permission.RESIDENT_VIEW, Permission.CARD_VIEW)
def shown(request: ScreenRequest, resident: int) -> HttpResponse:
    """One person with the cards he ever had."""
    person = residents.shown(request.actor, resident)
    return render(request, "resident.html", {"person": person, "cards": cards.of_resident(request.actor, resident)})
