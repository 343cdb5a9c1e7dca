"""Machines that act for an organisation: a secret shown once, and taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from healthcard.domain.permissions import Permission, Role
from healthcard.services.authority import credentials, organisations
from healthcard.services.errors import Invalid
from healthcard.web.screen import ScreenRequest, acting_screen, screen
from healthcard.web.settings.names import ROLES, number

_OF_MACHINES = (Role.INSTITUTION, Role.MAKER, Role.CLERK)


@screen(Permission.ACCOUNT_CHANGE)
def listed(request: ScreenRequest) -> HttpResponse:
    """Every credential of the actor's part of the tree, the newest first."""
    places = organisations.listed(request.actor)
    names = {row.id: row.name for row in places}
    page = {
        "rows": [(row, ROLES[row.role], names[row.organisation]) for row in credentials.listed(request.actor)],
        "roles": [(role.value, ROLES[role.value]) for role in _OF_MACHINES],
        "organisations": [row for row in places if row.closed_on is None],
        "tab": "settings_machines",
    }
    return render(request, "settings/machines.html", page)


@acting_screen(Permission.ACCOUNT_CHANGE)
def created(request: ScreenRequest) -> HttpResponse:
    """A credential; its secret is told on the page that follows, and nowhere again."""
    post = request.POST
    role, name = post.get("role", ""), post.get("name", "").strip()
    if role not in ROLES or not name:
        raise Invalid("name", "请填写名称并选择角色", "give it a name and a role")
    told = credentials.create(request.actor, number(post, "organisation"), name=name, role=Role(role))
    page = {"title": told.name, "told": ((_("Secret"), told.secret),)}
    return render(request, "settings/told.html", page | {"back": "settings_machines", "tab": "settings_machines"})


@acting_screen(Permission.ACCOUNT_CHANGE)
def revoked(request: ScreenRequest, machine: int) -> HttpResponse:
    """From now on nobody enters with it."""
    credentials.revoke(request.actor, machine)
    messages.success(request, _("The credential is revoked."))
    return redirect("settings_machines")
