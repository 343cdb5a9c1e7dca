"""Words for the states the services speak of, as template filters."""

from __future__ import annotations

from collections.abc import Mapping

from django.template import Library
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = Library()

CARD_LIFE: Mapping[str, Promise] = {
    "planned": _("on order"),
    "made": _("made"),
    "scrapped": _("scrapped"),
}
JOB_STATE: Mapping[str, Promise] = {
    "planned": _("not begun"),
    "writing": _("interrupted: present the card again"),
    "finished": _("finished"),
    "scrapped": _("scrapped"),
    "refused": _("chip refused"),
}
HOW: Mapping[str, Promise] = {
    "sent": _("sent"),
    "found": _("found on the card"),
    "": _("not known"),
}


@register.filter
def life(state: str) -> str:
    """How far a card has come."""
    return str(CARD_LIFE[state])


@register.filter
def job(state: str) -> str:
    """Where a personalisation stands."""
    return str(JOB_STATE[state])


@register.filter
def how(means: str) -> str:
    """How an outcome came to be known; what the engine says in words of its own stays."""
    return str(HOW.get(means, means))


@register.filter
def serial(digits: str) -> str:
    """An issue serial in groups that a person can compare."""
    return " ".join((digits[:4], digits[4:7], digits[7:]))
