"""Cards on their way to the desk and at it: sent, received, given up when nobody came for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from healthcard.domain.permissions import Permission
from healthcard.services.authority import organisations
from healthcard.services.desk import issue, stock, stock_lists
from healthcard.services.desk.papers import Pdf
from healthcard.services.desk.stock import DESK, MAKER, TRANSIT, Outcome
from healthcard.services.errors import Invalid
from healthcard.web.screen import ScreenRequest, acting_screen, screen, told
from healthcard.web.stock import picked

PLACES: Mapping[str, Promise] = {
    DESK: gettext_lazy("At this desk"),
    TRANSIT: gettext_lazy("On the way"),
    MAKER: gettext_lazy("At the maker"),
}
REFUSALS = 10  # told one by one


@screen(Permission.CARD_STOCK)
def listed(request: ScreenRequest) -> HttpResponse:
    """One place: what waits longest first."""
    place, after = request.GET.get("place", DESK), request.GET.get("after", "")
    found = stock.listed(request.actor, place, after=after)
    page = {
        "place": place,
        "places": PLACES.items(),
        "cards": found.cards,
        "after": found.after,
        "first": not after,
        "may_send": place in (DESK, MAKER),
        "may_see_holder": request.actor.may(Permission.RESIDENT_VIEW),
        "destinations": _destinations(request),
    }
    return render(request, "stock/listed.html", page)


@acting_screen(Permission.CARD_STOCK)
def arrived(request: ScreenRequest) -> HttpResponse:
    """The picked cards have come to this desk; their holders are told."""
    _tell(request, stock.receive(request.actor, picked.ids(request.POST.getlist("card"))))
    return _again(TRANSIT)


@acting_screen(Permission.CARD_STOCK)
def dispatched(request: ScreenRequest) -> HttpResponse:
    """The picked cards are on their way to another desk."""
    place, there = request.POST.get("place", MAKER), request.POST.get("organisation", "")
    if not (there.isascii() and there.isdigit()):
        raise Invalid("organisation", "请选择发往机构", "choose where they go")
    _tell(request, stock.send(request.actor, picked.ids(request.POST.getlist("card")), int(there)))
    return _again(place if place in PLACES else MAKER)


@acting_screen(Permission.CARD_STOCK)
def given_up(request: ScreenRequest, application: int) -> HttpResponse:
    """A card nobody came for in its time ends, and its application with it."""
    issue.give_up(request.actor, application, "uncollected")
    messages.success(request, _("The card is given up as uncollected."))
    return _again(DESK)


@screen(Permission.CARD_STOCK)
def dispatch_list(request: ScreenRequest) -> HttpResponse:
    """What is on its way, to be signed by both sides."""
    return pdf(stock_lists.dispatch_pdf(request.actor))


def pdf(paper: Pdf) -> HttpResponse:
    """A paper as the answer."""
    response = HttpResponse(paper.content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{paper.name}"'
    return response


def _again(place: str) -> HttpResponse:
    response = redirect("stock")
    response.headers["Location"] += f"?place={place}"
    return response


def _tell(request: HttpRequest, outcomes: Sequence[Outcome]) -> None:
    """How many were done, and of each of the others why not."""
    refused = [each for each in outcomes if each.refusal is not None]
    done = len(outcomes) - len(refused)
    if done:
        messages.success(request, _("Cards entered: %(count)s.") % {"count": done})
    for each in refused[:REFUSALS]:
        if each.refusal is not None:
            messages.warning(request, f"{each.card}: {told(each.refusal)}")


def _destinations(request: ScreenRequest) -> tuple[tuple[int, str], ...]:
    """Where cards can be sent: every open organisation below one's own place."""
    if not request.actor.may(Permission.ORGANISATION_VIEW):
        return ()
    rows = organisations.listed(request.actor)
    return tuple((row.id, row.name) for row in rows if row.closed_on is None)
