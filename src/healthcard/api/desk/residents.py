"""People on file: masked in lists, found by document, telephone, name; numbers travel in bodies, never in addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Query, Router
from pydantic import Field

from healthcard.api import paging
from healthcard.api.authentication import Call
from healthcard.api.desk.cards import CardAnswer
from healthcard.api.fields import Answer, Body, Day, Number, PathId
from healthcard.api.operations import opens, reads
from healthcard.api.paging import LONGEST, USUAL, Cursor, Page, PageQuery
from healthcard.api.people import DocumentBody, OptionalName, Phone
from healthcard.services.people import finding, residents
from healthcard.services.workshop import cards

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
    """Whom to look for: by one of document, phone and name; a name with or without the birth date."""

    document: DocumentBody | None = None
    phone: Phone = Field("", examples=[""], repr=False)
    name: OptionalName = Field("", examples=[""], repr=False)
    birth_date: Day | None = Field(None, examples=[None], repr=False)
    after: Cursor | None = Field(None, examples=[None], description="`next` of the page before")
    limit: Annotated[Number, Field(ge=1, le=LONGEST)] = Field(USUAL, examples=[USUAL])

    def wanted(self) -> finding.Wanted:
        """As the services take it; raises Invalid."""
        document = self.document.normal() if self.document else None
        return finding.Wanted(document=document, phone=self.phone, name=self.name, birth_date=self.birth_date)


@reads(router, "", Page[PersonAnswer])
def listed(request: Call, page: Annotated[PageQuery, Query()]) -> object:
    """People on file, masked, the newest first."""
    found = residents.listed(request.actor, after=page.position, limit=page.limit)
    return {"items": found.people, "next": paging.following(found.after)}


@opens(router, "/search", Page[PersonAnswer])
def search(request: Call, sought: SearchBody) -> object:
    """People by document, telephone or full name, however it is written, masked, the newest first."""
    place = paging.positions(sought.after)[0] if sought.after else None
    found = finding.searched(request.actor, sought.wanted(), after=place, limit=sought.limit)
    return {"items": found.people, "next": paging.following(found.after)}


@reads(router, "/{resident}", PersonAnswer)
def shown(request: Call, resident: PathId) -> object:
    """One person, masked."""
    return residents.shown(request.actor, resident)


@reads(router, "/{resident}/cards", list[CardAnswer])
def cards_of(request: Call, resident: PathId) -> object:
    """Every card somebody ever had, the newest first."""
    residents.shown(request.actor, resident)
    return cards.of_resident(request.actor, resident)
