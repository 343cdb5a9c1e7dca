"""Supervised lock of a card's applications (应用锁定) and its release: one person orders, another carries out.

It is for the time being. For ever is the end of a card (第十三条) and nothing else: `termination` ends it and
`recovery.lock_chip` locks its applications on the chip, which makes the fact permanent.

With the card in the reader the chip comes first, then the record. A card that is not there is locked in the record at
once, so that institutions are told from this moment; its chip follows when it is next seen, by the same order. It is
released with its chip alone, unless nothing was ever locked on that, or the card is lost as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final

from django.db.models.functions import Now

from healthcard.card.host.ports import Transport
from healthcard.domain.lifecycle import refusal, require
from healthcard.domain.permissions import Permission
from healthcard.keys.client import KeyClient
from healthcard.perso.upkeep import locks as chip_locks
from healthcard.perso.upkeep.plan import Goal
from healthcard.perso.upkeep.results import Result
from healthcard.services.acting import Act, act, facts_of, locked
from healthcard.services.actor import Actor
from healthcard.services.desk.applications.reach import require_another
from healthcard.services.desk.lock_orders import JOBS, may_be_locked, open_orders, order_of
from healthcard.services.errors import Conflict, Invalid
from healthcard.services.exclusion import alone_with
from healthcard.services.second_person import is_another
from healthcard.services.wording import written
from healthcard.services.workshop import upkeep
from healthcard.storage.models import Card, CardLife, LockOrder, LockWish

LOCK, RELEASE = LockWish.LOCK.value, LockWish.RELEASE.value
EVENTS: Final[Mapping[str, str]] = {LOCK: "app_locked", RELEASE: "app_unlocked"}
MESSAGES: Final[Mapping[str, str]] = {LOCK: "card.applications_locked", RELEASE: "card.applications_unlocked"}
STATES: Final[Mapping[str, str]] = {LOCK: "temporary", RELEASE: "none"}
GOALS: Final[Mapping[str, Sequence[Goal]]] = {LOCK: chip_locks.suspension(), RELEASE: chip_locks.resumption()}


def order(actor: Actor, card_id: int, wish: str, reason: str) -> int:
    """Order a card in use to be locked or released; the order's id. Another person carries it out.

    `wish` is lock or release, `reason` is told to the holder. Raises NotAllowed, NotFound, Invalid, TransitionRefused.
    """
    if wish not in EVENTS:
        raise Invalid("wish", "只能锁定或解除锁定", "one of lock, release")
    said = written("reason", reason)
    with act(actor, Permission.CARD_SUPERVISE, "lock.order", card=card_id) as now:
        card = locked(card_id)
        require_another(actor, card.resident)
        _require_possible(card, wish)
        require("lock_decided", not open_orders(LockOrder.objects.filter(card=card)).exists())
        row = LockOrder.objects.create(card=card, wish=wish, reason=said, ordered_by_id=actor.account)
        now.about(resident=card.resident_id)
        now.note(order=row.pk, wish=row.wish, why=said)
    return row.pk


def withdraw(actor: Actor, order_id: int) -> None:
    """Take an order back that nobody has carried out. Raises NotFound, TransitionRefused, Conflict while its write to
    the chip is undecided.
    """
    with (
        _alone(actor, Permission.CARD_SUPERVISE, order_id),
        act(actor, Permission.CARD_SUPERVISE, "lock.withdraw") as now,
    ):
        row = _undecided(now, order_id)
        require_another(actor, row.card.resident)
        upkeep.require_settled(row.card_id)
        LockOrder.objects.filter(pk=row.pk).update(withdrawn_at=Now(), withdrawn_by=actor.account)


def carry_out(actor: Actor, order_id: int) -> None:
    """Carry an order out without the card, as another person than ordered it: the record alone changes, at once.

    Raises NotFound, TransitionRefused, for a release also where the chip may be locked and could be brought.
    """
    with _alone(actor, Permission.DESK_ACT, order_id), act(actor, Permission.DESK_ACT, "lock.carry_out") as now:
        row = _undecided(now, order_id)
        _require_second(actor, row)
        card = locked(row.card_id)
        on_chip = may_be_locked(card.pk)
        require("card_in_reader", row.wish == LOCK or not on_chip or card.loss == "written", wish=row.wish)
        _changed(now, row)
        if row.wish == RELEASE and not on_chip:
            LockOrder.objects.filter(pk=row.pk).update(chip_at=Now())  # there is nothing to follow


def carry_out_on_chip(actor: Actor, order_id: int, reader: Transport, keys: KeyClient) -> Result:
    """Carry an order out on the card in `reader`, then in the record; of one carried out without it do the chip's part.

    Goes on where it was interrupted. Raises NotFound, TransitionRefused, Conflict, CardError.
    """
    with _alone(actor, Permission.DESK_ACT, order_id):
        with act(actor, Permission.DESK_ACT, "lock.begin") as now:
            row = _about(now, order_id)
            _require_in_force(actor, row)
        _give_way(actor, row)

        def means(now: Act) -> None:
            row = _about(now, order_id)
            if row.carried_out_at is None:
                _require_second(actor, row)
                _changed(now, row)
            LockOrder.objects.filter(pk=order_id, chip_at=None).update(chip_at=Now())

        goals = GOALS[row.wish]
        return upkeep.carry_out(actor, row.card_id, JOBS[row.wish], goals, reader, keys, means=means)


def _alone(actor: Actor, permission: Permission, order_id: int) -> AbstractContextManager[None]:
    """Nobody else works with the card of this order meanwhile; raises NotAllowed, NotFound, Conflict."""
    actor.require(permission)
    return alone_with(f"card:{order_of(order_id).card_id}", "card")


def _about(now: Act, order_id: int) -> LockOrder:
    """The order as it stands, its person and card held until the transaction ends."""
    card = locked(order_of(order_id).card_id)
    now.about(card=card.pk, resident=card.resident_id)
    row = order_of(order_id)
    now.note(order=row.pk, wish=row.wish)
    return row


def _undecided(now: Act, order_id: int) -> LockOrder:
    row = _about(now, order_id)
    require("not_decided", row.carried_out_at is None and row.withdrawn_at is None)
    return row


def _require_in_force(actor: Actor, row: LockOrder) -> None:
    """It waits to be carried out and may be, by this person; or it was, and is what the record still says."""
    require("not_decided", row.withdrawn_at is None)
    if row.carried_out_at is None:
        _require_second(actor, row)
        _require_possible(row.card, row.wish)
        return
    card = row.card
    if card.life != CardLife.ISSUED or card.app_lock != STATES[row.wish]:
        raise Conflict(
            "登记已有变化：请查看卡片及其最新的指令。",
            "The record says otherwise by now: look at the card, then at its newest order.",
        )


def _require_second(actor: Actor, row: LockOrder) -> None:
    require_another(actor, row.card.resident)
    require("two_people", is_another(actor, row.ordered_by_id), order=row.pk)


def _require_possible(card: Card, wish: str) -> None:
    if refused := refusal(facts_of(card), EVENTS[wish]):
        raise refused


def _give_way(actor: Actor, row: LockOrder) -> None:
    """What an earlier order left undecided on the chip: each application is asked anew for this one."""
    job = upkeep.open_job(row.card_id)
    if job is not None and job.kind in JOBS.values() and job.kind != JOBS[row.wish]:
        upkeep.abandon(actor, row.card_id, "another order took its place", permission=Permission.DESK_ACT)


def _changed(now: Act, row: LockOrder) -> None:
    LockOrder.objects.filter(pk=row.pk).update(carried_out_at=Now(), carried_out_by=now.actor.account)
    now.event(row.card_id, EVENTS[row.wish])
    now.tell(row.card.resident_id, MESSAGES[row.wish], reason=row.reason)
