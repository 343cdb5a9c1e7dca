"""The register of returned cards (第十三条): taken in, listed where they cannot be read, destroyed by two people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from healthcard.domain.permissions import Permission
from healthcard.services.desk import recovery, returned_chips
from healthcard.services.desk.returned_chips import Returned
from healthcard.web.paging import after
from healthcard.web.screen import ScreenRequest, acting_screen, screen
from healthcard.web.stock import picked

_ENDS: Mapping[str, Promise] = {
    "none": gettext_lazy("to be locked"),
    "locked": gettext_lazy("locked"),
    "listed": gettext_lazy("unreadable, black-listed"),
    "destroyed": gettext_lazy("destroyed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipView:
    """A returned chip; `aside`: set aside by whoever looks, or by somebody else, or not at all."""

    row: Returned
    end: Promise
    aside: str


@screen(Permission.CARD_VIEW)
def listed(request: ScreenRequest) -> HttpResponse:
    """What this desk took in, the newest first."""
    found = returned_chips.listed(request.actor, after=after(request))
    page = {
        "chips": tuple(_chip(request, row) for row in found.chips),
        "after": found.after,
        "first": after(request) is None,
        "may_take": request.actor.may(Permission.DESK_ACT),
        "may_destroy": request.actor.may(Permission.CARD_DESTROY),
    }
    return render(request, "stock/returned.html", page)


@acting_screen(Permission.DESK_ACT)
def received(request: ScreenRequest) -> HttpResponse:
    """Take in an ended card by what is printed on it; its receipt is to be printed."""
    code = "".join(request.POST.get("issuer_code", "").split())
    serial = "".join(request.POST.get("issue_serial", "").split())
    receipt = recovery.receive(request.actor, recovery.found(request.actor, code, serial))
    messages.success(request, _("Taken in; receipt %(number)s.") % {"number": receipt.number})
    return redirect("stock_returned")


@acting_screen(Permission.DESK_ACT)
def unreadable(request: ScreenRequest, card: int) -> HttpResponse:
    """Black-list a returned card that no reader can read."""
    recovery.list_unreadable(request.actor, card, request.POST.get("why", ""))
    messages.success(request, _("The card is black-listed."))
    return redirect("stock_returned")


@acting_screen(Permission.CARD_DESTROY)
def set_aside(request: ScreenRequest) -> HttpResponse:
    """Set the picked chips aside for destruction, as the first witness."""
    recovery.propose_destruction(request.actor, picked.ids(request.POST.getlist("card")))
    messages.success(request, _("Set aside; another person destroys them."))
    return redirect("stock_returned")


@acting_screen(Permission.CARD_DESTROY)
def destroyed(request: ScreenRequest) -> HttpResponse:
    """Destroy chips that another person set aside; the certificate can be printed."""
    recovery.destroy(request.actor, picked.ids(request.POST.getlist("card")))
    messages.success(request, _("Destroyed; the certificate stands with each card."))
    return redirect("stock_returned")


def _chip(request: ScreenRequest, row: Returned) -> ChipView:
    aside = "" if row.witness is None else "mine" if row.witness == request.actor.account else "other"
    return ChipView(row=row, end=_ENDS[row.chip_end], aside=aside)
