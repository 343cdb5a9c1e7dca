"""A card's life as a line: what happened, by which article, at which desk, for which application."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from healthcard.services.actor import Actor
from healthcard.services.workshop import card_history
from healthcard.storage.models import Organisation

ENDS = frozenset({"ended", "scrapped"})  # values of `life` after which the card is of no use to anybody
STOPS = frozenset({"loss", "suspended", "pin_locked", "app_lock"})  # facts that keep a living card from being used
FREE = frozenset({"none", False})


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeStep:
    """One event: its words, the article it rests on, where it was done. `tone` is usual, stop, free or end."""

    zh: str
    en: str
    article: str
    at: datetime
    desk: str
    application: int | None
    tone: str


def steps(actor: Actor, card_id: int) -> tuple[LifeStep, ...]:
    """Everything that ever happened to a card, the first first; raises NotAllowed, NotFound."""
    found = card_history.events(actor, card_id)
    names = _names({each.organisation for each in found})
    return tuple(
        LifeStep(
            zh=each.zh,
            en=each.en,
            article=each.article,
            at=each.at,
            desk=names[each.organisation],
            application=each.application,
            tone=_tone(each),
        )
        for each in found
    )


def _names(organisations: Iterable[int]) -> dict[int, str]:
    return dict(Organisation.objects.filter(pk__in=organisations).values_list("pk", "name"))


def _tone(event: card_history.HistoryRow) -> str:
    """How a step is drawn: does it end the card, keep it from use, or give it back?"""
    if event.changes.get("life") in ENDS:
        return "end"
    touched = [value for fact, value in event.changes.items() if fact in STOPS]
    if not touched:
        return "usual"
    return "free" if all(value in FREE for value in touched) else "stop"
