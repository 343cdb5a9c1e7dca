"""One's own last acts: back to what one had in hands."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from healthcard.domain.actions import words
from healthcard.domain.permissions import Permission
from healthcard.services.desk import recent
from healthcard.services.desk.recent import Recent
from healthcard.web.desk.words import chosen
from healthcard.web.screen import ScreenRequest, screen


@dataclass(frozen=True, slots=True, kw_only=True)
class ActView:
    """One act in words."""

    row: Recent
    title: str


@screen(Permission.DESK_ACT)
def shown(request: ScreenRequest) -> HttpResponse:
    """The newest first."""
    rows = recent.acts(request.actor)
    acts = tuple(ActView(row=row, title=chosen(words(row.action).zh, words(row.action).en)) for row in rows)
    return render(request, "day/mine.html", {"acts": acts})
