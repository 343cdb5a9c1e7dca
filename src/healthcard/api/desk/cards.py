"""Cards: the list, one card, its chip and its journal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from ninja import Query, Router
from pydantic import Field

from healthcard.api import paging
from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, PathId
from healthcard.api.operations import reads
from healthcard.api.paging import Page, PageQuery
from healthcard.services.workshop import cards, chips, jobs

router = Router(tags=["cards 卡"])


class CardAnswer(Answer):
    """A card as lists show it; its key is issuer code and issue serial, not its number (that is its holder's)."""

    id: int = Field(examples=[41])
    issuer_code: str = Field(examples=["9900000000000000000099"], description="发卡机构代码, item 4")
    issue_serial: str = Field(examples=["0000000007"], description="发卡序列号, item 10")
    holder: int = Field(examples=[1204])
    holder_masked: str = Field(examples=["张*"])
    product: str = Field(examples=["jia"], description="COS product; empty until its chip lay in a reader")
    layout: str = Field(examples=["full"])
    life: str = Field(examples=["made"])
    chip8: str = Field(examples=["00F1860100000007"], description="16 hexadecimal digits, empty until then")
    issued_on: date = Field(examples=["2026-11-23"])
    valid_until: date = Field(examples=["2036-11-23"])
    made_at: datetime | None = Field(examples=["2026-11-23T09:30:00+08:00"])
    ended_because: str = Field(examples=[""])


class ItemAnswer(Answer):
    """One item of a chip: `no` in the data catalogue; personal numbers are covered, codes have their meaning."""

    record: str = Field(examples=[""])
    no: str = Field(examples=["7"])
    zh: str = Field(examples=["卡有效期"])
    en: str = Field(examples=["valid until"])
    value: str = Field(examples=["20361123"])


class FileAnswer(Answer):
    """One file of a chip with its items that are set."""

    path: str = Field(examples=["DDF1/EF05"])
    zh: str = Field(examples=["发卡机构基本数据文件"])
    rows: list[ItemAnswer]


class JournalEntryAnswer(Answer):
    """One intent of a personalisation and what became of it."""

    index: int = Field(examples=[12])
    act: str = Field(examples=["load STK_MF"])
    path: str = Field(examples=["3F00"])
    word: str = Field(examples=["9000"], description="status word; empty while nobody knows")
    meaning: str = Field(examples=["done"])
    how: str = Field(examples=["sent"])
    standby: bool = Field(examples=[False])


class JobAnswer(Answer):
    """One personalisation of a card."""

    id: int = Field(examples=[3])
    state: str = Field(examples=["finished"])
    plan: str = Field(examples=["8F" * 32], description="digest of the plan")
    operator: str = Field(examples=["示范制卡员"])
    planned_at: datetime = Field(examples=["2026-11-23T09:29:58+08:00"])
    opened_at: datetime | None = Field(examples=["2026-11-23T09:29:59+08:00"])
    closed_at: datetime | None = Field(examples=["2026-11-23T09:30:00+08:00"])
    reason: str = Field(examples=[""])
    entries: tuple[JournalEntryAnswer, ...]


@reads(router, "", Page[CardAnswer])
def listed(request: Call, page: Annotated[PageQuery, Query()]) -> object:
    """Cards, the newest first."""
    found = cards.listed(request.actor, after=page.position, limit=page.limit)
    return {"items": found.cards, "next": paging.following(found.after)}


@reads(router, "/{card}", CardAnswer)
def shown(request: Call, card: PathId) -> object:
    """One card."""
    return cards.shown(request.actor, card)


@reads(router, "/{card}/chip", list[FileAnswer])
def chip(request: Call, card: PathId) -> object:
    """What the card's chip holds right now, read in its slot of the rack."""
    return chips.read(request.actor, card)


@reads(router, "/{card}/journal", list[JobAnswer])
def journal(request: Call, card: PathId) -> object:
    """Every personalisation of a card, the newest first, with its intents and outcomes (第十一条)."""
    found = jobs.of_card(request.actor, card)  # who may not look at journals learns nothing of the card
    cards.shown(request.actor, card)
    return found
