"""What a resident sees of his own, and what he may do himself."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from healthcard.services.own import children, looking, reporting
from healthcard.web.my import visit
from healthcard.web.my.names import STEPS, progress
from healthcard.web.my.visit import OwnRequest, own_screen

DIGITS = 18  # of a child's id at most


@own_screen()
def shown(request: OwnRequest, resident: int) -> HttpResponse:
    """My cards, my applications, who asked about me."""
    return _page(request, resident)


@own_screen("POST")
def reported(request: OwnRequest, resident: int) -> HttpResponse:
    """Report my cards lost: they are frozen at once."""
    ticket = reporting.report(resident, address=str(request.META.get("REMOTE_ADDR", "")))
    until = timezone.localtime(ticket.until).strftime("%Y-%m-%d %H:%M") if ticket.until else ""
    words = _("Your cards are frozen. Report number %(number)s. Come to a desk before %(until)s, or it ends by itself.")
    return _page(request, resident, words % {"number": ticket.number, "until": until})


@own_screen("POST")
def withdrawn(request: OwnRequest, resident: int) -> HttpResponse:
    """My card is found: lift my own report again."""
    reporting.withdraw(resident, address=str(request.META.get("REMOTE_ADDR", "")))
    return _page(request, resident, _("Your cards can be used again."))


@own_screen("POST")
def child(request: OwnRequest, resident: int) -> HttpResponse:
    """To the page of a child of mine, or back to my own."""
    given = request.POST.get("child", "")
    wanted = int(given) if given.isascii() and given.isdigit() and len(given) <= DIGITS else 0
    if wanted:
        children.turn_to(request.entered, wanted, address=str(request.META.get("REMOTE_ADDR", "")))
    visit.turned(request, wanted)
    return redirect("my")


def _page(request: OwnRequest, resident: int, done: str = "") -> HttpResponse:
    own = looking.page(resident)
    himself = resident == request.entered
    page = {
        "own": own,
        "done": done,
        "applications": [(each, progress(each.state)) for each in own.applications],
        "steps": STEPS,
        "children": children.of(resident) if himself and not own.is_child else (),
        "of_guardian": not himself,
        "may_withdraw": any(card.loss == "oral" for card in own.cards),
    }
    return render(request, "my/page.html", page)
