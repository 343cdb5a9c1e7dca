"""A board, the list behind each of its figures, and that list as a workbook."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from healthcard.domain.figures import FIGURES, Figure, Subject
from healthcard.domain.permissions import Permission
from healthcard.services import figures
from healthcard.services.authority import organisations
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.figures import Asked, Board, Count, uptime
from healthcard.services.figures.listing import MOST
from healthcard.web.boards import columns, names, workbook
from healthcard.web.screen import ScreenRequest, acting_screen, screen, told

SEEN_BY = (Permission.CARD_VIEW, Permission.APPLICATION_VIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure with its words and the list it leads to."""

    key: str
    words: str
    number: int


@screen(*SEEN_BY)
def shown(request: ScreenRequest) -> HttpResponse:
    """Every figure of an organisation and all below it."""
    asked, refused = _asked_or_this_month(request)
    board = figures.board(request.actor, asked)
    page = _question(request, asked) | {
        "refused": refused,
        "groups": {subject.value: _tiles(board, subject) for subject in Subject},
        "branches": [(each.organisation, [_tile(count) for count in each.counts]) for each in board.branches],
        "headings": [columns.words(count.figure) for count in board.branches[0].counts] if board.branches else [],
        "months": board.months,
        "months_chart": _months_chart(board),
        "branches_chart": _branches_chart(board),
        "kept": _kept(board),
        "health": uptime.health(),
        "parts": names.PARTS,
    }
    return render(request, "boards/board.html", page)


@screen(*SEEN_BY)
def listed(request: ScreenRequest, figure: str) -> HttpResponse:
    """The list behind a figure."""
    wanted, after = _figure(figure), request.GET.get("after", "")
    asked, refused = _asked_or_this_month(request)
    found = figures.listed(wanted, asked, after=after)
    page = _question(request, asked) | {
        "figure": wanted,
        "refused": refused,
        "words": columns.words(wanted),
        "columns": columns.COLUMNS[wanted.subject],
        "lines": [columns.cells(wanted.subject, line) for line in found.lines],
        "standing": _standing(wanted, asked),
        "as_of": asked.counted_at if figures.is_dated(wanted) else None,
        "after": found.after,
        "first": not after,
        "may_export": request.actor.may(Permission.CARD_SUPERVISE),
        "most": MOST,
    }
    return render(request, "boards/list.html", page)


@acting_screen(*SEEN_BY, Permission.CARD_SUPERVISE)
def exported(request: ScreenRequest, figure: str) -> HttpResponse:
    """The list as a workbook; noted in the audit."""
    wanted, asked = _figure(figure), _asked(request, request.POST)
    found = figures.exported(request.actor, wanted, asked)
    rows = ([cell.text for cell in columns.cells(wanted.subject, line)] for line in found.lines)
    ends = _("Only the newest %(count)s lines: there are more.") % {"count": len(found.lines)} if found.after else ""
    headings = [str(column.title) for column in columns.COLUMNS[wanted.subject]]
    answer = HttpResponse(workbook.written(columns.words(wanted), headings, rows, ends), content_type=workbook.TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{wanted.key}-{asked.until.isoformat()}.xlsx"'
    return answer


def _standing(figure: Figure, asked: Asked) -> int | None:
    """The figure that the worker counted a while ago of cards that are listed as they stand now; None of others."""
    kept = asked.counted_at is not None and figure.subject is Subject.CARDS
    return figures.number_of_cards(asked, figure) if kept else None


def _figure(key: str) -> Figure:
    if key not in FIGURES:
        raise NotFound("There is no such figure.")
    return FIGURES[key]


def _asked_or_this_month(request: ScreenRequest) -> tuple[Asked, str]:
    """What was asked for; days that cannot be are told, and this month shown instead."""
    try:
        return _asked(request, request.GET), ""
    except Invalid as refusal:
        return figures.asked(request.actor, _number(request.GET), figures.Range()), told(refusal)


def _asked(request: ScreenRequest, given: QueryDict) -> Asked:
    days = figures.Range(since=_day(given, "since"), until=_day(given, "until"))
    return figures.asked(request.actor, _number(given), days)


def _number(given: QueryDict) -> int | None:
    text = given.get("organisation", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound("There is no such organisation.")
    return int(text) if text else None


def _day(given: QueryDict, name: str) -> date | None:
    text = given.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(name, "日期应为年-月-日", "a day is year-month-day") from error


def _question(request: ScreenRequest, asked: Asked) -> dict[str, object]:
    """What was asked for, for the form and for the addresses of lists."""
    days = {"since": asked.since.isoformat(), "until": asked.until.isoformat()}
    return {
        "asked": asked,
        "counted_at": asked.counted_at,
        **days,
        "days": urlencode(days),
        "query": urlencode({"organisation": asked.organisation.id, **days}),
        "organisations": organisations.listed(request.actor),
    }


def _tiles(board: Board, subject: Subject) -> list[Tile]:
    return [_tile(count) for count in board.counts.values() if count.figure.subject is subject]


def _tile(count: Count) -> Tile:
    return Tile(key=count.figure.key, words=columns.words(count.figure), number=count.number)


def _kept(board: Board) -> str:
    """The share of applications that were closed in time, in percent; '' where none was closed."""
    in_time, late = (board.counts[key].number for key in ("in_time", "late"))
    return f"{in_time * 100 / (in_time + late):.1f}" if in_time + late else ""


def _months_chart(board: Board) -> str:
    series = {
        str(_("handed over")): [each.issued for each in board.months],
        str(_("ended")): [each.ended for each in board.months],
    }
    return _chart([each.begins.strftime("%Y-%m") for each in board.months], series)


def _branches_chart(board: Board) -> str:
    labels = [each.organisation.name for each in board.branches]
    wanted = ("in_use", "in_making", "at_desks", "lost", "ended")
    found = [{count.figure.key: count.number for count in each.counts} for each in board.branches]
    return _chart(labels, {columns.words(FIGURES[key]): [each[key] for each in found] for key in wanted})


def _chart(labels: list[str], series: dict[str, list[int]]) -> str:
    """What static/boards.js draws."""
    told = [{"name": name, "data": data} for name, data in series.items()]
    return json.dumps({"labels": labels, "series": told}, ensure_ascii=False)
