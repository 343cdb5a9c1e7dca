"""The counter between two people: the search box, and the reader of this desk."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from healthcard.domain.permissions import Permission
from healthcard.services.desk import stations
from healthcard.services.stage import virtual_reader
from healthcard.web.screen import ScreenRequest, screen


@screen(Permission.RESIDENT_VIEW, Permission.DESK_ACT)
def shown(request: ScreenRequest) -> HttpResponse:
    """Whoever is next."""
    mine = next((each for each in stations.of(request.actor) if each.mine), None)
    return render(request, "desk/counter.html", {"station": mine, "virtual": virtual_reader.is_there()})
