"""What an institution keeps of a person's business: registered under his card, confirmed when he gets a new one."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from ninja import Query, Router
from pydantic import Field, StringConstraints

from healthcard.api import paging
from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body, Number, PathId
from healthcard.api.institution.status import KeyBody
from healthcard.api.operations import acts, reads
from healthcard.api.paging import Page, PageQuery
from healthcard.services.institutions import registrations
from healthcard.services.institutions.status import Key

router = Router(tags=["registrations 登记"])

LARGEST = 2**31 - 1
Business = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1F\x7F]*$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Items = Annotated[Number, Field(ge=0, le=LARGEST)]
_DIGEST = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


class RegistrationBody(Body):
    """What is kept: a count, and a digest (32 bytes) whose making is the institution's own affair."""

    card: KeyBody
    business: Business = Field(examples=["门诊"])
    items: Items = Field(examples=[3])
    digest: Digest = Field(examples=[_DIGEST])


class RegistrationAnswer(Answer):
    """A registration and the card it belongs to now."""

    id: int = Field(examples=[12])
    issuer_code: str = Field(examples=["9900000000000000000099"])
    issue_serial: str = Field(examples=["0000000007"])
    business: str = Field(examples=["门诊"])
    items: int = Field(examples=[3])
    digest: str = Field(examples=[_DIGEST])
    at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])


class NoticeAnswer(Answer):
    """A registration that went over to a new card, and what it counted then."""

    id: int = Field(examples=[4])
    registration: int = Field(examples=[12])
    business: str = Field(examples=["门诊"])
    old_issuer_code: str = Field(examples=["9900000000000000000099"])
    old_issue_serial: str = Field(examples=["0000000007"])
    new_issuer_code: str = Field(examples=["9900000000000000000099"])
    new_issue_serial: str = Field(examples=["0000000031"])
    items: int = Field(examples=[3])
    digest: str = Field(examples=[_DIGEST])
    at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    confirmed_at: datetime | None = Field(examples=[None])


class NoticeQuery(PageQuery):
    """Which notices."""

    state: Literal["waiting", "confirmed"] = Field("waiting", description="confirmed by the institution, or not yet")


class ConfirmationBody(Body):
    """What the institution keeps under the new card now; it has to be what was registered."""

    items: Items = Field(examples=[3])
    digest: Digest = Field(examples=[_DIGEST])


@acts(router, "/registrations", RegistrationAnswer, status=HTTPStatus.CREATED)
def register(request: Call, what: RegistrationBody) -> object:
    """Keep count and digest of a person's business under his card; said again, the new figures count."""
    key = Key(what.card.issuer_code, what.card.issue_serial)
    return registrations.register(
        request.actor, key, business=what.business, items=what.items, digest=bytes.fromhex(what.digest)
    )


@reads(router, "/registrations", Page[RegistrationAnswer])
def listed(request: Call, page: Annotated[PageQuery, Query()]) -> object:
    """The institution's own registrations, in the order they were first made."""
    rows = registrations.listed(request.actor, after=page.position, limit=page.limit + 1)
    return paging.cut(rows, page.limit)


@reads(router, "/transfer-notices", Page[NoticeAnswer])
def notices(request: Call, page: Annotated[NoticeQuery, Query()]) -> object:
    """What went over to new cards, the oldest first."""
    rows = registrations.notices(
        request.actor, confirmed=page.state == "confirmed", after=page.position, limit=page.limit + 1
    )
    return paging.cut(rows, page.limit)


@acts(router, "/transfer-notices/{notice}/confirmation", NoticeAnswer)
def confirm(request: Call, notice: PathId, kept: ConfirmationBody) -> object:
    """Confirm that as many items with the same digest are kept under the new card; other figures are refused."""
    return registrations.confirm(request.actor, notice, items=kept.items, digest=bytes.fromhex(kept.digest))
