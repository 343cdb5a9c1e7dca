"""The steps of a supervised lock (应用锁定): ordered by one, carried out by another, with the card or without."""

from __future__ import annotations

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk import lock_orders, locks
from healthcard.web.desk.drafts import Option
from healthcard.web.desk.given import Given
from healthcard.web.desk.step import CARD, Step

WISHES = {locks.LOCK: _("lock its applications"), locks.RELEASE: _("release them")}


def _wishes(_actor: Actor, _card: int) -> tuple[Option, ...]:
    return tuple(Option(code=code, title=str(words), chosen=False) for code, words in WISHES.items())


def _orders(actor: Actor, card: int) -> tuple[Option, ...]:
    """The orders for this card that somebody still has to carry out, on its chip at least."""
    return tuple(
        Option(code=str(row.id), title=f"{WISHES[row.wish]}: {row.reason} ({row.ordered_by})", chosen=False)
        for row in lock_orders.standing(actor, card)
    )


def _ordered(actor: Actor, card: int, given: Given) -> str:
    locks.order(actor, card, given.choice, given.text)
    return _now("Another person carries it out.")


def _carried_out(actor: Actor, _card: int, given: Given) -> str:
    locks.carry_out(actor, given.row())
    return _now("Its chip follows when the card is next seen.")


def _withdrawn(actor: Actor, _card: int, given: Given) -> str:
    locks.withdraw(actor, given.row())
    return ""


def _on_chip(card: int, given: Given) -> dict[str, object]:
    return {"order": given.row(), "card": card}  # the card: by it the act is found again


LOCK_STEPS = (
    Step(
        name="carry-out-lock",
        about=CARD,
        title=_("Carry the order out on the card"),
        permission=Permission.DESK_ACT,
        act="carry out lock",
        arguments=_on_chip,
        label=_("Which order"),
        options=_orders,
        note=_("Put the card in the reader: the chip first, then the record."),
    ),
    Step(
        name="lock-without-card",
        about=CARD,
        title=_("Carry the order out without the card"),
        permission=Permission.DESK_ACT,
        do=_carried_out,
        label=_("Which order"),
        options=_orders,
    ),
    Step(
        name="order-lock",
        about=CARD,
        title=_("Order a lock of its applications, or their release"),
        permission=Permission.CARD_SUPERVISE,
        do=_ordered,
        label=_("What shall be done"),
        options=_wishes,
        text=_("Why; its holder is told"),
    ),
    Step(
        name="withdraw-lock",
        about=CARD,
        title=_("Take the order back"),
        permission=Permission.CARD_SUPERVISE,
        do=_withdrawn,
        label=_("Which order"),
        options=_orders,
    ),
)
