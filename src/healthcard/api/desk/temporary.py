"""Temporary cards (临时卡, 第十二条第七项): asked for here, given back or reported lost here.

Making and handing one over are the card sessions `make temporary` and `hand over temporary`.
"""

from __future__ import annotations

from typing import Literal

from ninja import Router
from pydantic import Field

from healthcard.api.authentication import Call
from healthcard.api.desk.acceptance import AcceptedAnswer, Identity, Presented, offer
from healthcard.api.fields import Answer, Body, PathId
from healthcard.api.operations import acts
from healthcard.api.people import DelegateBody
from healthcard.services.desk import temporary
from healthcard.services.desk.applications import Delegate
from healthcard.services.desk.temporary import Visitor

router = Router(tags=["temporary cards 临时卡"])


class VisitorBody(Body):
    """Who comes about a temporary card that is out, with what, verified how."""

    identity: Identity = Field(examples=["document_and_face"])
    presented: list[Presented] = Field(examples=[["temporary_card"]], default_factory=list, max_length=20)
    by: Literal["holder", "agent", "guardian"] = Field("holder", examples=["holder"])
    delegate: DelegateBody | None = Field(None, examples=[None])

    def visitor(self) -> Visitor:
        """As the services take it."""
        delegate = Delegate(**self.delegate.model_dump()) if self.delegate else None
        return Visitor(identity=self.identity, presented=tuple(self.presented), by=self.by, delegate=delegate)


class EndedAnswer(Answer):
    """A temporary card that ended; `resumed` is the formal card that rests no more."""

    card: int = Field(examples=[42])
    resumed: int | None = Field(examples=[41])
    fee_fen: int = Field(examples=[0], description="what is charged for a lost one")


offer(router, "/temporary-cards", "temporary", temporary.ask, AcceptedAnswer)


@acts(router, "/residents/{resident}/temporary-card/return", EndedAnswer)
def returned(request: Call, resident: PathId, visitor: VisitorBody) -> object:
    """Take a person's temporary card back before the new one is there."""
    return temporary.give_back(request.actor, resident, visitor.visitor())


@acts(router, "/residents/{resident}/temporary-card/loss", EndedAnswer)
def lost(request: Call, resident: PathId, visitor: VisitorBody) -> object:
    """End a person's temporary card that is lost, for ever."""
    return temporary.report_lost(request.actor, resident, visitor.visitor())
