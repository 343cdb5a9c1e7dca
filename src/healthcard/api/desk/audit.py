"""The auditor's door (审计): entries about somebody, about a card, of an operator; is it still what it was?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Router
from pydantic import Field, StringConstraints

from healthcard.api import paging
from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body, Id, Moment, Number
from healthcard.api.operations import opens
from healthcard.api.paging import Cursor, Page
from healthcard.services.trail import audit_search
from healthcard.services.trail.audit_search import Wanted

router = Router(tags=["audit 审计"])


class AuditBody(Body):
    """Whose entries, at least one of the ids; `after` is the `next` of the page before."""

    resident: Id | None = Field(None, examples=[1204])
    card: Id | None = Field(None, examples=[None])
    application: Id | None = Field(None, examples=[None])
    account: Id | None = Field(None, examples=[None], description="the operator")
    credential: Id | None = Field(None, examples=[None], description="the operator, where it is a machine")
    operation: UUID | None = Field(None, examples=[None])
    action: Annotated[str, StringConstraints(pattern=r"^[a-z_.]{0,40}$")] = Field(
        "", examples=["loss."], description="what it is called, or how that begins"
    )
    since: Moment | None = Field(None, examples=[None])
    until: Moment | None = Field(None, examples=[None], description="first moment that is not wanted any more")
    after: Cursor | None = Field(None, examples=[None])
    limit: Number = Field(paging.USUAL, ge=1, le=paging.LONGEST, examples=[50])


class AuditEntryAnswer(Answer):
    """One entry of the audit. What was sealed for a person stays sealed: `sealed` says that there is such a part."""

    chain: int = Field(examples=[3])
    seq: int = Field(examples=[17])
    at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    action: str = Field(examples=["loss.accept"])
    operation: UUID = Field(examples=["6f1c3a52-8a3c-4f5e-9a53-0d0f3f3f5a10"])
    account: int | None = Field(examples=[1])
    credential: int | None = Field(examples=[None])
    organisation: int | None = Field(examples=[4])
    terminal: str = Field(examples=["desk 3"])
    address: str = Field(examples=["10.0.0.3"])
    resident: int | None = Field(examples=[1204])
    card: int | None = Field(examples=[41])
    application: int | None = Field(examples=[88])
    rule: str = Field(examples=["written_loss"])
    article: str = Field(examples=["12(3)"])
    facts: dict[str, object] = Field(examples=[{"by": "holder"}])
    sealed: bool = Field(examples=[False])
    hash: str = Field(examples=["5A" * 32], description="SM3, as chained and anchored")


class FaultAnswer(Answer):
    """Where the audit is not what it was."""

    chain: int = Field(examples=[3])
    seq: int = Field(examples=[17], description="the first bad entry")
    what: str = Field(examples=["its body is not what was hashed"])


class VerdictAnswer(Answer):
    """What was read and found."""

    whole: bool = Field(examples=[True], description="nothing is wrong with what was read")
    complete: bool = Field(
        examples=[False], description="every entry was read, as `healthcard audit verify` does always"
    )
    entries: int = Field(examples=[8234], description="those that were read, the newest of each chain")
    anchors: int = Field(examples=[9], description="signed heads they were compared with")
    faults: list[FaultAnswer] = Field(examples=[[]])


@opens(router, "/search", Page[AuditEntryAnswer])
def search(request: Call, wanted: AuditBody) -> object:
    """Entries of acts in my part of the tree, the newest first; that I looked is an entry too."""
    asked = Wanted(**wanted.model_dump(exclude={"after", "limit"}))
    micros, number = (*paging.positions(wanted.after), 0)[:2] if wanted.after else (0, 0)
    after = (micros, number) if wanted.after else None
    found = audit_search.search(request.actor, asked, after=after, limit=wanted.limit)
    return {"items": found.entries, "next": paging.cursor(*found.after) if found.after else None}


@opens(router, "/check", VerdictAnswer)
def check(request: Call) -> object:
    """Read the newest entries of each chain and compare them with what the key service signed last."""
    return audit_search.verify(request.actor)
