"""The life line of a card."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from healthcard.domain.articles import cited
from healthcard.domain.permissions import Permission
from healthcard.services.workshop import card_history, cards, life_line
from healthcard.web.screen import ScreenRequest, screen


@screen(Permission.CARD_VIEW)
def shown(request: ScreenRequest, card: int) -> HttpResponse:
    """Every event of a card on one line, the first on top."""
    actor, chinese = request.actor, (get_language() or "").startswith("zh")
    steps = life_line.steps(actor, card)
    page = {
        "card": cards.shown(actor, card),
        "state": card_history.state(actor, card),
        "steps": [(step, cited(step.article, chinese=chinese)) for step in steps],
        "may_see_holder": actor.may(Permission.RESIDENT_VIEW),
        "may_audit": actor.may(Permission.AUDIT_VIEW),
        "may_see_application": actor.may(Permission.APPLICATION_VIEW),
    }
    return render(request, "xray/life.html", page)
