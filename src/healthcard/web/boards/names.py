"""What states of cards and parts of the platform are called, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CARD_KINDS: Mapping[str, Promise] = {"formal": _("Resident health card"), "temporary": _("Temporary card")}
PARTS: Mapping[str, Promise] = {
    "worker": _("Database and timed work"),
    "keys": _("Key service"),
    "line": _("Card line"),
}
