"""The sums of the day, fees by kind and receipt, and its close: once, never changed, counted again at every look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from healthcard.domain.actions import words
from healthcard.domain.lifecycle import RULES
from healthcard.domain.permissions import Permission
from healthcard.services.desk import day
from healthcard.services.desk.day import Payment, Sums
from healthcard.web.desk.words import KINDS, chosen
from healthcard.web.screen import ScreenRequest, acting_screen, screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sort of thing and how often it was done; `yuan` where money was taken."""

    title: str
    count: int
    yuan: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The sums of a time in words."""

    sums: Sums
    acts: tuple[Line, ...]
    cards: tuple[Line, ...]
    fees: tuple[Line, ...]
    yuan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One fee in words."""

    row: Payment
    title: str
    yuan: str


@screen(Permission.DESK_ACT)
def today(request: ScreenRequest) -> HttpResponse:
    """Everything since the last close, and the days that are closed."""
    found = day.today(request.actor)
    page = {
        "today": found,
        "counted": _counted(found.sums),
        "payments": tuple(Taken(row=row, title=str(KINDS[row.kind]), yuan=yuan(row.fen)) for row in found.payments),
        "closes": day.closes(request.actor),
    }
    return render(request, "day/today.html", page)


@acting_screen(Permission.DESK_ACT)
def closed(request: ScreenRequest) -> HttpResponse:
    """Close the day."""
    number = day.close(request.actor)
    messages.success(request, _("The day is closed."))
    return redirect("day_closed", number=number)


@screen(Permission.DESK_ACT)
def shown(request: ScreenRequest, number: int) -> HttpResponse:
    """One closed day, counted again."""
    record, again = day.closed(request.actor, number)
    page = {
        "record": record,
        "counted": _counted(record.sums),
        "again": _counted(again),
        "agrees": record.sums == again,
    }
    return render(request, "day/closed.html", page)


def yuan(fen: int) -> str:
    """An amount in yuan, to the fen."""
    return f"{fen // 100}.{fen % 100:02}"


def _counted(sums: Sums) -> Counted:
    return Counted(
        sums=sums,
        acts=_lines(sums.acts, {name: chosen(words(name).zh, words(name).en) for name in sums.acts}),
        cards=_lines(sums.cards, {name: chosen(RULES[name].zh, RULES[name].en) for name in sums.cards}),
        fees=tuple(Line(title=str(KINDS[each.kind]), count=each.count, yuan=yuan(each.fen)) for each in sums.fees),
        yuan=yuan(sums.fen),
    )


def _lines(counts: Mapping[str, int], titles: Mapping[str, str]) -> tuple[Line, ...]:
    return tuple(Line(title=titles[name], count=count) for name, count in counts.items())
