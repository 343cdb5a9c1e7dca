"""The demo's virtual reader: put a virtual card in, take it out, pull it away in the middle of a write."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from healthcard.services.errors import Invalid
from healthcard.services.stage import virtual_reader, virtual_visitor
from healthcard.web.screen import ScreenRequest, acting_screen, screen


@screen()
def shown(request: ScreenRequest) -> HttpResponse:
    """What lies in it, and which cards there are."""
    lying, choices = virtual_reader.shown(request.actor)
    visitors = virtual_visitor.offered(request.actor)
    return render(request, "stations/virtual.html", {"lying": lying, "choices": choices, "visitors": visitors})


@acting_screen()
def put_in(request: ScreenRequest) -> HttpResponse:
    """Put the chosen card in; with a number of commands it is pulled after so many."""
    after = request.POST.get("pull_after") or "0"
    if not (after.isascii() and after.isdigit() and int(after) <= virtual_reader.MOST_COMMANDS):
        raise Invalid(
            "pull_after", "应为 0 到 65535 的整数", "The number of commands is a whole number from 0 to 65535."
        )
    virtual_reader.put_in(request.actor, request.POST.get("slot", ""), pull_after=int(after))
    return redirect("virtual_reader")


@acting_screen()
def blank(request: ScreenRequest) -> HttpResponse:
    """A new blank chip for a planned card."""
    virtual_reader.new_blank(request.actor, request.POST.get("product", ""), request.POST.get("issue_serial", ""))
    return redirect("virtual_reader")


@acting_screen()
def taken_out(request: ScreenRequest) -> HttpResponse:
    """Take it out, or pull it while somebody writes."""
    virtual_reader.take_out(request.actor)
    return redirect("virtual_reader")


@acting_screen()
def typed(request: ScreenRequest) -> HttpResponse:
    """What the holder types on the virtual pad."""
    virtual_reader.type_pin(request.actor, request.POST.get("pin", ""))
    return redirect("virtual_reader")


@acting_screen()
def stood(request: ScreenRequest) -> HttpResponse:
    """Who stands at the desk: his are the identity card, the face and the signature."""
    virtual_visitor.stand(request.actor, request.POST.get("visitor", ""))
    return redirect("virtual_reader")
