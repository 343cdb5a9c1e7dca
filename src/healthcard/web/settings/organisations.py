"""The tree of organisations: looked at, opened, closed, merged."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from healthcard.domain.permissions import Permission
from healthcard.services.authority import organisations
from healthcard.services.authority.organisations import NewOrganisation
from healthcard.services.desk.kinds import OrganisationKind
from healthcard.services.errors import Invalid
from healthcard.web.screen import ScreenRequest, acting_screen, screen
from healthcard.web.settings.names import KINDS, number


@screen(Permission.ORGANISATION_VIEW)
def listed(request: ScreenRequest) -> HttpResponse:
    """The actor's part of the tree, each below its own."""
    rows = organisations.listed(request.actor)
    page = {
        "rows": [(row, KINDS[row.kind], "–" * (row.path.count("/") - rows[0].path.count("/"))) for row in rows],
        "kinds": KINDS.items(),
        "open": [row for row in rows if row.closed_on is None],
        "may_change": request.actor.may(Permission.ORGANISATION_CHANGE),
        "tab": "settings",
    }
    return render(request, "settings/organisations.html", page)


@acting_screen(Permission.ORGANISATION_CHANGE)
def opened(request: ScreenRequest) -> HttpResponse:
    """Open one below another."""
    post = request.POST
    texts = {name: post.get(name, "").strip() for name in ("code", "name", "division", "credit_code", "issuer_code")}
    if post.get("kind") not in KINDS:
        raise Invalid("kind", "请选择机构类型", "choose what kind of organisation it is")
    kind = OrganisationKind(post["kind"])
    organisations.create(request.actor, NewOrganisation(kind=kind, parent=number(post, "parent"), **texts))
    return _again(request, _("The organisation is open."))


@acting_screen(Permission.ORGANISATION_CHANGE)
def closed(request: ScreenRequest, organisation: int) -> HttpResponse:
    """Close one to which nothing belongs any more."""
    organisations.close(request.actor, organisation)
    return _again(request, _("The organisation is closed."))


@acting_screen(Permission.ORGANISATION_CHANGE)
def merged(request: ScreenRequest, organisation: int) -> HttpResponse:
    """Give all that belongs to it to another, and close it."""
    done = organisations.merge(request.actor, organisation, number(request.POST, "into"))
    words = _("Merged: %(people)s people, %(applications)s open applications, %(stock)s cards went over.")
    counts = {"people": done.residents, "applications": done.applications, "stock": done.stock}
    return _again(request, words % counts)


def _again(request: ScreenRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("settings")
