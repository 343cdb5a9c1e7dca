"""What the issuer decides: the values in force, versions, and the effect of a change before anybody proposes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from healthcard.domain.parameters import PARAMETERS, Parameter, shown
from healthcard.domain.permissions import Permission
from healthcard.services.acting import clock
from healthcard.services.authority import parameter_effect, parameters
from healthcard.services.authority.parameters import ParametersInForce
from healthcard.web.review.names import KINDS
from healthcard.web.screen import ScreenRequest, acting_screen, screen
from healthcard.web.settings.names import day

_FIELD = "value:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A parameter in words: its value now, the table's own, what is allowed."""

    name: str
    words: str
    value: str
    default: str
    allowed: str
    source: str


@screen(Permission.ORGANISATION_VIEW)
def listed(request: ScreenRequest) -> HttpResponse:
    """The values in force and every version."""
    actor = request.actor
    now = parameters.in_force(actor)
    page = {
        "rows": _rows(now),
        "version": now.version,
        "versions": parameters.listed(actor),
        "may_propose": actor.may(Permission.PARAMETER_PROPOSE),
        "may_approve": actor.may(Permission.PARAMETER_APPROVE),
        "tab": "settings_parameters",
    }
    return render(request, "settings/parameters.html", page)


@screen(Permission.PARAMETER_PROPOSE)
def changing(request: ScreenRequest) -> HttpResponse:
    """Every value, to be changed."""
    _now, today = clock()
    page = {"rows": _rows(parameters.in_force(request.actor)), "since": today.isoformat(), "tab": "settings_parameters"}
    return render(request, "settings/changing.html", page)


@acting_screen(Permission.PARAMETER_PROPOSE)
def previewed(request: ScreenRequest) -> HttpResponse:
    """What the change would do; nothing is written."""
    values, since = _asked(request.POST)
    found = parameter_effect.effect(request.actor, values, since)
    chinese = _is_chinese()
    page = {
        "effect": found,
        "since": since.isoformat(),
        "changes": [(each, each.zh if chinese else each.en) for each in found.changes],
        "keeping": [(each, KINDS[each.kind]) for each in found.keeping],
        "values": [(f"{_FIELD}{name}", text) for name, text in values.items()],
        "tab": "settings_parameters",
    }
    return render(request, "settings/effect.html", page)


@acting_screen(Permission.PARAMETER_PROPOSE)
def proposed(request: ScreenRequest) -> HttpResponse:
    """Propose it as a version; another person puts it in force."""
    values, since = _asked(request.POST)
    parameters.propose(request.actor, values, since)
    return _again(request, _("The version is proposed. Another person has to approve it."))


@acting_screen(Permission.PARAMETER_APPROVE)
def approved(request: ScreenRequest, version: int) -> HttpResponse:
    """Put a proposed version in force from its day on."""
    parameters.approve(request.actor, version)
    return _again(request, _("The version is approved."))


@acting_screen(Permission.PARAMETER_APPROVE)
def filed(request: ScreenRequest, version: int) -> HttpResponse:
    """Note that it was filed with the ministry."""
    parameters.file(request.actor, version)
    return _again(request, _("The filing is noted."))


def _asked(post: QueryDict) -> tuple[Mapping[str, str], date]:
    """The values that shall differ from the table's own, as text, and from when."""
    given = {name: post.get(f"{_FIELD}{name}", "").strip() for name in PARAMETERS}
    values = {name: text for name, text in given.items() if text and text != shown(PARAMETERS[name].default)}
    return values, day(post, "since")


def _rows(now: ParametersInForce) -> list[Row]:
    return [_row(each, shown(now.value(each.name))) for each in PARAMETERS.values() if not each.demo]


def _row(each: Parameter, value: str) -> Row:
    chinese = _is_chinese()
    return Row(
        name=each.name,
        words=each.zh if chinese else each.en,
        value=value,
        default=shown(each.default),
        allowed=each.allowed_values("zh" if chinese else "en"),
        source=each.source,
    )


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _again(request: ScreenRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("settings_parameters")
