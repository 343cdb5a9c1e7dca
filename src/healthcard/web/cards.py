"""Cards: the list, and one card with what its chip holds and what its journal tells."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk import next_steps
from healthcard.services.errors import Worded
from healthcard.services.workshop import cards, chips, jobs
from healthcard.web.desk import guide
from healthcard.web.paging import after
from healthcard.web.screen import ScreenRequest, screen, told


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipView:
    """The chip's items by file, or why they are not shown."""

    files: tuple[chips.FilePart, ...] = ()
    why: str = ""


@screen(Permission.CARD_VIEW)
def listed(request: ScreenRequest) -> HttpResponse:
    """The list, the newest first."""
    page = cards.listed(request.actor, after=after(request))
    return render(request, "cards.html", {"page": page, "first": after(request) is None})


@screen(Permission.CARD_VIEW)
def shown(request: ScreenRequest, card: int) -> HttpResponse:
    """One card; chip and journal for those who may see them."""
    actor = request.actor
    page = {
        "card": cards.shown(actor, card),
        "chip": _chip(actor, card) if actor.may(Permission.CARD_READ_CHIP) else None,
        "jobs": jobs.of_card(actor, card) if actor.may(Permission.JOURNAL_VIEW) else None,
        "may_see_holder": actor.may(Permission.RESIDENT_VIEW),
        "following": guide.views(next_steps.of_card(actor, card)),
    }
    return render(request, "card.html", page)


def _chip(actor: Actor, card: int) -> ChipView:
    """Read now, in its slot; a chip that cannot be read is no reason to hide the record."""
    try:
        return ChipView(files=chips.read(actor, card))
    except Worded as error:
        return ChipView(why=told(error))
