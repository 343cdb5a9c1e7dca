"""What kinds, states and people of applications are called, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KINDS: Mapping[str, Promise] = {
    "first_issue": _("First card"),
    "loss": _("Loss report"),
    "unloss": _("Release of a loss report"),
    "unlock": _("Unlocking"),
    "replacement": _("Replacement"),
    "temporary": _("Temporary card"),
    "update": _("Change of data on the card"),
    "termination": _("Ending a card"),
    "return": _("Returned card"),
    "move": _("Change of home organisation"),
}
OPEN = ("accepted", "approved", "making", "arrived")
PRESENTERS: Mapping[str, Promise] = {
    "holder": _("the holder"),
    "agent": _("an agent"),
    "guardian": _("the guardian"),
    "relative": _("a relative"),
}
