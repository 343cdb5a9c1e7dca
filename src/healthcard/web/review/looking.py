"""The queue of open applications, and one application whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise

from healthcard.domain.forms import FORMS
from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk import applications, new_card, next_steps, scans, transfer
from healthcard.services.desk.applications import Page, Row, Shown, Standing
from healthcard.services.desk.transfer_receipt import Receipt
from healthcard.services.errors import Invalid, NotFound
from healthcard.web.desk import guide
from healthcard.web.review import filling, names
from healthcard.web.screen import ScreenRequest, screen
from healthcard.web.words import state_words

_PLACE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.[0-9]{1,18}")
HANDED_OVER = frozenset({*new_card.KINDS, "temporary"})
_DONE = frozenset({"not_decided", "application.step"})  # rules that say: there is nothing left to do here


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One line of the queue with its words."""

    row: Row
    kind: Promise
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One act this reader's role has: whether it may be done now, and otherwise why not."""

    may: bool
    why: str


@screen(Permission.APPLICATION_VIEW)
def queue(request: ScreenRequest) -> HttpResponse:
    """Open applications, overdue ones first."""
    kinds, states = names.KINDS, {each: state_words("application", each) for each in names.OPEN}
    kind, state = _chosen(request, "kind", kinds), _chosen(request, "state", states)
    page = _page(request, kind, state)
    found = tuple(Queued(row=row, kind=names.KINDS[row.kind], state=states[row.state]) for row in page.applications)
    told: dict[str, object] = {"queue": found, "after": page.after, "kind": kind, "state": state}
    told |= {"kinds": kinds.items(), "states": states.items()}
    return render(request, "review/queue.html", told | {"first": not request.GET.get("after")})


@screen(Permission.APPLICATION_VIEW)
def whole(request: ScreenRequest, application: int) -> HttpResponse:
    """One application: what was filled in, shown, verified and decided, and what may be done now."""
    actor = applications.following(request.actor, application)
    shown = applications.shown(actor, application)
    standing = applications.standing(actor, application)
    page = _form(shown) | {
        "shown": shown,
        "row": shown.row,
        "standing": standing,
        "changes": applications.changes(actor, application),
        "scans": scans.attached(actor, application),
        "offers": _offers(standing),
        "following": guide.views(next_steps.of_application(actor, application)),
        "moved": _moved(actor, shown.row),
        "takes_over": shown.row.kind in HANDED_OVER and shown.row.state in ("arrived", "completed"),
        "elsewhere": actor is not request.actor,
    }
    return render(request, "review/application.html", page | _doors(request.actor))


def _moved(actor: Actor, row: Row) -> Receipt | None:
    """How far the business data of the cards before have come to the new one, where there is one."""
    if row.kind not in new_card.KINDS:
        return None
    told = transfer.receipt(actor, row.id)
    return told if told.sources and told.new_card else None


def _form(shown: Shown) -> dict[str, object]:
    row = shown.row
    return {
        "title": filling.title(row.kind) if row.kind in FORMS else names.KINDS[row.kind],
        "lines": filling.lines(row.kind, shown.fields),
        "papers": filling.papers(shown.presented),
        "verified_as": filling.verification(shown.identity),
        "by": names.PRESENTERS[row.by],
        "state": state_words("application", row.state),
        "fee": f"{row.fee_fen // 100}.{row.fee_fen % 100:02}",
    }


def _doors(actor: Actor) -> dict[str, bool]:
    """Which other screens this reader may open from here."""
    accept = actor.may(Permission.APPLICATION_ACCEPT)
    return {
        "may_print": accept,
        "may_see_scans": accept or actor.may(Permission.APPLICATION_REVIEW),
        "may_see_holder": actor.may(Permission.RESIDENT_VIEW),
    }


def _offers(standing: Standing) -> dict[str, Offer]:
    """What is not over yet, by act."""
    steps = (each for each in standing.steps if each.against is None or each.against.name not in _DONE)
    return {
        each.act: Offer(may=each.against is None, why=filling.reason(each.against) if each.against else "")
        for each in steps
    }


def _chosen(request: ScreenRequest, name: str, known: Mapping[str, object]) -> str:
    text = request.GET.get(name, "")
    if text and text not in known:
        raise NotFound("There is no such list.")
    return text


def _page(request: ScreenRequest, kind: str, state: str) -> Page:
    after = request.GET.get("after", "")
    if after and not _PLACE.fullmatch(after):
        raise NotFound("There is no such page.")
    try:
        return applications.listed(request.actor, after=after, kind=kind, state=state)
    except Invalid as refused:
        raise NotFound("There is no such page.") from refused
