"""The first page: wherever the person's role has most to do."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from healthcard.domain.permissions import NotAllowed, Permission
from healthcard.web.screen import ScreenRequest, screen


@screen()
def first(request: ScreenRequest) -> HttpResponse:
    """On to the counter, the list of residents, or that of cards."""
    if request.actor.may(Permission.RESIDENT_VIEW) and request.actor.may(Permission.DESK_ACT):
        return redirect("desk")
    if request.actor.may(Permission.RESIDENT_VIEW):
        return redirect("residents")
    if request.actor.may(Permission.CARD_VIEW):
        return redirect("cards")
    if request.actor.may(Permission.ORGANISATION_CHANGE):
        return redirect("settings")
    raise NotAllowed(request.actor.name, Permission.CARD_VIEW)
