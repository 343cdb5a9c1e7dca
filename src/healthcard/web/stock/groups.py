"""A group hand-over at a school or a village: the picked cards, their list for offline work, how far it has come.

The list only tells whom to expect. Each card is handed over in an act of its own, read in the reader; what stands here
follows from that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcard.domain.permissions import Permission
from healthcard.services.desk import stock, stock_lists
from healthcard.services.desk.stock import ELSEWHERE, HANDED_OVER, WAITING
from healthcard.services.errors import Invalid, NotFound
from healthcard.web.screen import ScreenRequest, screen
from healthcard.web.stock import picked
from healthcard.web.stock.moving import pdf

STATES: Mapping[str, Promise] = {
    WAITING: _("still to be handed over"),
    HANDED_OVER: _("given to its holder"),
    ELSEWHERE: _("not at this desk any more"),
}


@screen(Permission.CARD_STOCK)
def shown(request: ScreenRequest) -> HttpResponse:
    """The group and how far it has come; its address can be kept and opened again."""
    cards = stock.grouped(request.actor, _picked(request))
    if not cards:
        raise NotFound("None of these cards is there.")
    counts = Counter(each.state for each in cards)
    page = {
        "cards": tuple((each, STATES[each.state]) for each in cards),
        "counts": tuple((words, counts[state]) for state, words in STATES.items()),
        "ids": ",".join(str(each.id) for each in cards),
        "waiting": counts[WAITING],
        "may_see_holder": request.actor.may(Permission.RESIDENT_VIEW),
    }
    return render(request, "stock/group.html", page)


@screen(Permission.CARD_STOCK)
def printed(request: ScreenRequest) -> HttpResponse:
    """The list on paper, to be signed there."""
    return pdf(stock_lists.handover_pdf(request.actor, _picked(request)))


@screen(Permission.CARD_STOCK)
def offline(request: ScreenRequest) -> HttpResponse:
    """The list as a workbook for a PC without a network."""
    book = stock_lists.handover_xlsx(request.actor, _picked(request))
    response = HttpResponse(book.content, content_type=stock_lists.XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{book.name}"'
    return response


def _picked(request: ScreenRequest) -> tuple[int, ...]:
    """The ids in the address, given one by one or with commas; raises NotFound."""
    texts = [text for part in request.GET.getlist("card") for text in part.split(",") if text]
    try:
        return picked.ids(texts)
    except Invalid as wrong:
        raise NotFound("No card was picked for this list.") from wrong
