"""The guided steps of the desk, all of them by name.

A step on a card is an act of the line (services/line/acts.py), carried to the reader of the clerk's station; any other
is a service's. A service that has one more adds its entry to the list of its row, and one to
services/desk/next_steps.toml.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcard.web.desk.application_steps import APPLICATION_STEPS
from healthcard.web.desk.card_steps import CARD_STEPS
from healthcard.web.desk.lock_steps import LOCK_STEPS
from healthcard.web.desk.person_steps import PERSON_STEPS
from healthcard.web.desk.step import Step

STEPS: Mapping[str, Step] = {each.name: each for each in (*APPLICATION_STEPS, *CARD_STEPS, *LOCK_STEPS, *PERSON_STEPS)}
ON_THE_PAGE: Mapping[str, Promise] = {  # done on the page of the application itself
    "verify": _("Verify the facts"),
    "review": _("Review"),
    "pay": _("Take the fee"),
}
