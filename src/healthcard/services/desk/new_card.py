"""An application for a new card, first or in place of another, and the card that is made for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from healthcard.services.actor import Actor
from healthcard.services.desk.applications.reach import reaching
from healthcard.services.errors import Conflict, NotFound
from healthcard.storage.models import Application, ApplicationKind, Card, CardKind, CardLife

KINDS = (ApplicationKind.FIRST_ISSUE.value, ApplicationKind.REPLACEMENT.value)
NONE = "There is no such application."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An application for a new card as a desk that hands cards over sees it; `reach` is the actor seeing as far."""

    row: Application = field(repr=False)
    reach: Actor = field(repr=False)


def wish(actor: Actor, application_id: int) -> Wish:
    """The application, for work on chips that comes with the hand-over; raises NotFound."""
    row = Application.objects.filter(pk=application_id, kind__in=KINDS).first()
    if row is None:
        raise NotFound(NONE)
    return Wish(row=row, reach=reaching(actor, "hand_over", row.resident_id))


def kind_of(application_id: int) -> str:
    """Which kind of new card it asks for; raises NotFound."""
    kind = Application.objects.filter(pk=application_id, kind__in=KINDS).values_list("kind", flat=True).first()
    if kind is None:
        raise NotFound(NONE)
    return kind


def waiting(application_id: int) -> Card:
    """The finished card of an application, which nobody was given yet; raises Conflict."""
    rows = Card.objects.filter(application=application_id, kind=CardKind.FORMAL, life=CardLife.MADE)
    card = rows.first()
    if card is None:
        raise Conflict("此申请没有待发放的卡。", "No finished card of this application waits to be handed over.")
    return card
