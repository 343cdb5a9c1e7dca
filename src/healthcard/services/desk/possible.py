"""What may be asked for now, for one person and his cards, and what stands in the way of the rest.

The rules are those of the services that take the applications: the life-cycle table, what is open, the issuer's
parameters. Nothing is changed; whoever then applies is judged again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.db import transaction

from healthcard.domain import lifecycle
from healthcard.domain.forms import form
from healthcard.domain.lifecycle import GUARDS, RULES, TransitionRefused, refusal, require
from healthcard.domain.permissions import Permission
from healthcard.services.acting import facts_of
from healthcard.services.actor import Actor
from healthcard.services.desk import issue, loss, replacement, temporary, unlock, update
from healthcard.services.desk.applications.acceptance import NEW_CARD, OPEN
from healthcard.services.desk.applications.judging import FAREWELLS
from healthcard.services.desk.applications.reach import Reached, reached
from healthcard.services.errors import NotFound
from healthcard.services.people import moving
from healthcard.storage.models import Application, ApplicationKind, Card, CardKind, CardLife


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """One application somebody could make: the `card` it is for, or the reason, article and advice why not now."""

    kind: str
    title_zh: str
    title_en: str
    article: str
    allowed: bool
    card: int | None = None
    zh: str = ""
    en: str = ""
    advice_zh: str = ""
    advice_en: str = ""


def acts(actor: Actor, resident_id: int) -> tuple[Possible, ...]:
    """Every application of `KINDS`, allowed or not; raises NotAllowed, NotFound for who is not served here."""
    with transaction.atomic():
        actor.require(Permission.APPLICATION_ACCEPT)
        return tuple(_judged(actor, kind, resident_id) for kind in KINDS)


def elsewhere(actor: Actor, resident_id: int) -> tuple[Possible, ...]:
    """As `acts`, for somebody of another organisation: only what the issuer lets this desk take for him."""
    with transaction.atomic():
        actor.require(Permission.APPLICATION_ACCEPT)
        found = [one for kind in KINDS if (one := _judged_elsewhere(actor, kind, resident_id)) is not None]
    if not found:
        raise NotFound("There is no such person, or nothing is done for him here.")
    return tuple(found)


def at_once(actor: Actor, resident_id: int) -> tuple[Possible, ...]:
    """What needs no application, allowed or not: a report by word of mouth, a temporary card that ends.

    Raises as `acts`.
    """
    with transaction.atomic():
        actor.require(Permission.LOSS_REPORT)
        return tuple(_judged_at_once(actor, name, resident_id) for name in AT_ONCE)


def _judged(actor: Actor, kind: str, resident_id: int) -> Possible:
    asked = form(kind)
    yes = Possible(kind=kind, title_zh=asked.zh, title_en=asked.en, article=asked.article, allowed=True)
    try:
        with transaction.atomic(), reached(actor, kind, resident_id) as found:
            return replace(yes, card=_card(actor, kind, found))
    except TransitionRefused as refused:
        return _not(yes, refused)


def _judged_elsewhere(actor: Actor, kind: str, resident_id: int) -> Possible | None:
    try:
        return _judged(actor, kind, resident_id)
    except NotFound:  # the parameter of this act refuses
        return None


def _judged_at_once(actor: Actor, name: str, resident_id: int) -> Possible:
    word, event, kind = AT_ONCE[name]
    rule = RULES[event]
    yes = Possible(kind=name, title_zh=rule.zh, title_en=rule.en, article=rule.article, allowed=True)
    try:
        with transaction.atomic(), reached(actor, word, resident_id) as found:
            cards = [card for card in _issued(found) if kind in ("", card.kind)]
            return replace(yes, card=_allowing(event, cards, "temporary_issued" if kind else "card_to_freeze"))
    except TransitionRefused as refused:
        return _not(yes, refused)


def _not(yes: Possible, refused: TransitionRefused) -> Possible:
    why = refused.guard
    no = replace(yes, allowed=False, article=why.article, zh=why.zh, en=why.en)
    return replace(no, advice_zh=why.advice_zh, advice_en=why.advice_en)


def _card(actor: Actor, kind: str, found: Reached) -> int | None:
    """The card an application of `kind` is for, if it names one; raises TransitionRefused."""
    person = found.person
    require("holder_alive", kind in FAREWELLS or (person.died_on is None and person.left_on is None))
    same = NEW_CARD if kind in NEW_CARD else (kind,)
    require("none_open", not Application.objects.filter(resident=person, kind__in=same, state__in=OPEN).exists())
    if kind == ApplicationKind.MOVE:
        moving.require_another_home(actor, found.person)
        return None
    return _CARDS[kind](found)


def _first(found: Reached) -> int | None:
    issue.require_no_card(found.person.pk)
    return None


def _to_freeze(found: Reached) -> int | None:
    _allowing("written_loss", _issued(found), "card_to_freeze")
    return None  # a report freezes all there are


def _to_release(found: Reached) -> int:
    loss.require_releasable(found.person.pk, found.parameters.code("loss.releasable_until"))
    return _allowing("unlossed", _issued(found), "card_to_freeze")


def _to_unlock(found: Reached) -> int:
    """The record may not know yet that the PIN is locked: the application tells it."""
    card = _allowing("unlocked", _issued(found), "card_to_replace", pin_locked=True)
    unlock.require_unlocks_left(card, found.parameters.number("pin.unlocks"))
    return card


def _to_replace(found: Reached) -> int:
    return replacement.replaceable(found.person.pk).pk


def _to_lend(found: Reached) -> None:
    temporary.askable(found)


def _to_update(found: Reached) -> int:
    card = _allowing("data_updated", _issued(found), "card_to_replace")
    update.require_no_new_card(found.person.pk)
    return card


def _to_end(found: Reached) -> int:
    cards = Card.objects.filter(resident=found.person, life__in=[CardLife.ISSUED, CardLife.MADE])
    card = cards.order_by("life", "kind", "pk").first()
    if card is None:
        raise TransitionRefused(GUARDS["card_to_end"])
    return card.pk


def _to_return(found: Reached) -> int:
    formal = [card for card in _issued(found) if card.kind == CardKind.FORMAL]
    return _allowing("terminated", formal, "card_to_end")


def _issued(found: Reached) -> list[Card]:
    rows = Card.objects.filter(resident=found.person, life=CardLife.ISSUED)
    return list(rows.order_by("kind", "pk"))


def _allowing(event: str, cards: list[Card], guard: str, **known: bool) -> int:
    """The first of `cards` whose facts, with what is `known` besides, allow `event`; raises TransitionRefused."""
    require(guard, bool(cards))
    refusals = [(card.pk, refusal(_facts(card, **known), event)) for card in cards]
    for card, refused in refusals:
        if refused is None:
            return card
    raise refusals[0][1] or TransitionRefused(GUARDS[guard])


def _facts(card: Card, *, pin_locked: bool = False) -> lifecycle.Facts:
    """As they are at this moment, whether or not the lapse of an oral report was noted yet."""
    facts = facts_of(card)
    if loss.lapsed(card):
        facts = replace(facts, loss="none", loss_until=None)
    return replace(facts, pin_locked=True) if pin_locked else facts


_CARDS: Mapping[str, Callable[[Reached], int | None]] = {
    ApplicationKind.FIRST_ISSUE.value: _first,
    ApplicationKind.LOSS.value: _to_freeze,
    ApplicationKind.UNLOSS.value: _to_release,
    ApplicationKind.UNLOCK.value: _to_unlock,
    ApplicationKind.REPLACEMENT.value: _to_replace,
    ApplicationKind.TEMPORARY.value: _to_lend,
    ApplicationKind.UPDATE.value: _to_update,
    ApplicationKind.TERMINATION.value: _to_end,
    ApplicationKind.RETURN.value: _to_return,
}
KINDS = (*_CARDS, ApplicationKind.MOVE.value)
# What is done without an application: the word by which it reaches people, the event of the card, the kind of card.
AT_ONCE: Mapping[str, tuple[str, str, str]] = {
    "oral-loss": ("loss", "oral_loss", ""),
    "withdraw-oral": ("loss", "oral_withdrawn", ""),
    "return-temporary": ("return", "temporary_ended", CardKind.TEMPORARY.value),
    "lose-temporary": ("loss", "temporary_ended", CardKind.TEMPORARY.value),
}
