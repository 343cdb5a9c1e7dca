"""Supervised lock of a card's applications (应用锁定): ordered by one person, carried out by another.

With the card in a reader it is carried out by the card session `carry out lock`.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from ninja import Query, Router
from pydantic import Field

from healthcard.api import paging
from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body, IdAnswer, PathId, Word
from healthcard.api.operations import acts, reads
from healthcard.api.paging import Page, PageQuery
from healthcard.services.desk import lock_orders, locks

router = Router(tags=["locks 应用锁定"])


class LockOrderBody(Body):
    """What is ordered, and why; the holder is told the reason."""

    wish: Literal["lock", "release"] = Field(examples=["lock"])
    reason: Word = Field(examples=["疑似转借，待核实"])


class LockOrderAnswer(Answer):
    """One order: who made it, who carried it out, and since when the chip agrees with it."""

    id: int = Field(examples=[7])
    card: int = Field(examples=[41])
    holder: int = Field(examples=[1204])
    holder_masked: str = Field(examples=["张*"])
    wish: str = Field(examples=["lock"])
    reason: str = Field(examples=["疑似转借，待核实"])
    ordered_by: str = Field(examples=["示范主管"])
    ordered_at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    carried_out_by: str = Field(examples=["示范经办员"])
    carried_out_at: datetime | None = Field(examples=["2026-11-23T09:40:00+08:00"])
    chip_at: datetime | None = Field(examples=[None], description="null: the chip is still to follow")
    withdrawn_at: datetime | None = Field(examples=[None])


class LockOrderQuery(PageQuery):
    """Which orders."""

    state: Literal["open", "to_follow", "all"] = Field(
        "open", description="open: nobody carried them out yet; to_follow: the chip is still to be brought in line"
    )


@reads(router, "/lock-orders", Page[LockOrderAnswer])
def listed(request: Call, page: Annotated[LockOrderQuery, Query()]) -> object:
    """Orders for our holders' cards, the newest first."""
    rows = lock_orders.listed(request.actor, state=page.state, after=page.position, limit=page.limit + 1)
    return paging.cut(rows, page.limit)


@acts(router, "/cards/{card}/lock-orders", IdAnswer, status=HTTPStatus.CREATED)
def ordered(request: Call, card: PathId, what: LockOrderBody) -> object:
    """Order a card to be locked or released; another person carries it out."""
    return {"id": locks.order(request.actor, card, what.wish, what.reason)}


@acts(router, "/lock-orders/{order}/carrying-out", None, status=HTTPStatus.NO_CONTENT)
def carried_out(request: Call, order: PathId) -> None:
    """Carry an order out without the card: the record alone, at once; the chip follows when the card is seen."""
    locks.carry_out(request.actor, order)


@acts(router, "/lock-orders/{order}/withdrawal", None, status=HTTPStatus.NO_CONTENT)
def withdrawn(request: Call, order: PathId) -> None:
    """Take an order back that nobody has carried out."""
    locks.withdraw(request.actor, order)
