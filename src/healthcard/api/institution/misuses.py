"""Reports that a card was lent, sold or used by somebody else; desks take them too."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from ninja import Router
from pydantic import Field

from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body, Words
from healthcard.api.institution.status import KeyBody
from healthcard.api.operations import acts
from healthcard.services.institutions import misuse
from healthcard.services.institutions.misuse import MisuseKind
from healthcard.services.institutions.status import Key

router = Router(tags=["misuses 转让转借"])


class ReportBody(Body):
    """Which card, and what was seen; the words are sealed for the card's home organisation."""

    card: KeyBody
    kind: MisuseKind = Field(examples=["lent"], description="转借 lent, 转让 sold, 拾得 found, 其他 other")
    seen: Words = Field(examples=["就诊人与持卡人年龄明显不符"], repr=False)


class ReportAnswer(Answer):
    """The report was taken; the holder has been told."""

    id: int = Field(examples=[9])
    at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])


@acts(router, "/misuses", ReportAnswer, status=HTTPStatus.CREATED)
def report(request: Call, what: ReportBody) -> object:
    """Report misuse of a card."""
    key = Key(what.card.issuer_code, what.card.issue_serial)
    return misuse.report(request.actor, key, kind=what.kind, seen=what.seen)
