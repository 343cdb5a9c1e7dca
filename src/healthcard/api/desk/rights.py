"""People's rights at the API: requests about their data, the copy and the access log; second documents; moves."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import Field, StringConstraints

from healthcard.api.authentication import Call
from healthcard.api.desk.acceptance import AcceptedAnswer, offer
from healthcard.api.desk.records import CameBody, ChangedAnswer
from healthcard.api.fields import Answer, Body, Day, Flag, Id, PathId, Word, Words
from healthcard.api.operations import acts, opens, reads
from healthcard.api.people import DocumentBody, Name
from healthcard.domain.rights import RIGHTS
from healthcard.services.people import linking, moving, person_requests, rights
from healthcard.services.people.linking import Second
from healthcard.services.people.person_requests import Asking

router = Router(tags=["rights 个人权利"])

Right = Annotated[str, StringConstraints(pattern=f"^({'|'.join(RIGHTS)})$")]


class RequestBody(CameBody):
    """What somebody asks about his data; `lift` ends a restriction."""

    right: Right = Field(examples=["copy"])
    wish: Words = Field("", examples=["打印一份"], repr=False)
    lift: Flag = Field(default=False, examples=[False])


class LinkBody(CameBody):
    """A further document of somebody on file, with what it says of its holder."""

    document: DocumentBody
    name: Name = Field(examples=["张三"], repr=False)
    sex: Literal["0", "1", "2", "9"] = Field(examples=["1"], description="GB/T 2261.1")
    birth_date: Day = Field(examples=["1980-01-01"], repr=False)


class DecisionBody(Body):
    """The answer to a request."""

    granted: Flag = Field(examples=[True])
    answer: Word = Field(examples=["符合规定"], max_length=200)


class HomeBody(Body):
    """Where somebody is at home from now on, and why; for who stands above both organisations."""

    home: Id = Field(examples=[4])
    reason: Word = Field(examples=["跨省迁移"], max_length=200)


class TakenAnswer(Answer):
    """A request taken; `number` stands on the receipt."""

    id: int = Field(examples=[5])
    number: str = Field(examples=["261123-000004-R0000005"])
    due_on: date = Field(examples=["2026-12-14"])


class RequestAnswer(Answer):
    """A request as lists show it; `granted` null: not decided yet."""

    id: int = Field(examples=[5])
    number: str = Field(examples=["261123-000004-R0000005"])
    kind: str = Field(examples=["copy"])
    by: str = Field(examples=["holder"])
    accepted_at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    due_on: date = Field(examples=["2026-12-14"])
    decided_at: datetime | None = Field(examples=[None])
    granted: bool | None = Field(examples=[None])
    answer: str = Field(examples=[""])


class CopyAnswer(Answer):
    """Everything on file about one person, part by part, in words."""

    parts: dict[str, Any] = Field(examples=[{"record": {"姓名": "张三"}}])


class AccessAnswer(Answer):
    """One row of the access log."""

    id: int = Field(examples=[12])
    at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    organisation: str = Field(examples=["示范市居民健康卡服务中心"])
    by: str = Field(examples=["示范经办员"])
    purpose: str = Field(examples=["unmask"])
    what: str = Field(examples=["姓名"])
    reason: str = Field(examples=["核实来电人身份"])


class MovedAnswer(Answer):
    """A move taken; `home` null: another person or organisation carries it out.

    `replace`: "" the card stays, "city" its item 57 differs, "keys" it has another issuer's keys.
    """

    application: AcceptedAnswer
    home: int | None = Field(examples=[4])
    replace: Literal["", "city", "keys"] = Field(examples=["city"])


class NeededAnswer(Answer):
    """What the card needs after a move; see MovedAnswer."""

    replace: Literal["", "city", "keys"] = Field(examples=["keys"])


class LinkedAnswer(Answer):
    """What a decided link changed of the record."""

    changed: list[ChangedAnswer]


offer(router, "/moves", "move", moving.ask, MovedAnswer)


@acts(router, "/residents/{resident}/home", NeededAnswer)
def across(request: Call, resident: PathId, move: HomeBody) -> object:
    """Move somebody between two organisations below one's own, also to another province."""
    return {"replace": moving.across(request.actor, resident, move.home, reason=move.reason)}


@acts(router, "/residents/{resident}/requests", TakenAnswer, status=HTTPStatus.CREATED)
def ask(request: Call, resident: PathId, asked: RequestBody) -> object:
    """Take a request about somebody's own data (个人信息保护法第四十四条至第五十条)."""
    asking = Asking(wish=asked.wish, lift=asked.lift, **asked.came())
    return rights.ask(request.actor, resident, asked.right, asking)


@reads(router, "/residents/{resident}/requests", list[RequestAnswer])
def listed(request: Call, resident: PathId) -> object:
    """Everything asked about somebody's data, the newest first."""
    return person_requests.listed(request.actor, resident)


@acts(router, "/requests/{number}/answer", None, status=HTTPStatus.NO_CONTENT)
def answer(request: Call, number: PathId, decision: DecisionBody) -> None:
    """Answer a request and carry it out; a deletion is granted by a second person."""
    rights.answer(request.actor, number, granted=decision.granted, text=decision.answer)


@opens(router, "/requests/{number}/copy", CopyAnswer)
def copy(request: Call, number: PathId) -> object:
    """Everything on file about the person of a granted request; each copy is in his access log."""
    return {"parts": rights.copy(request.actor, number)}


@reads(router, "/residents/{resident}/accesses", list[AccessAnswer])
def accesses(request: Call, resident: PathId) -> object:
    """Who saw somebody's data in clear, the newest first."""
    return rights.accesses(request.actor, resident)


@acts(router, "/residents/{resident}/documents", TakenAnswer, status=HTTPStatus.CREATED)
def propose(request: Call, resident: PathId, second: LinkBody) -> object:
    """Propose that a further document is this person's; another person decides."""
    held = Second(document=second.document.normal(), name=second.name, sex=second.sex, birth_date=second.birth_date)
    return linking.ask(request.actor, resident, held, Asking(**second.came()))


@acts(router, "/requests/{number}/link", LinkedAnswer)
def link(request: Call, number: PathId, decision: DecisionBody) -> object:
    """Link the document, or not: one person, one record, one card."""
    told = linking.decide(request.actor, number, granted=decision.granted, answer=decision.answer)
    return {"changed": told}
