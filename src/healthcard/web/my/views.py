"""What a resident sees of his own, and what he may do himself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from healthcard.services.own import looking, reporting
from healthcard.web.my.names import STEPS, progress
from healthcard.web.my.visit import own_screen


@own_screen()
def shown(request: HttpRequest, resident: int) -> HttpResponse:
    """My cards, my applications, who asked about me."""
    return _page(request, resident)


@own_screen("POST")
def reported(request: HttpRequest, resident: int) -> HttpResponse:
    """Report my cards lost: they are frozen at once."""
    ticket = reporting.report(resident, address=str(request.META.get("REMOTE_ADDR", "")))
    until = timezone.localtime(ticket.until).strftime("%Y-%m-%d %H:%M") if ticket.until else ""
    words = _("Your cards are frozen. Report number %(number)s. Come to a desk before %(until)s, or it ends by itself.")
    return _page(request, resident, words % {"number": ticket.number, "until": until})


@own_screen("POST")
def withdrawn(request: HttpRequest, resident: int) -> HttpResponse:
    """My card is found: lift my own report again."""
    reporting.withdraw(resident, address=str(request.META.get("REMOTE_ADDR", "")))
    return _page(request, resident, _("Your cards can be used again."))


def _page(request: HttpRequest, resident: int, done: str = "") -> HttpResponse:
    own = looking.page(resident)
    page = {
        "own": own,
        "done": done,
        "applications": [(each, progress(each.state)) for each in own.applications],
        "steps": STEPS,
        "may_withdraw": any(card.loss == "oral" for card in own.cards),
    }
    return render(request, "my/page.html", page)
