"""Searching the audit and checking it; the services note that somebody looked."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language

from healthcard.domain.actions import ACTIONS
from healthcard.domain.articles import cited
from healthcard.domain.permissions import Permission
from healthcard.services.errors import KeyServiceGone
from healthcard.services.trail import audit_search, explaining
from healthcard.web.audit import asking
from healthcard.web.audit.faults import said
from healthcard.web.screen import ScreenRequest, acting_screen, screen


@screen(Permission.AUDIT_VIEW)
def searched(request: ScreenRequest) -> HttpResponse:
    """The form, and the entries of whom the address names."""
    actor, wanted, place = request.actor, asking.wanted(request.GET), asking.after(request.GET)
    page = _page(request) | {"asked": wanted}
    if wanted is not None:
        found = audit_search.search(actor, wanted, after=place)
        rows = explaining.told(actor, found.entries)
        page |= {
            "rows": [(row, cited(row.entry.article, chinese=_chinese())) for row in rows],
            "older": _query(request.GET, found.after) if found.after else "",
            "newest": _query(request.GET, None) if place else "",
        }
    return render(request, "audit/searched.html", page)


@acting_screen(Permission.AUDIT_VIEW)
def found(request: ScreenRequest) -> HttpResponse:
    """What was typed, as an address that holds ids only."""
    return redirect(f"{reverse('audit')}?{asking.address(request.actor, request.POST)}")


@acting_screen(Permission.AUDIT_VIEW)
def checked(request: ScreenRequest) -> HttpResponse:
    """Read the newest entries, compare them with their anchors, show what came out."""
    try:
        verdict = audit_search.verify(request.actor)
    except KeyServiceGone:
        return render(request, "audit/searched.html", _page(request) | {"unchecked": True})
    chinese = _chinese()
    faults = [(each, said(each.what, chinese=chinese)) for each in verdict.faults]
    return render(request, "audit/searched.html", _page(request) | {"verdict": verdict, "faults": faults})


def _page(request: ScreenRequest) -> dict[str, object]:
    return {"last": explaining.last_check(request.actor), "actions": ACTIONS.values(), "query": request.GET}


def _query(query: QueryDict, place: tuple[int, int] | None) -> str:
    """The address's query for another page of the same."""
    other = query.copy()
    other.pop("after", None)
    if place:
        other["after"] = f"{place[0]}-{place[1]}"
    return other.urlencode()


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")
