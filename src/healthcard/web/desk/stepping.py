"""A step of a guided act: what is asked for it, and then the service, or the card in the clerk's reader.

A step on a card stays on its page: the page finds the act under way again after a reload, a crash or a new login.
"""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from healthcard.domain.evidence import Presenter
from healthcard.domain.lifecycle import TransitionRefused
from healthcard.services.desk import papers, reader_acts
from healthcard.services.errors import Conflict, Invalid, NotFound, Refused, TooMany
from healthcard.services.line.failures import LineGone
from healthcard.web.desk import choices, devices, drafts, watching
from healthcard.web.desk.applying import lacking
from healthcard.web.desk.given import Given, given
from healthcard.web.desk.places import Place, place
from healthcard.web.screen import ScreenRequest, acting_screen, screen, told


@screen()
def asked(request: ScreenRequest, about: str, step: str, number: int = 0) -> HttpResponse:
    """The step: its form, or the act that is under way for it."""
    here = place(request.actor, about, number, step)
    if session := request.GET.get("act", ""):
        return watching.shown(request, here, session)
    if here.step.act and (session := watching.under_way(request.actor, here)):
        return redirect(f"{here.url}?act={session}")
    by = Presenter.HOLDER.value if here.step.comes else here.by
    return _form(request, here, Given(by=request.GET.get("by", by)))


@acting_screen()
def taken(request: ScreenRequest, about: str, step: str, number: int = 0) -> HttpResponse:
    """Do it; or go on with, or give up, the act on the card. A refusal leads back to the form as it was filled in."""
    here = place(request.actor, about, number, step)
    said = given(request.POST)
    try:
        return _done(request, here, said)
    except (TransitionRefused, Refused, Invalid, Conflict, LineGone, TooMany) as refusal:
        return _form(request, here, said, refusal)


def _done(request: ScreenRequest, here: Place, said: Given) -> HttpResponse:
    actor, wish, session = request.actor, request.POST.get("wish", ""), request.POST.get("act", "")
    if here.step.do is not None:
        words = here.step.do(actor, here.number, said)
        messages.success(request, " ".join(filter(None, (_("Done: %(step)s.") % {"step": here.step.title}, words))))
        return redirect(here.back)
    if wish == "stop":
        reader_acts.stop(actor, session)
    elif wish == "again":
        session = _again(request, session)
    else:
        session = reader_acts.start(actor, here.step.act, here.step.arguments(here.number, said))
    return redirect(f"{here.url}?act={session}" if session else here.url)


def _again(request: ScreenRequest, session: str) -> str:
    """Go on where it stopped; '' where nobody remembers it: the form is filled in anew."""
    try:
        return reader_acts.again(request.actor, session)
    except NotFound:
        messages.info(request, _("The service was started anew meanwhile: fill this in again, the card goes on."))
        return ""


def _form(request: ScreenRequest, here: Place, said: Given, refusal: Exception | None = None) -> HttpResponse:
    step, actor = here.step, request.actor
    by = said.by if said.by in set(Presenter) else Presenter.HOLDER.value
    comers = tuple(one for one in drafts.comers(step.evidence, by) if one.code in step.comes) if step.comes else ()
    page = {
        "here": here,
        "step": step,
        "by": by,
        "comers": comers,
        "papers": drafts.papers(step.evidence, by, said.presented) if step.papers else (),
        "ways": drafts.verifications(step.evidence, by, said.identity) if step.evidence else (),
        "delegate": said.delegate,
        "kinds": drafts.coded("document_kind", said.delegate.get("document_kind", "")),
        "relations": drafts.coded("relation", said.delegate.get("relation", "")),
        "options": choices.picked(step.options(actor, here.number), said.choice) if step.options else (),
        "duties": papers.duties() if step.duties else (),
        "version": papers.DUTIES_VERSION,
        "said": said,
        "no_station": _is(refusal, "no_station"),
        "why": () if refusal is None else _why(refusal),
        **devices.carried(request),
    }
    return render(request, "desk/step.html", page, status=HTTPStatus.CONFLICT if refusal else HTTPStatus.OK)


def _why(refusal: Exception) -> tuple[str, ...]:
    match refusal:
        case TransitionRefused() | Refused() | Invalid() | Conflict():
            return (told(refusal), *lacking(refusal))
    return (_("The card service does not answer at this moment, or has too much to do: try again in a minute."),)


def _is(refusal: Exception | None, rule: str) -> bool:
    return isinstance(refusal, Refused) and refusal.rule == rule
