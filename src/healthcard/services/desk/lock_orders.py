"""The orders to lock cards: which are open, and for which the chip does not say yet what the record says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.storage.models import CardLife, LockOrder, LockWish, UpkeepJob, UpkeepState

JOBS: Final[Mapping[str, str]] = {LockWish.LOCK.value: "app_lock", LockWish.RELEASE.value: "app_unlock"}
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOrderRow:
    """An order as lists show it; `chip_at` is None while the chip is still to be brought in line with it."""

    id: int
    card: int
    holder: int
    holder_masked: str
    wish: str
    reason: str
    ordered_by: str
    ordered_at: datetime
    carried_out_by: str
    carried_out_at: datetime | None
    chip_at: datetime | None
    withdrawn_at: datetime | None


def listed(actor: Actor, *, state: str, after: int | None = None, limit: int = PAGE) -> tuple[LockOrderRow, ...]:
    """Orders for cards of the actor's part of the tree, the newest first; raises NotAllowed.

    `state` open: nobody carried them out yet; to_follow: the chip says otherwise than the record; all.
    """
    actor.require(Permission.APPLICATION_VIEW)
    rows = _STATES[state](_rows()).order_by("-pk")
    return tuple(map(_row, (rows.filter(pk__lt=after) if after else rows)[:limit]))


def standing(actor: Actor, card_id: int) -> tuple[LockOrderRow, ...]:
    """The orders for a card that somebody still has to carry out, on its chip at least."""
    actor.require(Permission.APPLICATION_VIEW)
    rows = _rows().filter(card=card_id)
    return tuple(map(_row, (*open_orders(rows), *_to_follow(rows))))


def order_of(order_id: int) -> LockOrder:
    """One order with its card and holder; raises NotFound."""
    row = LockOrder.objects.select_related("card__resident").filter(pk=order_id).first()
    if row is None:
        raise NotFound("There is no such order.")
    return row


def open_orders(rows: QuerySet[LockOrder]) -> QuerySet[LockOrder]:
    """Those of `rows` nobody has carried out yet, of cards that are still in use."""
    return rows.filter(carried_out_at=None, withdrawn_at=None, card__life=CardLife.ISSUED)


def may_be_locked(card_id: int) -> bool:
    """Whether something was locked on the chip, or may have been, and was not released again."""
    jobs = UpkeepJob.objects.filter(card=card_id, kind__in=JOBS.values(), opened_at__isnull=False)
    last = jobs.order_by("-pk").first()
    return last is not None and (last.kind, last.state) != (JOBS["release"], UpkeepState.FINISHED)


def _to_follow(rows: QuerySet[LockOrder]) -> QuerySet[LockOrder]:
    """Carried out in the record, the last of their card, which is in use and whose chip is still to follow."""
    later = LockOrder.objects.filter(card=OuterRef("card"), pk__gt=OuterRef("pk"), carried_out_at__isnull=False)
    found = rows.filter(carried_out_at__isnull=False, chip_at=None, card__life=CardLife.ISSUED)
    return found.exclude(Exists(later))


def _all(rows: QuerySet[LockOrder]) -> QuerySet[LockOrder]:
    return rows


_STATES: Final = {"open": open_orders, "to_follow": _to_follow, "all": _all}


def _rows() -> QuerySet[LockOrder]:
    rows = LockOrder.objects.select_related("card__resident", "ordered_by", "carried_out_by")
    return rows.defer("card__resident__sealed")


def _row(row: LockOrder) -> LockOrderRow:
    return LockOrderRow(
        id=row.pk,
        card=row.card_id,
        holder=row.card.resident_id,
        holder_masked=row.card.resident.name_masked,
        wish=row.wish,
        reason=row.reason,
        ordered_by=row.ordered_by.full_name if row.ordered_by else "",
        ordered_at=row.ordered_at,
        carried_out_by=row.carried_out_by.full_name if row.carried_out_by else "",
        carried_out_at=row.carried_out_at,
        chip_at=row.chip_at,
        withdrawn_at=row.withdrawn_at,
    )
