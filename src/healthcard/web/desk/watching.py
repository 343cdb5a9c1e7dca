"""An act on the card in the clerk's reader, watched: how far it is, what to do, and what comes after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk import applications, next_steps, reader_acts
from healthcard.services.desk.reader_acts import DONE, FAILED, Progress
from healthcard.services.errors import NotFound
from healthcard.services.stage import virtual_reader
from healthcard.services.workshop import cards
from healthcard.web.desk import guide
from healthcard.web.desk.guide import Following
from healthcard.web.desk.places import Place, step_url
from healthcard.web.desk.step import APPLICATION
from healthcard.web.desk.steps import STEPS
from healthcard.web.desk.words import chosen
from healthcard.web.screen import ScreenRequest

Result = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """A paper to be printed after it."""

    title: str
    url: str


def under_way(actor: Actor, here: Place) -> str:
    """The act under way at his station when it is this step with this row; '' otherwise."""
    session = reader_acts.running(actor)
    if session is None:
        return ""
    at = reader_acts.progress(actor, session)
    same = here.step.act in (at.act, at.again) and set(at.about.values()) <= {here.number}
    return session if same else ""


def shown(request: ScreenRequest, here: Place, session: str) -> HttpResponse:
    """The page, or for a page that is open its part that changes."""
    actor = request.actor
    at = reader_acts.progress(actor, session)
    if at.state == DONE and (found := _holder(actor, here, at)):
        return HttpResponseClientRedirect(found) if request.htmx else redirect(found)
    page = {
        "here": here,
        "step": here.step,
        "at": at,
        "act": session,
        "words": chosen(at.words_zh, at.words_en),
        "ended": at.state in (DONE, FAILED),
        "failed": at.state == FAILED,
        "virtual": virtual_reader.is_there(),
        "percent": 100 * at.done // at.total if at.total else 0,
        **_after(actor, here, at),
    }
    return render(request, "desk/progress.html" if request.htmx else "desk/reader.html", page)


def _after(actor: Actor, here: Place, at: Progress) -> dict[str, object]:
    """What came of it, what is to be printed, and the step that follows."""
    if at.state != DONE:
        return {}
    result = at.result or {}
    found = _FOUND.get(here.step.name)
    return {
        "found": found(result) if found else (),
        "prints": _prints(here, result),
        "following": next((each for each in _following(actor, here) if each.first and each.url), None),
    }


def _following(actor: Actor, here: Place) -> tuple[Following, ...]:
    """What comes next with the application."""
    if here.step.about != APPLICATION:
        return ()
    return guide.views(next_steps.of_application(applications.following(actor, here.number), here.number))


def _holder(actor: Actor, here: Place, at: Progress) -> str:
    """Where a card that was looked at leads: to its holder, an ended one of others to the desk; '' = nowhere."""
    card = (at.result or {}).get("card") if here.step.name == "look" else None
    if not isinstance(card, int):
        return ""
    try:
        row = cards.shown(actor, card)
    except NotFound:
        return _to_receive(actor, card)
    return reverse("person", args=[row.holder]) if actor.may(Permission.RESIDENT_VIEW) else reverse("card", args=[card])


def _to_receive(actor: Actor, card: int) -> str:
    """Any desk takes in an ended card, whoever issued it (第十三条); '' for one that is in use elsewhere."""
    try:
        steps = next_steps.of_card(actor, card)
    except NotFound:
        return ""
    return next((step_url(STEPS[each.name], card) for each in steps if each.first and each.mine), "")


def _prints(here: Place, result: Result) -> tuple[Print, ...]:
    """The slip that was signed, receipts for what was given back."""
    slip = Print(title=_("Hand-over slip"), url=reverse("paper_handover", args=[here.number]))
    given = result.get("receipts")
    receipts = (
        Print(title=f"{_('Receipt of the card')} {each['number']}", url=reverse("paper_receipt", args=[each["card"]]))
        for each in (given if isinstance(given, list) else ())
    )
    return (*((slip,) if here.step.duties else ()), *receipts)


def _differences(result: Result) -> tuple[str, ...]:
    faults = result.get("faults")
    return tuple(map(str, faults)) if isinstance(faults, list) and faults else (_("Card and record are alike."),)


def _moved(result: Result) -> tuple[str, ...]:
    receipt = result.get("receipt")
    if not isinstance(receipt, dict):
        return ()
    cards_told = (f"{each['issue_serial']}: {each['items']}" for each in receipt["sources"] if each["source"])
    return (_("Records of business data by card:"), *cards_told)


def _looked(result: Result) -> tuple[str, ...]:
    if isinstance(result.get("card"), int):
        return (_("A card of another organisation, which is in use there."),)
    if result.get("genuine") is False:
        return (_("This chip does not prove to be genuine."),)
    return (_("This is none of our cards, or a blank chip."),)


_FOUND: Mapping[str, Callable[[Result], tuple[str, ...]]] = {
    "compare": _differences,
    "read-data": _moved,
    "move-data": _moved,
    "look": _looked,
}
