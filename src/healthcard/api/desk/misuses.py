"""Reports of misuse at the desk: taken there too, looked into and closed by the home organisation."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from ninja import Query, Router
from pydantic import Field, StringConstraints

from healthcard.api import paging
from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body, PathId
from healthcard.api.institution import misuses as institution_misuses
from healthcard.api.institution.misuses import ReportAnswer
from healthcard.api.operations import acts, reads
from healthcard.api.paging import Page, PageQuery
from healthcard.services.institutions import misuse

router = Router(tags=["misuses 转让转借"])

Finding = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1F\x7F]*$")]


class MisuseAnswer(Answer):
    """A report as lists show it."""

    id: int = Field(examples=[9])
    card: int = Field(examples=[31])
    holder: int = Field(examples=[1204])
    holder_masked: str = Field(examples=["张*"])
    kind: str = Field(examples=["lent"])
    organisation: str = Field(examples=["示范市第一医院"], description="who reported it")
    at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    closed_at: datetime | None = Field(examples=[None])
    finding: str = Field(examples=[""])


class MisuseSeenAnswer(Answer):
    """A report with the words of whoever saw it."""

    row: MisuseAnswer
    seen: str = Field(examples=["就诊人与持卡人年龄明显不符"], repr=False)


class MisuseQuery(PageQuery):
    """Which reports."""

    state: Literal["open", "closed"] = Field("open", description="looked into, or not yet")


class ClosingBody(Body):
    """What was found; the holder is told in these words."""

    finding: Finding = Field(examples=["家属代为取药，已告知"])


acts(router, "", ReportAnswer, status=HTTPStatus.CREATED)(institution_misuses.report)


@reads(router, "", Page[MisuseAnswer])
def listed(request: Call, page: Annotated[MisuseQuery, Query()]) -> object:
    """Reports about our holders' cards, the newest first."""
    rows = misuse.listed(request.actor, closed=page.state == "closed", after=page.position, limit=page.limit + 1)
    return paging.cut(rows, page.limit)


@reads(router, "/{misuse_id}", MisuseSeenAnswer)
def shown(request: Call, misuse_id: PathId) -> object:
    """One report whole; that it was read stands in the holder's list of accesses."""
    return misuse.shown(request.actor, misuse_id)


@acts(router, "/{misuse_id}/closing", MisuseAnswer)
def close(request: Call, misuse_id: PathId, what: ClosingBody) -> object:
    """Close a report with what was found."""
    return misuse.close(request.actor, misuse_id, finding=what.finding)
