"""Where an institution wants to be called when cards change; every call is signed."""

from __future__ import annotations

from datetime import datetime
from http import HTTPMethod, HTTPStatus
from typing import Annotated, Literal

from ninja import Router
from pydantic import Field, StringConstraints

from healthcard.api import paging
from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body, PathId
from healthcard.api.operations import acts, opens, reads
from healthcard.api.paging import Cursor
from healthcard.services.institutions import webhooks
from healthcard.services.institutions.changes import Position

router = Router(tags=["webhooks 推送"])

Url = Annotated[str, StringConstraints(min_length=8, max_length=300, pattern=r"^https?://[!-~]+$")]


class WebhookBody(Body):
    """Which address, and from where on."""

    url: Url = Field(examples=["https://his.example.org/card-changes"])
    after: Cursor | None = Field(None, examples=[None], description="`next` of the feed; none: from now on")


class WebhookToldAnswer(Answer):
    """A new webhook; the secret that signs its calls is told this once."""

    id: int = Field(examples=[3])
    url: str = Field(examples=["https://his.example.org/card-changes"])
    secret: str = Field(examples=["q1Zk0m2p9X4r7T5v8W3y6B1n0C4d7F2g5H8j3K6l9M0"], repr=False)


class WebhookAnswer(Answer):
    """A webhook as it stands; one that stopped goes on when it is resumed, and misses nothing."""

    id: int = Field(examples=[3])
    url: str = Field(examples=["https://his.example.org/card-changes"])
    state: Literal["working", "failing", "stopped"] = Field(examples=["working"])
    failures: int = Field(examples=[0], description="one after the other, until now")
    next_try: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    created_at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])


@opens(router, "/webhooks", WebhookToldAnswer, status=HTTPStatus.CREATED)
def register(request: Call, wanted: WebhookBody) -> object:
    """Be called with every change of the feed: POST, signed, in order, again until the answer is a 2xx."""
    after = Position(*(*paging.positions(wanted.after), 0)[:2]) if wanted.after else None
    return webhooks.register(request.actor, wanted.url, after)


@reads(router, "/webhooks", list[WebhookAnswer])
def listed(request: Call) -> object:
    """The institution's own webhooks."""
    return webhooks.listed(request.actor)


@acts(router, "/webhooks/{webhook}/resumption", WebhookAnswer)
def resume(request: Call, webhook: PathId) -> object:
    """Be called again at once, from where it stands."""
    return webhooks.resume(request.actor, webhook)


@acts(router, "/webhooks/{webhook}", None, status=HTTPStatus.NO_CONTENT, method=HTTPMethod.DELETE)
def close(request: Call, webhook: PathId) -> None:
    """Never be called there again."""
    webhooks.close(request.actor, webhook)
