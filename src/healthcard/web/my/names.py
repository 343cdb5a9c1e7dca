"""How far an application has come, in words for its holder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STEPS: tuple[Promise, ...] = (_("taken"), _("checked"), _("card being made"), _("ready to collect"))
_STATES: Mapping[str, tuple[int, Promise]] = {
    "accepted": (1, _("Your application was taken and is being checked.")),
    "approved": (2, _("Your application was approved.")),
    "making": (3, _("Your card is being made.")),
    "arrived": (4, _("Your card is ready: collect it at the desk with your document.")),
    "completed": (0, _("Done.")),
    "rejected": (0, _("Your application was not approved.")),
    "withdrawn": (0, _("Your application was taken back.")),
    "lapsed": (0, _("Your application has lapsed.")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Steps that are done (0 = it is over) and what to know."""

    done: int
    words: Promise


def progress(state: str) -> Progress:
    """Where an application stands."""
    done, words = _STATES[state]
    return Progress(done=done, words=words)
