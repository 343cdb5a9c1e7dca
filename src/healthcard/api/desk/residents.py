"""People on file: masked in lists, found by document; numbers travel in bodies, never in addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Query, Router
from pydantic import Field

from healthcard.api import paging
from healthcard.api.authentication import Call
from healthcard.api.desk.cards import CardAnswer
from healthcard.api.fields import Answer, Body, PathId
from healthcard.api.operations import opens, reads
from healthcard.api.paging import Page, PageQuery
from healthcard.api.people import DocumentBody
from healthcard.services import cards, residents

router = Router(tags=["residents 居民"])


class PersonAnswer(Answer):
    """What a list may show of somebody."""

    id: int = Field(examples=[1204])
    name_masked: str = Field(examples=["张*"])
    document_title: str = Field(examples=["居民身份证"])
    document_masked: str = Field(examples=["990***********0017"])
    birth_year: int = Field(examples=[1980])
    home: str = Field(examples=["示范市居民健康卡服务中心"], description="所属卡管理机构")
    created_at: datetime = Field(examples=["2026-11-23T09:00:00+08:00"])


class SearchBody(Body):
    """Whom to look for."""

    document: DocumentBody


class FoundAnswer(Answer):
    """The person's id, null when nobody on file has this document."""

    id: int | None = Field(examples=[1204])


@reads(router, "", Page[PersonAnswer])
def listed(request: Call, page: Annotated[PageQuery, Query()]) -> object:
    """People on file, masked, the newest first."""
    found = residents.listed(request.actor, after=page.position, limit=page.limit)
    return {"items": found.people, "next": paging.following(found.after)}


@opens(router, "/search", FoundAnswer)
def search(request: Call, wanted: SearchBody) -> object:
    """The person who has this document; the same number written otherwise finds the same person."""
    return {"id": residents.found(request.actor, wanted.document.normal())}


@reads(router, "/{resident}", PersonAnswer)
def shown(request: Call, resident: PathId) -> object:
    """One person, masked."""
    return residents.shown(request.actor, resident)


@reads(router, "/{resident}/cards", list[CardAnswer])
def cards_of(request: Call, resident: PathId) -> object:
    """Every card somebody ever had, the newest first."""
    residents.shown(request.actor, resident)
    return cards.of_resident(request.actor, resident)
