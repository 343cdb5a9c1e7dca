"""A card seen through: its files beside the record, what differs in red, and how the reading went, APDU by APDU."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language

from healthcard.domain.permissions import Permission
from healthcard.services.desk import reader_acts
from healthcard.services.desk.reader_acts import DONE, FAILED
from healthcard.services.errors import NotFound, Worded
from healthcard.services.stage import virtual_reader
from healthcard.services.workshop import cards, xray
from healthcard.web.screen import ScreenRequest, acting_screen, screen, told

ACT = "see through"


@screen(Permission.CARD_READ_CHIP, Permission.CARD_VIEW)
def shown(request: ScreenRequest, card: int) -> HttpResponse:
    """The reading under way or done in the reader (`?act=`), or of a virtual card in its slot."""
    session = request.GET.get("act", "")
    page: dict[str, object] = {"card": cards.shown(request.actor, card), "act": session}
    page |= _in_reader(request, card, session) if session else _in_slot(request, card)
    return render(request, "xray/reading.html" if request.htmx else "xray/through.html", page)


@acting_screen(Permission.CARD_READ_CHIP)
def read(request: ScreenRequest, card: int) -> HttpResponse:
    """Begin to read the card in the reader of this desk."""
    session = reader_acts.start(request.actor, ACT, {"card": card})
    return redirect(f"{reverse('card_xray', args=[card])}?act={session}")


def _in_reader(request: ScreenRequest, card: int, session: str) -> dict[str, object]:
    at = reader_acts.progress(request.actor, session)
    if at.act not in ("", ACT) or set(at.about.values()) - {card}:
        raise NotFound("There is no such reading of this card.")
    words = at.words_zh if (get_language() or "").startswith("zh") else at.words_en
    page: dict[str, object] = {"words": words, "ended": at.state in (DONE, FAILED), "failed": at.state == FAILED}
    return page | ({"xray": at.result} if at.state == DONE else {})


def _in_slot(request: ScreenRequest, card: int) -> Mapping[str, object]:
    """A virtual card is read at once where it lies; any other waits for the reader."""
    if not virtual_reader.is_there():
        return {}
    try:
        return {"xray": xray.in_slot(request.actor, card)}
    except Worded as error:
        return {"why": told(error)}
