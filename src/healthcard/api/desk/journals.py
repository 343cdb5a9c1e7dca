"""What happened to a card, and what was written on its chip: state, events, journals, work that is still open."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from ninja import Router
from pydantic import Field

from healthcard.api.authentication import Call
from healthcard.api.desk.cards import JournalEntryAnswer
from healthcard.api.desk.issuing import ReasonBody
from healthcard.api.fields import Answer, PathId
from healthcard.api.operations import acts, reads
from healthcard.services.workshop import card_history, upkeep, upkeep_jobs

router = Router(tags=["cards 卡"])


class FactsAnswer(Answer):
    """Every fact of a card (docs/lifecycle.md), and whether it may be used at this moment."""

    id: int = Field(examples=[41])
    kind: str = Field(examples=["formal"])
    life: str = Field(examples=["issued"])
    loss: str = Field(examples=["oral"])
    loss_until: datetime | None = Field(examples=["2026-12-03T09:30:00+08:00"])
    pin_locked: bool = Field(examples=[False])
    app_lock: str = Field(examples=["none"])
    suspended: bool = Field(examples=[False])
    place: str = Field(examples=["holder"])
    place_org: int | None = Field(examples=[None])
    chip_end: str = Field(examples=["none"])
    end_reason: str = Field(examples=[""])
    application: int | None = Field(examples=[88], description="by which it was ordered")
    version: int = Field(examples=[6], description="how many events it has had")
    usable: bool = Field(examples=[False])
    reason: str = Field(examples=["lost"], description="reason class, as institutions are told")
    as_of: datetime = Field(examples=["2026-11-23T09:31:00+08:00"])


class EventAnswer(Answer):
    """One event of a card: the row of the life-cycle table, what it changed, where and by whom."""

    version: int = Field(examples=[6])
    event: str = Field(examples=["oral_loss"])
    zh: str = Field(examples=["口头挂失"])
    en: str = Field(examples=["oral loss report"])
    article: str = Field(examples=["own 12(3)"])
    changes: dict[str, object] = Field(examples=[{"loss": "oral"}])
    at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    organisation: int = Field(examples=[4])
    account: int | None = Field(examples=[1])
    application: int | None = Field(examples=[None])


class ChipWorkAnswer(Answer):
    """One piece of work on a card's chip after its making."""

    id: int = Field(examples=[5])
    kind: str = Field(examples=["unlock"])
    state: str = Field(examples=["finished"])
    application: int | None = Field(examples=[91])
    plan: str = Field(examples=["8F" * 32], description="digest of the plan")
    operator: str = Field(examples=["示范经办员"])
    planned_at: datetime = Field(examples=["2026-11-23T09:29:58+08:00"])
    opened_at: datetime | None = Field(examples=["2026-11-23T09:29:59+08:00"])
    closed_at: datetime | None = Field(examples=["2026-11-23T09:30:00+08:00"])
    reason: str = Field(examples=[""])
    entries: tuple[JournalEntryAnswer, ...]


@reads(router, "/{card}/state", FactsAnswer)
def state(request: Call, card: PathId) -> object:
    """Every fact of a card, and whether it may be used."""
    return card_history.state(request.actor, card)


@reads(router, "/{card}/events", list[EventAnswer])
def events(request: Call, card: PathId) -> object:
    """Everything that ever happened to a card, in its order."""
    return card_history.events(request.actor, card)


@reads(router, "/{card}/chip-work", list[ChipWorkAnswer])
def chip_work(request: Call, card: PathId) -> object:
    """All work on a card's chip after its making, the newest first: unlocked, changed, moved, locked."""
    return upkeep_jobs.of_card(request.actor, card)


@acts(router, "/{card}/chip-work/abandonment", None, status=HTTPStatus.NO_CONTENT)
def abandoned(request: Call, card: PathId, why: ReasonBody) -> None:
    """Give up open work on a chip that is lost; the record does not change by it."""
    upkeep.abandon(request.actor, card, why.reason)
