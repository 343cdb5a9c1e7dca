"""Which institutions asked about somebody's cards, and for what: his to know."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Query, Router
from pydantic import Field

from healthcard.api import paging
from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, PathId
from healthcard.api.operations import reads
from healthcard.api.paging import Page, PageQuery
from healthcard.services.institutions import verification

router = Router(tags=["residents 居民"])


class AskedAnswer(Answer):
    """One verification: who asked, when, for what, and what he was told."""

    id: int = Field(examples=[40211])
    at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    organisation: str = Field(examples=["示范市第一医院"])
    issuer_code: str = Field(examples=["9900000000000000000099"])
    issue_serial: str = Field(examples=["0000000007"])
    purpose: str = Field(examples=["treatment"])
    step: str = Field(examples=["registration"])
    usable: bool = Field(examples=[True])
    reason: str = Field(examples=["usable"])
    present: bool = Field(examples=[True])


@reads(router, "/{resident}/verifications", Page[AskedAnswer])
def of_resident(request: Call, resident: PathId, page: Annotated[PageQuery, Query()]) -> object:
    """Who asked about the cards of somebody, the newest first."""
    rows = verification.of_resident(request.actor, resident, after=page.position, limit=page.limit + 1)
    return paging.cut(rows, page.limit)
