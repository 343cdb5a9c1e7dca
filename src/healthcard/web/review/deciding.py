"""What is done with one application: verified, judged, paid, taken back; each leads to the application again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk import applications, reviewing
from healthcard.services.errors import Invalid
from healthcard.web.screen import ScreenRequest, acting_screen

_DECISIONS = {"approve": True, "reject": False}


@acting_screen(Permission.APPLICATION_ACCEPT)
def verified(request: ScreenRequest, application: int) -> HttpResponse:
    """Record how the facts were verified (核实)."""
    applications.verify(_actor(request, application), application, request.POST.get("finding", ""))
    return _again(request, application, _("The finding is recorded."))


@acting_screen(Permission.APPLICATION_REVIEW)
def reviewed(request: ScreenRequest, application: int) -> HttpResponse:
    """Judge what was looked at (审核)."""
    opinion, digest = request.POST.get("opinion", ""), request.POST.get("digest", "")
    approved = _DECISIONS.get(request.POST.get("decision", ""))
    if approved is None:
        raise Invalid("decision", "请选择通过或不通过", "approve it or reject it")
    reviewing.review(request.actor, application, approved=approved, opinion=opinion, digest=digest)
    return _again(request, application, _("The decision is recorded."))


@acting_screen(Permission.APPLICATION_ACCEPT)
def paid(request: ScreenRequest, application: int) -> HttpResponse:
    """Record the receipt of its fee."""
    applications.pay(_actor(request, application), application, request.POST.get("receipt", ""))
    return _again(request, application, _("The receipt is recorded."))


@acting_screen(Permission.APPLICATION_ACCEPT)
def withdrawn(request: ScreenRequest, application: int) -> HttpResponse:
    """Take it back before anything came of it."""
    applications.withdraw(_actor(request, application), application, request.POST.get("why", ""))
    return _again(request, application, _("The application is withdrawn."))


def _actor(request: ScreenRequest, application: int) -> Actor:
    """Who asks, as far as he sees for this one: it may have been taken here for somebody at home elsewhere."""
    return applications.following(request.actor, application)


def _again(request: ScreenRequest, application: int, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("application", application)
