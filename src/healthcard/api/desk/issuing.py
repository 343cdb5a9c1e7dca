"""The way of a new card to its holder (第十二条第一项): asked for, ordered, sent, arrived, or given up.

Making it, setting its PIN and handing it over are card sessions (docs/card-session.md).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from ninja import Router
from pydantic import Field, StringConstraints

from healthcard.api.authentication import Call
from healthcard.api.desk.acceptance import AcceptedAnswer, offer
from healthcard.api.fields import Answer, Body, Id, PathId
from healthcard.api.operations import acts
from healthcard.services.desk import issue
from healthcard.services.workshop import making

router = Router(tags=["issuing 发卡"])

Reason = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=r"^[^\x00-\x1F\x7F]*$")
]


class OrderedAnswer(Answer):
    """The card that is to be made."""

    card: int = Field(examples=[41])


class DestinationBody(Body):
    """Where a card is sent."""

    organisation: Id = Field(examples=[4])


class GivingUpBody(Body):
    """Why nobody is given this card."""

    reason: Literal["uncollected", "undeliverable", "withdrawn", "defective", "death"] = Field(
        examples=["undeliverable"]
    )


class ReasonBody(Body):
    """Why, in words that stay in the journal."""

    reason: Reason = Field(examples=["芯片损坏"])


offer(router, "/first-issues", "first_issue", issue.ask, AcceptedAnswer)


@acts(router, "/first-issues/{application}/order", OrderedAnswer, status=HTTPStatus.CREATED)
def ordered(request: Call, application: PathId) -> object:
    """Send an approved application for a first card to making."""
    return {"card": issue.order(request.actor, application)}


@acts(router, "/cards/{card}/dispatch", None, status=HTTPStatus.NO_CONTENT)
def dispatched(request: Call, card: PathId, there: DestinationBody) -> None:
    """Send a made card on its way to a desk."""
    issue.dispatch(request.actor, card, there.organisation)


@acts(router, "/cards/{card}/arrival", None, status=HTTPStatus.NO_CONTENT)
def arrived(request: Call, card: PathId) -> None:
    """A made card has come to my desk; its holder is told until when it is kept."""
    issue.arrive(request.actor, card)


@acts(router, "/cards/{card}/scrapping", None, status=HTTPStatus.NO_CONTENT)
def scrapped(request: Call, card: PathId, why: ReasonBody) -> None:
    """Give up a card whose making was begun and cannot be settled; another one may be ordered then."""
    making.scrap(request.actor, card, why.reason)


@acts(router, "/applications/{application}/giving-up", None, status=HTTPStatus.NO_CONTENT)
def given_up(request: Call, application: PathId, why: GivingUpBody) -> None:
    """End a made card nobody was given, and its application; an uncollected one after its time only."""
    issue.give_up(request.actor, application, why.reason)
