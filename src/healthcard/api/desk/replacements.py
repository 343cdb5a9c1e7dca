"""Replacement (补领、换领, 第十二条第六项): asked for and ordered here, and how far the move of business data has come.

Reading an old card, writing the new one and handing it over are the card sessions `read business data`,
`move business data` and `hand over`.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Literal

from ninja import Router
from pydantic import Field

from healthcard.api.authentication import Call
from healthcard.api.desk.acceptance import AcceptedAnswer, offer
from healthcard.api.desk.issuing import OrderedAnswer, Reason
from healthcard.api.fields import Answer, Body, Id, PathId
from healthcard.api.operations import acts, reads
from healthcard.services.desk import issue, replacement, transfer

router = Router(tags=["replacement 补换"])

DIGEST = "5A" * 32


class ReplacementAnswer(Answer):
    """An application for a replacement; `frozen_at` is when the old card, if it is lost, was frozen by it."""

    application: AcceptedAnswer
    old_card: int = Field(examples=[41])
    frozen_at: datetime | None = Field(examples=[None])


class FileMovedAnswer(Answer):
    """Records of one file that are on the new card; the digest is SM3 over their sorted digests."""

    path: str = Field(examples=["DF03/ED"])
    zh: str = Field(examples=["门诊信息文件"])
    count: int = Field(examples=[2])
    digest: str = Field(examples=[DIGEST])


class FileLeftAnswer(Answer):
    """Records that did not move: `count` null where nobody knows how many; `items` of corrected ones, as the record has
    them on the new card.
    """

    path: str = Field(examples=["DF02/EF07"])
    zh: str = Field(examples=["过敏基本数据文件"])
    count: int | None = Field(examples=[1])
    reason: Literal["lost", "unreadable", "no_place", "no_room", "superseded", "erased", "corrected"] = Field(
        examples=["no_room"]
    )
    items: list[int] = Field(examples=[[]])


class SourceAnswer(Answer):
    """What one card gave: its chip, nothing (`none`), or '' while it is neither read nor declared."""

    card: int = Field(examples=[41])
    issue_serial: str = Field(examples=["0000000007"])
    kind: Literal["formal", "temporary"] = Field(examples=["formal"])
    source: Literal["chip", "none", ""] = Field(examples=["chip"])
    items: int = Field(examples=[18])
    digest: str = Field(examples=[DIGEST])
    closed_at: datetime | None = Field(examples=["2026-11-23T09:30:00+08:00"])
    moved: list[FileMovedAnswer]
    left: list[FileLeftAnswer]


class RecordsAnswer(Answer):
    """Records that follow the person to the new card, as they were when it was handed over."""

    kind: Literal["registration", "application", "access"] = Field(examples=["registration"])
    count: int = Field(examples=[2])
    digest: str = Field(examples=[DIGEST])
    confirmed: int = Field(examples=[1], description="of the registrations: by their institutions")


class TransferAnswer(Answer):
    """The receipt of a move of business data; `complete` when all that was to be moved is on the new card."""

    application: int = Field(examples=[88])
    new_card: int | None = Field(examples=[42])
    complete: bool = Field(examples=[True])
    items: int = Field(examples=[18])
    sources: list[SourceAnswer]
    records: list[RecordsAnswer] = Field(examples=[[]], description="once the new card was handed over")


class DeclarationBody(Body):
    """A card that gives nothing: lost, or no reader can read it."""

    card: Id = Field(examples=[41])
    why: Reason = Field(examples=["芯片损坏，不能识读"])


offer(router, "/replacements", "replacement", replacement.ask, ReplacementAnswer)


@acts(router, "/replacements/{application}/order", OrderedAnswer, status=HTTPStatus.CREATED)
def ordered(request: Call, application: PathId) -> object:
    """Send an approved replacement to making; a loss report is not lifted any more."""
    return {"card": issue.order(request.actor, application)}


@reads(router, "/applications/{application}/transfer", TransferAnswer)
def moved(request: Call, application: PathId) -> object:
    """How far the move to the new card has come; when it is complete, its receipt."""
    return transfer.receipt(request.actor, application)


@acts(router, "/applications/{application}/transfer/declaration", TransferAnswer)
def declared(request: Call, application: PathId, gone: DeclarationBody) -> object:
    """Say that a card is lost or cannot be read; its holder is told what cannot be moved."""
    return transfer.declare(request.actor, application, gone.card, gone.why)
