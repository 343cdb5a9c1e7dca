"""Whether cards may be used: one, many, and the feed of changes. Nothing here tells who anybody is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Path, Query, Router
from pydantic import Field, StringConstraints

from healthcard.api import paging
from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body
from healthcard.api.operations import opens, reads
from healthcard.api.paging import PageQuery
from healthcard.services.institutions import changes, status
from healthcard.services.institutions.changes import BEGINNING, Position
from healthcard.services.institutions.status import Key

router = Router(tags=["status 状态"])

IssuerCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{22}$")]
IssueSerial = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
PathCode = Annotated[str, Path(pattern=r"^[0-9]{22}$", description="发卡机构代码, item 4")]
PathSerial = Annotated[str, Path(pattern=r"^[0-9]{10}$", description="发卡序列号, item 10")]


class StatusAnswer(Answer):
    """Usable or not; `reason` is a class of docs/api.md, never a person's circumstances."""

    issuer_code: str = Field(examples=["9900000000000000000099"])
    issue_serial: str = Field(examples=["0000000007"])
    usable: bool = Field(examples=[False])
    reason: str = Field(
        examples=["lost"], description="usable, not_issued, ended, lost, locked, suspended, expired, unknown"
    )
    version: int = Field(examples=[9], description="grows with every event of the card")
    as_of: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])


class KeyBody(Body):
    """A card's own key; a person's number is none."""

    issuer_code: IssuerCode = Field(examples=["9900000000000000000099"])
    issue_serial: IssueSerial = Field(examples=["0000000007"])


class BatchBody(Body):
    """Which cards."""

    cards: list[KeyBody] = Field(min_length=1, max_length=status.MOST)


class ChangeAnswer(Answer):
    """A card became usable or not; keep the highest version of each card."""

    issuer_code: str = Field(examples=["9900000000000000000099"])
    issue_serial: str = Field(examples=["0000000007"])
    version: int = Field(examples=[9])
    usable: bool = Field(examples=[False])
    reason: str = Field(examples=["lost"])
    at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])


class FeedAnswer(Answer):
    """Changes in order. `next` is always given: at the end of the feed ask again with it a little later."""

    items: list[ChangeAnswer]
    next: str = Field(examples=["MTIwNC43"])
    more: bool = Field(examples=[False], description="whether there are more already")


@reads(router, "/cards/{issuer_code}/{issue_serial}/status", StatusAnswer)
def status_of(request: Call, issuer_code: PathCode, issue_serial: PathSerial) -> object:
    """Whether one card may be used now, and if not, why."""
    return status.of(request.actor, Key(issuer_code, issue_serial))


@opens(router, "/cards/status/search", list[StatusAnswer])
def status_of_many(request: Call, asked: BatchBody) -> object:
    """Whether many cards may be used now, in the order asked."""
    return status.of_many(request.actor, [Key(each.issuer_code, each.issue_serial) for each in asked.cards])


@reads(router, "/changes", FeedAnswer)
def changed(request: Call, page: Annotated[PageQuery, Query()]) -> object:
    """Cards that became usable or not, in order, from a place of the feed on."""
    feed = changes.since(request.actor, _position(page), limit=page.limit)
    return {"items": feed.changes, "next": paging.cursor(*feed.position), "more": feed.more}


def _position(page: PageQuery) -> Position:
    """Where to go on; a cursor of another list begins a transaction's rows anew, which tells nothing new."""
    return Position(*(*paging.positions(page.after), 0)[:2]) if page.after else BEGINNING
