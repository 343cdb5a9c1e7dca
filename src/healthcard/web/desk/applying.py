"""Taking an application (受理): one screen for every form; what is refused is told on it, and what was typed stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from healthcard.domain import card_update
from healthcard.domain.evidence import Presenter
from healthcard.domain.forms import FormRefused, Problem, form
from healthcard.domain.lifecycle import TransitionRefused
from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk import (
    applications,
    issue,
    loss,
    next_steps,
    possible,
    replacement,
    temporary,
    termination,
    unlock,
    update,
)
from healthcard.services.desk.applications import Request, Shown
from healthcard.services.errors import Conflict, Invalid, NotFound, Refused
from healthcard.services.people import moving
from healthcard.web.desk import drafts, elsewhere, guide
from healthcard.web.desk.drafts import Typed
from healthcard.web.desk.words import KINDS, chosen
from healthcard.web.screen import ScreenRequest, acting_screen, screen, told
from healthcard.web.words import state_words

DIGITS = 18  # of a card's id at most
PAID = frozenset({"first_issue", "replacement", "temporary"})  # for which an issuer may ask a fee


@screen(Permission.APPLICATION_ACCEPT)
def asked(request: ScreenRequest, person: int, kind: str) -> HttpResponse:
    """The form, with nothing ticked; `by` in the address says who comes."""
    by = request.GET.get("by", Presenter.HOLDER.value)
    if by not in set(Presenter):
        raise NotFound("Nobody of that sort comes.")
    return _form(request, person, kind, Typed(by=by))


@acting_screen(Permission.APPLICATION_ACCEPT)
def handed_in(request: ScreenRequest, person: int, kind: str) -> HttpResponse:
    """Take it; a refusal leads back to the form as it was typed."""
    _known(kind)
    elsewhere.met(request, person)
    typed = drafts.typed(kind, request.POST)
    try:
        number = _TAKEN[kind](request.actor, typed.request(kind, person, _card(request)), typed.ticket)
    except FormRefused as refused:
        return _form(request, person, kind, typed, refused.problems)
    except (TransitionRefused, Refused, Invalid, Conflict) as refusal:
        return _form(request, person, kind, typed, why=(told(refusal), *lacking(refusal)))
    return redirect("application_taken", application=number)


@screen(Permission.APPLICATION_VIEW)
def taken(request: ScreenRequest, application: int) -> HttpResponse:
    """What the applicant takes with him: number, day, papers to print."""
    actor = applications.following(request.actor, application)
    shown = applications.shown(actor, application)
    page = {
        "one": shown.row,
        "page": reverse("person" if actor is request.actor else "stranger", args=[shown.row.resident]),
        "title": str(KINDS[shown.row.kind]),
        "words": state_words("application", shown.row.state),
        "fee": f"{shown.row.fee_fen / 100:.2f}",
        "prints": request.actor.may(Permission.APPLICATION_ACCEPT),
        "ticket": shown.row.kind == "loss",
        "receipt": _receipt(shown),
        "following": guide.views(next_steps.of_application(actor, application)),
    }
    return render(request, "desk/taken.html", page)


def _form(
    request: ScreenRequest,
    person: int,
    kind: str,
    typed: Typed,
    problems: Sequence[Problem] = (),
    why: Sequence[str] = (),
) -> HttpResponse:
    """The screen; with `problems` or `why` as the answer to what was handed in."""
    _known(kind)
    actor = request.actor
    shown = elsewhere.met(request, person)
    may = next((one for one in elsewhere.possibilities(request, person) if one.kind == kind), None)
    if may is None:
        raise NotFound("This desk takes no such application for somebody of another organisation.")
    filled = applications.prefill(actor, kind, person, may.card)
    by = typed.by if typed.by in set(Presenter) else Presenter.HOLDER.value
    page = {
        "person": shown,
        "kind": kind,
        "title": str(KINDS[kind]),
        "form": form(kind),
        "may": may,
        "stands": () if may.allowed else (chosen(may.zh, may.en), chosen(may.advice_zh, may.advice_en)),
        "by": by,
        "comers": drafts.comers(kind, by),
        "fields": drafts.fields(kind, {**filled, **typed.fields}, problems),
        "known": drafts.known(kind, filled),
        "papers": drafts.papers(kind, by, typed.presented),
        "ways": drafts.verifications(kind, by, typed.identity),
        "delegate": typed.delegate,
        "kinds": drafts.coded("document_kind", typed.delegate.get("document_kind", "")),
        "relations": drafts.coded("relation", typed.delegate.get("relation", "")),
        "asks_ticket": kind == "unloss",
        "asks_fee": kind in PAID,
        "items": card_update.items() if "changes" in {one.key for one in form(kind).entered} else (),
        "asks_site": kind == "replacement",
        "ticket": typed.ticket,
        "typed": typed,
        "problems": problems,
        "why": why,
    }
    wrong = bool(problems or why)
    return render(request, "desk/applying.html", page, status=HTTPStatus.CONFLICT if wrong else HTTPStatus.OK)


def _known(kind: str) -> None:
    if kind not in possible.KINDS:
        raise NotFound("There is no such application at this desk.")


def _card(request: ScreenRequest) -> int | None:
    given = request.POST.get("card", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= DIGITS else None


def lacking(refusal: Exception) -> tuple[str, ...]:
    """By name, the documents that were not presented."""
    if not isinstance(refusal, TransitionRefused):
        return ()
    missing = refusal.facts.get(chosen("missing", "missing_en"))
    return tuple(map(str, missing)) if isinstance(missing, list) else ()


def _receipt(shown: Shown) -> int | None:
    """The card whose receipt can be printed: it was handed in, and its end is decided."""
    ended = shown.row.kind in termination.KINDS and shown.row.state == "completed"
    return shown.row.card if ended and "card" in shown.presented else None


_TAKEN: Mapping[str, Callable[[Actor, Request, str], int]] = {
    "first_issue": lambda actor, request, _ticket: issue.ask(actor, request).id,
    "loss": lambda actor, request, _ticket: loss.report(actor, request).application or 0,
    "unloss": lambda actor, request, ticket: loss.ask_release(actor, request, ticket).id,
    "unlock": lambda actor, request, _ticket: unlock.ask(actor, request).id,
    "replacement": lambda actor, request, _ticket: replacement.ask(actor, request).application.id,
    "temporary": lambda actor, request, _ticket: temporary.ask(actor, request).id,
    "update": lambda actor, request, _ticket: update.ask(actor, request).id,
    "termination": lambda actor, request, _ticket: termination.ask(actor, request).application.id,
    "return": lambda actor, request, _ticket: termination.ask(actor, request).application.id,
    "move": lambda actor, request, _ticket: moving.ask(actor, request).application.id,
}
