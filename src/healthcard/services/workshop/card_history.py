"""A card's state and how it came about: the facts of its row, whether it may be used, its events in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from healthcard.domain.lifecycle import RULES, Usability
from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.storage.models import Card, CardEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CardState:
    """Every fact of a card (domain/lifecycle/rules.toml), and what follows from them at this moment."""

    id: int
    kind: str
    life: str
    loss: str
    loss_until: datetime | None
    pin_locked: bool
    app_lock: str
    suspended: bool
    place: str
    place_org: int | None
    chip_end: str
    end_reason: str
    application: int | None
    version: int
    usable: bool
    reason: str
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One event of a card: by which row of the table, and what it changed."""

    version: int
    event: str
    zh: str
    en: str
    article: str
    changes: Mapping[str, object]
    at: datetime
    organisation: int
    account: int | None
    application: int | None


def state(actor: Actor, card_id: int) -> CardState:
    """The state of a card; raises NotFound."""
    actor.require(Permission.CARD_VIEW)
    card = _card(card_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT unusable_because(card, now()), now() FROM card WHERE id = %s", [card_id])
        reason, as_of = cursor.fetchone()
    facts = ("kind", "life", "loss", "loss_until", "pin_locked", "app_lock", "suspended", "place", "chip_end")
    return CardState(
        id=card.pk,
        **{name: getattr(card, name) for name in facts},
        place_org=card.place_org_id,
        end_reason=card.end_reason,
        application=card.application_id,
        version=card.version,
        usable=reason == Usability.USABLE,
        reason=reason,
        as_of=as_of,
    )


def events(actor: Actor, card_id: int) -> tuple[HistoryRow, ...]:
    """Everything that ever happened to a card, the first first; raises NotFound."""
    actor.require(Permission.CARD_VIEW)
    _card(card_id)
    return tuple(map(_row, CardEvent.objects.filter(card=card_id).order_by("version")))


def _card(card_id: int) -> Card:
    card = Card.objects.filter(pk=card_id).first()
    if card is None:
        raise NotFound("There is no such card.")
    return card


def _row(event: CardEvent) -> HistoryRow:
    rule = RULES[event.event]
    return HistoryRow(
        version=event.version,
        event=event.event,
        zh=rule.zh,
        en=rule.en,
        article=rule.article,
        changes=event.changes,
        at=event.at,
        organisation=event.organisation_id,
        account=event.account_id,
        application=event.application_id,
    )
