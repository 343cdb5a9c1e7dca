"""Where each card of a person stands now: may it be used, and if not, in the words institutions are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from healthcard.domain.lifecycle import Usability, usable
from healthcard.domain.permissions import Permission
from healthcard.domain.reasons import REASONS
from healthcard.services.acting import clock, facts_of
from healthcard.services.actor import Actor
from healthcard.storage.models import Card, CardKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One card in a person's hands or past; `good` = usable for all business."""

    id: int
    issue_serial: str
    temporary: bool
    good: bool
    ended: bool
    pin_locked: bool
    zh: str
    en: str
    issued_on: date
    valid_until: date


def of_resident(actor: Actor, resident_id: int) -> tuple[Standing, ...]:
    """All cards somebody ever had, the newest first."""
    actor.require(Permission.CARD_VIEW)
    return tuple(map(_standing, Card.objects.filter(resident=resident_id).order_by("-pk")))


def _standing(card: Card) -> Standing:
    at, today = clock()
    now = usable(facts_of(card), at, today)
    words = REASONS[now.value]
    return Standing(
        id=card.pk,
        issue_serial=card.issue_serial,
        temporary=card.kind == CardKind.TEMPORARY,
        good=now is Usability.USABLE,
        ended=now is Usability.ENDED,
        pin_locked=card.pin_locked,
        zh=words.zh,
        en=words.en,
        issued_on=card.issued_on,
        valid_until=card.valid_until,
    )
