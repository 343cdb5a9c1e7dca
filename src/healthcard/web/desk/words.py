"""Short words of the workbench, for what forms and services call by name."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

KINDS: Mapping[str, Promise] = {
    "first_issue": _("First card"),
    "loss": _("Loss report"),
    "unloss": _("Lift a loss report"),
    "unlock": _("Unlock the PIN"),
    "replacement": _("Replacement"),
    "temporary": _("Temporary card"),
    "update": _("Change data on the card"),
    "termination": _("End of use"),
    "return": _("Return of the card"),
    "move": _("Change of home organisation"),
}
COMERS: Mapping[str, Promise] = {
    "holder": _("the holder"),
    "agent": _("an agent"),
    "guardian": _("a guardian"),
    "relative": _("a near relative"),
}


def chosen(zh: str, en: str) -> str:
    """Of words in both languages those of the screen."""
    return en if get_language() == "en" else zh
