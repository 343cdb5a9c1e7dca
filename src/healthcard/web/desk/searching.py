"""One box for everything by which somebody is found; what was typed stays in no address."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from healthcard.domain.permissions import Permission
from healthcard.services.people import finding
from healthcard.web.screen import ScreenRequest, acting_screen


@acting_screen(Permission.RESIDENT_VIEW)
def found(request: ScreenRequest) -> HttpResponse:
    """The one person who fits, or the list of those who do."""
    people = finding.anything(request.actor, request.POST.get("wanted", ""))
    if len(people) == 1:
        return redirect("person", person=people[0].id)
    return render(request, "desk/found.html", {"people": people, "most": len(people) == finding.MOST})
