"""The board of deadlines: what is over, what is due today, what comes next."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from healthcard.domain.permissions import Permission
from healthcard.services.desk import deadlines
from healthcard.services.desk.deadlines import APPLICATION, CARD, Due
from healthcard.web.desk.words import KINDS
from healthcard.web.people import words
from healthcard.web.screen import ScreenRequest, screen
from healthcard.web.words import state_words


@dataclass(frozen=True, slots=True, kw_only=True)
class DueView:
    """One line in words; `to`: the screen where it is gone on with."""

    row: Due
    title: str
    state: str
    to: str
    number: int


@screen(Permission.APPLICATION_VIEW)
def shown(request: ScreenRequest) -> HttpResponse:
    """Everything with a last day, nearest first."""
    rows = deadlines.board(request.actor)
    page = {
        "due": tuple(map(_due, rows)),
        "over": sum(row.overdue for row in rows),
        "today": sum(row.days == 0 for row in rows),
        "most": deadlines.MOST,
        "may_see_holder": request.actor.may(Permission.RESIDENT_VIEW),
    }
    return render(request, "day/due.html", page)


def _due(row: Due) -> DueView:
    if row.sort == APPLICATION:
        return DueView(
            row=row,
            title=str(KINDS[row.kind]),
            state=state_words("application", row.state),
            to="application",
            number=row.id,
        )
    if row.sort == CARD:
        return DueView(row=row, title=_("Card to be collected"), state=_("at this desk"), to="card", number=row.id)
    title = words.request(row.kind)
    return DueView(row=row, title=title, state=_("to be answered"), to="record", number=row.resident)
