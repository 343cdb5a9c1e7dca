"""The stations of one's desk: which there are, a code for one more, sitting down, closing."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from healthcard.services.desk import stations
from healthcard.services.stage import virtual_reader
from healthcard.web.screen import ScreenRequest, acting_screen, screen


@screen()
def listed(request: ScreenRequest) -> HttpResponse:
    """The stations there are, one's own first."""
    return render(request, "stations/listed.html", _page(request))


@acting_screen()
def invited(request: ScreenRequest) -> HttpResponse:
    """A code for the PC at which it is typed, shown this once."""
    invitation = stations.invite(request.actor)
    return render(request, "stations/listed.html", _page(request) | {"invitation": invitation})


@acting_screen()
def seated(request: ScreenRequest, station: int) -> HttpResponse:
    """Sit at it."""
    stations.sit(request.actor, station)
    return redirect("stations")


@acting_screen()
def closed(request: ScreenRequest, station: int) -> HttpResponse:
    """It is no station any more."""
    stations.close(request.actor, station)
    return redirect("stations")


def _page(request: ScreenRequest) -> dict[str, object]:
    return {"stations": stations.of(request.actor), "virtual": virtual_reader.is_there()}
