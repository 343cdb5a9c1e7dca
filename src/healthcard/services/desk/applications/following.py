"""What a desk took for somebody at home elsewhere (第九条第二项): found again and followed there as at his home.

Row-level security shows the application to the desk that accepted it, its person to his home alone: here the same actor
sees him for this one application.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from django.db import transaction
from django.db.models import Q

from healthcard.domain.permissions import Permission
from healthcard.services.acting import clock
from healthcard.services.actor import Actor
from healthcard.services.desk.applications.acceptance import OPEN
from healthcard.services.desk.applications.reach import DO, elsewhere_of
from healthcard.services.desk.applications.views import Row, row_of
from healthcard.services.scope import limit, widened
from healthcard.storage.models import Application, Resident

LOOKING: Final = frozenset({Permission.APPLICATION_VIEW, Permission.CARD_VIEW, Permission.RESIDENT_VIEW})
MOST = 50  # applications of a list


def following(actor: Actor, application_id: int) -> Actor:
    """The actor as one application makes him see: beyond his part of the tree only what was taken there for a stranger.

    What the parameter elsewhere.* lets his desk do he may do; what was forwarded he looks at, its home decides.
    """
    mode, path = _beyond(actor, application_id)
    if path == actor.path:
        return actor
    return replace(actor, path=path, permissions=actor.permissions if mode == DO else actor.permissions & LOOKING)


def printing(actor: Actor, application_id: int) -> Actor:
    """As `following`, for who hands the applicant his papers: that is done where the application was taken."""
    return replace(actor, path=_beyond(actor, application_id)[1])


def for_strangers(actor: Actor, resident_id: int | None = None) -> tuple[Row, ...]:
    """What the actor's desk took for people at home elsewhere, or for one of them, and is not closed; newest first."""
    actor.require(Permission.APPLICATION_VIEW)
    with transaction.atomic():
        limit(actor.path)
        _, path = elsewhere_of(actor, "")
        whose = Q() if resident_id is None else Q(resident=resident_id)
        with widened(path or actor.path):
            rows = Application.objects.filter(whose, desk=actor.organisation, state__in=OPEN)
            strangers = rows.exclude(home_path__startswith=actor.path).select_related("resident").order_by("-pk")
            _, today = clock()
            return tuple(row_of(row, today) for row in strangers[:MOST])


def _beyond(actor: Actor, application_id: int) -> tuple[str, str]:
    """What the desk may do for the stranger (refuse, forward, do) and how far it sees for him; ("", its own path)."""
    with transaction.atomic():
        limit(actor.path)
        row = Application.objects.filter(pk=application_id).values("kind", "resident", "desk").first()
        if row is None or Resident.objects.filter(pk=row["resident"]).exists():
            return "", actor.path
        mode, path = elsewhere_of(actor, row["kind"])
        return mode if row["desk"] == actor.organisation else "", path or actor.path
