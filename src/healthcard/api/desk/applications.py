"""Applications (申请单): taken at the desk, looked at, verified, paid, reviewed by another person, withdrawn."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from ninja import Query, Router
from pydantic import Field, StringConstraints

from healthcard.api import paging
from healthcard.api.authentication import Call
from healthcard.api.desk.acceptance import AcceptedAnswer, Identity, offer
from healthcard.api.fields import Answer, Body, Flag, Id, PathId, Word
from healthcard.api.operations import acts, reads
from healthcard.api.paging import Page, PageQuery
from healthcard.domain.evidence import VERIFICATIONS
from healthcard.services.desk import applications, loss, reviewing, termination, unlock
from healthcard.services.people import messages, residents

router = Router(tags=["applications 申请"])


class ReturnedAnswer(Answer):
    """The receipt for a card that was handed in (回收回执)."""

    card: int = Field(examples=[41])
    number: str = Field(examples=["HS202611230000000041"])
    day: date = Field(examples=["2026-11-23"])


class EndingAnswer(Answer):
    """An application to end cards; `receipt` where they ended at once and the card was handed in."""

    application: AcceptedAnswer
    receipt: ReturnedAnswer | None = Field(examples=[None])


class TicketAnswer(Answer):
    """What the reporter gets (挂失回执): the card is frozen from this moment; `until` when that lapses by itself."""

    number: str = Field(examples=["261123-000004-00000088-1"])
    frozen_at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    until: datetime | None = Field(examples=[None])
    cards: list[int] = Field(examples=[[41]], description="what was frozen")
    application: int | None = Field(examples=[88], description="what is verified and reviewed; none for word of mouth")


class RowAnswer(Answer):
    """An application as lists show it."""

    id: int = Field(examples=[88])
    number: str = Field(examples=["261123-000004-00000088-1"])
    kind: str = Field(examples=["loss"])
    state: str = Field(examples=["accepted"])
    resident: int = Field(examples=[1204])
    holder_masked: str = Field(examples=["张*"])
    card: int | None = Field(examples=[41])
    reason: str = Field(examples=[""])
    by: str = Field(examples=["holder"])
    desk: int = Field(examples=[4])
    accepted_at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    due_on: date | None = Field(examples=["2026-11-30"])
    overdue: bool = Field(examples=[False])
    fee_fen: int = Field(examples=[0])
    receipt: str = Field(examples=[""])
    waiver: str = Field(examples=[""])


class ShownAnswer(Answer):
    """An application whole, numbers covered; a reviewer hands `digest` back: what was looked at."""

    row: RowAnswer
    fields: dict[str, str | bool | list[dict[str, str]]] = Field(examples=[{"loss_reason": "遗失"}])
    presented: list[str] = Field(examples=[["id_card"]])
    identity: str = Field(examples=[""])
    delegate_masked: str = Field(examples=[""])
    verification: str = Field(examples=[""])
    opinion: str = Field(examples=[""])
    outcome: str = Field(examples=[""])
    digest: str = Field(examples=["5A" * 32])


class MessageAnswer(Answer):
    """One message the holder was sent, numbers covered."""

    id: int = Field(examples=[12])
    kind: str = Field(examples=["loss.accepted"])
    at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    urgent: bool = Field(examples=[True])
    title_zh: str = Field(examples=["挂失"])
    title_en: str = Field(examples=["Loss report"])
    zh: str = Field(examples=["您的居民健康卡已挂失。"])
    en: str = Field(examples=["Your card was reported lost."])


class FindingBody(Body):
    """How the facts were verified, and what was found (核实)."""

    finding: Word = Field(examples=["已电话核实本人"], max_length=200)


class ReceiptBody(Body):
    """The receipt of a fee."""

    receipt: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,24}$")] = Field(examples=["R-20261123-7"])


class ReviewBody(Body):
    """The judgement of another person than took the application (审核)."""

    approved: Flag = Field(examples=[True])
    opinion: Word = Field(examples=["情况属实，同意"], max_length=200)
    digest: Annotated[str, StringConstraints(pattern=r"^([0-9A-Fa-f]{2}){32}$")] = Field(examples=["5A" * 32])


class StateAnswer(Answer):
    """The state an application has now."""

    state: str = Field(examples=["approved"])


class OralBody(Body):
    """A report by word of mouth (口头挂失): how it was given, how the holder was verified."""

    resident: Id = Field(examples=[1204])
    channel: Literal["counter", "phone", "web"] = Field(examples=["phone"])
    identity: Identity = Field(examples=[next(iter(VERIFICATIONS))])


class IdentityBody(Body):
    """How the holder was verified."""

    identity: Identity = Field(examples=[next(iter(VERIFICATIONS))])


offer(router, "/losses", "loss", loss.report, TicketAnswer)
offer(router, "/unlosses", "unloss", loss.ask_release, AcceptedAnswer)
offer(router, "/unlocks", "unlock", unlock.ask, AcceptedAnswer)
offer(router, "/terminations", "termination", termination.ask, EndingAnswer)
offer(router, "/returns", "return", termination.ask, EndingAnswer)


@acts(router, "/oral-losses", TicketAnswer, status=HTTPStatus.CREATED)
def report_oral(request: Call, report: OralBody) -> object:
    """Freeze somebody's cards on his word; it lapses by itself and says when."""
    return loss.report_oral(request.actor, report.resident, channel=report.channel, identity=report.identity)


