"""Taking an application for another card in place of one that is lost, damaged, out of date or unwanted (附表 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from healthcard.domain.lifecycle import GUARDS, TransitionRefused, require
from healthcard.domain.permissions import Permission
from healthcard.services.acting import Act, act, alone_with_person
from healthcard.services.actor import Actor
from healthcard.services.desk import applications
from healthcard.services.desk.applications.judging import answer
from healthcard.services.desk.applications.reach import reached
from healthcard.services.desk.applications.request import Accepted, Request
from healthcard.services.desk.loss import lapsed
from healthcard.storage.models import ApplicationKind, Card, CardKind, CardLife

KIND = ApplicationKind.REPLACEMENT.value
LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An application for a replacement; `frozen_at` is when it froze the old card, None if that is not lost, or was
    frozen before.
    """

    application: Accepted
    old_card: int
    frozen_at: datetime | None = None


def ask(actor: Actor, request: Request) -> Asked:
    """Take an application for a replacement; the old card, if it is lost, is frozen in this act wherever it belongs.

    Otherwise it works until the new one is handed over. Raises as `applications.take`, and where there is no card to
    replace or it cannot be replaced now.
    """
    with (
        act(actor, Permission.APPLICATION_ACCEPT, "replacement.accept", resident=request.resident) as now,
        reached(actor, KIND, request.resident) as found,
    ):
        alone_with_person(request.resident)
        card = replaceable(request.resident)
        require("card_of_person", request.card in (None, card.pk))
        taken = applications.take(now, replace(request, kind=KIND, card=card.pk), found)
        if answer(replace(request, kind=KIND), "reason") != LOST:
            _require_not_lost(card)
            return Asked(application=taken, old_card=card.pk)
        frozen = _freeze(now, card)
    return Asked(application=taken, old_card=card.pk, frozen_at=taken.accepted_at if frozen else None)


def replaceable(resident_id: int) -> Card:
    """The card a replacement is for: the person's formal one that is issued. Raises TransitionRefused."""
    card = Card.objects.filter(resident=resident_id, kind=CardKind.FORMAL, life=CardLife.ISSUED).first()
    if card is None:
        raise TransitionRefused(GUARDS["card_to_replace"])
    require("not_supervised", card.app_lock == "none", app_lock=card.app_lock)
    return card


def _require_not_lost(card: Card) -> None:
    """A card under a report is replaced as lost, or its report is lifted first."""
    require("not_under_loss", card.loss == "none" or lapsed(card), loss=card.loss)


def _freeze(now: Act, card: Card) -> bool:
    """As a written report does; one that stands already stays as it is. Whether it was frozen now."""
    if card.loss == "written":
        return False
    now.event(card.pk, "written_loss", loss_until=None)
    now.tell(card.resident_id, "replacement.frozen")
    return True
