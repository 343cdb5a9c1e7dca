"""Logins of people: opened, closed, renewed; a password is shown once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from healthcard.domain import identity
from healthcard.domain.permissions import Permission, Role
from healthcard.domain.resident import Document
from healthcard.services.authority import accounts, organisations
from healthcard.services.authority.accounts import Login
from healthcard.services.errors import Invalid
from healthcard.web.screen import ScreenRequest, acting_screen, screen
from healthcard.web.settings.names import ROLES, number


@screen(Permission.ACCOUNT_CHANGE)
def listed(request: ScreenRequest) -> HttpResponse:
    """Every login of the actor's part of the tree."""
    places = organisations.listed(request.actor)
    names = {row.id: row.name for row in places}
    page = {
        "rows": [(row, ROLES[row.role], names[row.organisation]) for row in accounts.listed(request.actor)],
        "roles": [(code, words) for code, words in ROLES.items() if code != Role.INSTITUTION],
        "organisations": [row for row in places if row.closed_on is None],
        "tab": "settings_logins",
    }
    return render(request, "settings/logins.html", page)


@acting_screen(Permission.ACCOUNT_CHANGE)
def opened(request: ScreenRequest) -> HttpResponse:
    """A login for a person; its password is told on the page that follows, and nowhere again."""
    post = request.POST
    login = accounts.open_for(
        request.actor,
        number(post, "organisation"),
        username=post.get("username", "").strip(),
        full_name=post.get("full_name", "").strip(),
        role=_role(post.get("role", "")),
        document=_document(post.get("number", "")),
    )
    return _told(request, login)


@acting_screen(Permission.ACCOUNT_CHANGE)
def renewed(request: ScreenRequest, login: int) -> HttpResponse:
    """A new password and second factor for somebody who lost them."""
    return _told(request, accounts.renew(request.actor, login))


@acting_screen(Permission.ACCOUNT_CHANGE)
def closed(request: ScreenRequest, login: int) -> HttpResponse:
    """Nobody logs in with it any more."""
    accounts.close(request.actor, login)
    messages.success(request, _("The login is closed."))
    return redirect("settings_logins")


def _told(request: ScreenRequest, login: Login) -> HttpResponse:
    told = ((_("Account"), login.username), (_("Password"), login.password), (_("Second factor"), login.second_factor))
    page = {"title": login.full_name, "told": told, "back": "settings_logins", "tab": "settings_logins"}
    return render(request, "settings/told.html", page)


def _role(text: str) -> Role:
    if text not in ROLES:
        raise Invalid("role", "请选择角色", "choose a role")
    return Role(text)


def _document(text: str) -> Document:
    try:
        return identity.document(identity.CITIZEN, text)
    except identity.NumberRefused as error:
        raise Invalid("number", "居民身份证号码有误", "this is no citizen identity number") from error