@acts(router, "/residents/{resident}/oral-loss/withdrawal", None, status=HTTPStatus.NO_CONTENT)
def withdraw_oral(request: Call, resident: PathId, holder: IdentityBody) -> None:
    """Lift an oral report at its holder's word."""
    loss.withdraw_oral(request.actor, resident, identity=holder.identity)


@reads(router, "/applications", Page[RowAnswer])
def listed(request: Call, page: Annotated[PageQuery, Query()]) -> object:
    """Open applications, overdue ones first."""
    found = applications.listed(request.actor, after=_after(page), limit=page.limit)
    return {"items": found.applications, "next": _next(found.after)}


@reads(router, "/applications/{application}", ShownAnswer)
def shown(request: Call, application: PathId) -> object:
    """One application, masked."""
    return applications.shown(request.actor, application)


@reads(router, "/residents/{resident}/applications", list[RowAnswer])
def of_resident(request: Call, resident: PathId) -> object:
    """Everything somebody ever applied for, the newest first."""
    residents.shown(request.actor, resident)
    return applications.of_resident(request.actor, resident)


@reads(router, "/residents/{resident}/messages", list[MessageAnswer])
def messages_of(request: Call, resident: PathId) -> object:
    """What somebody was told, the newest first."""
    return messages.of_resident(request.actor, resident)


@acts(router, "/applications/{application}/verification", None, status=HTTPStatus.NO_CONTENT)
def verified(request: Call, application: PathId, found: FindingBody) -> None:
    """Record how the facts were verified (核实)."""
    applications.verify(request.actor, application, found.finding)


@acts(router, "/applications/{application}/payment", None, status=HTTPStatus.NO_CONTENT)
def paid(request: Call, application: PathId, fee: ReceiptBody) -> None:
    """Record the receipt of its fee."""
    applications.pay(request.actor, application, fee.receipt)


@acts(router, "/applications/{application}/review", StateAnswer)
def reviewed(request: Call, application: PathId, judged: ReviewBody) -> object:
    """Judge it (审核); what follows from that happens in the same act."""
    return {"state": reviewing.review(request.actor, application, **judged.model_dump())}


@acts(router, "/applications/{application}/withdrawal", None, status=HTTPStatus.NO_CONTENT)
def withdrawn(request: Call, application: PathId) -> None:
    """Take it back before anything came of it; a written loss report stands."""
    applications.withdraw(request.actor, application)


def _after(page: PageQuery) -> str:
    """The place a list of applications knows, out of a cursor: day (as a number of days) and id."""
    day, pk = (*paging.positions(page.after), 0)[:2] if page.after else (0, 0)
    return f"{date.fromordinal(day):%Y-%m-%d}.{pk}" if 0 < day <= date.max.toordinal() else ""


def _next(after: str) -> str | None:
    day, _, pk = after.partition(".")
    return paging.cursor(date.fromisoformat(day).toordinal(), int(pk)) if after else None
