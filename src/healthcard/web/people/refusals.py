"""A form that was refused: shown again as it was typed, with everything that stands against it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render

from healthcard.domain.forms import FormRefused, Problem
from healthcard.domain.lifecycle import TransitionRefused
from healthcard.services.errors import Conflict, Invalid, Refused
from healthcard.web.desk.applying import lacking
from healthcard.web.people import cells
from healthcard.web.screen import ScreenRequest, told


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why: in sentences, and by cell where the form itself is wrong."""

    why: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def refusal_of(act: Callable[[], HttpResponse]) -> HttpResponse | Refusal:
    """What `act` answers, or why it was refused."""
    try:
        return act()
    except FormRefused as refused:
        return Refusal(why=tuple(map(cells.told, refused.problems)), problems=tuple(refused.problems))
    except (TransitionRefused, Refused, Invalid, Conflict) as refused:
        return Refusal(why=(told(refused), *lacking(refused)))


def form(request: ScreenRequest, template: str, page: dict[str, object], why: Sequence[str] = ()) -> HttpResponse:
    """The screen of a form; as the answer to what was refused where there is a `why`."""
    status = HTTPStatus.CONFLICT if why else HTTPStatus.OK
    return render(request, template, {**page, "why": why}, status=status)
