"""Chips of ended cards (第十三条): taken in at any desk, locked or listed, destroyed by two people with a certificate.

Locking one in a reader is the card session `lock returned`.
"""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated

from ninja import Path, Query, Router
from pydantic import Field, StringConstraints

from healthcard.api import paging
from healthcard.api.authentication import Call
from healthcard.api.desk.issuing import ReasonBody
from healthcard.api.fields import Answer, Body, Id, PathId
from healthcard.api.operations import acts, opens, reads
from healthcard.api.paging import Page, PageQuery
from healthcard.services.desk import recovery, returned_chips

router = Router(tags=["returned chips 回收"])

Digest = Annotated[str, Path(pattern=r"^[0-9A-Fa-f]{64}$")]


class PrintedBody(Body):
    """What is printed on a card."""

    issuer_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{22}$")] = Field(
        examples=["9900000000000000000099"]
    )
    issue_serial: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")] = Field(examples=["0000000007"])


class CardIdAnswer(Answer):
    """A card's id."""

    card: int = Field(examples=[41])


class CardBody(Body):
    """Which card came back."""

    card: Id = Field(examples=[41])


class CardsBody(Body):
    """Which returned cards."""

    cards: list[Id] = Field(examples=[[41, 42]], min_length=1, max_length=500)


class ReceiptAnswer(Answer):
    """What whoever brought the card gets (回收回执)."""

    card: int = Field(examples=[41])
    number: str = Field(examples=["HS202611230000000041"])
    day: date = Field(examples=["2026-11-23"])


class ReturnedChipAnswer(Answer):
    """A chip in this desk's register; `witness` has set it aside for destruction."""

    id: int = Field(examples=[3])
    card: int = Field(examples=[41])
    issuer_code: str = Field(examples=["9900000000000000000099"])
    issue_serial: str = Field(examples=["0000000007"])
    receipt: str = Field(examples=["HS202611230000000041"])
    received_at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    chip_end: str = Field(examples=["locked"], description="none, locked, listed or destroyed")
    witness: int | None = Field(examples=[None])
    destroyed_at: datetime | None = Field(examples=[None])
    certificate: str = Field(examples=[""], description="digest of the certificate, 64 hexadecimal digits")


class CertificateAnswer(Answer):
    """Chips destroyed together (销毁证明): issuer code, issue serial and receipt of each, and before whom."""

    organisation: int = Field(examples=[4])
    day: date = Field(examples=["2026-11-23"])
    chips: list[tuple[str, str, str]] = Field(
        examples=[[["9900000000000000000099", "0000000007", "HS202611230000000041"]]]
    )
    witnesses: tuple[int, int] = Field(examples=[[1, 3]])
    digest: str = Field(examples=["5A" * 32])


@opens(router, "/cards/search", CardIdAnswer)
def found(request: Call, printed: PrintedBody) -> object:
    """The card with this serial, wherever it was issued: for whoever has it in his hands."""
    return {"card": recovery.found(request.actor, printed.issuer_code, printed.issue_serial)}


@reads(router, "/returned-chips", Page[ReturnedChipAnswer])
def listed(request: Call, page: Annotated[PageQuery, Query()]) -> object:
    """What my desk took in, the newest first."""
    rows = returned_chips.listed(request.actor, after=page.position, limit=page.limit)
    return {"items": rows.chips, "next": paging.following(rows.after)}


@acts(router, "/returned-chips", ReceiptAnswer, status=HTTPStatus.CREATED)
def received(request: Call, returned: CardBody) -> object:
    """Take in the chip of an ended card that somebody brings or that was found."""
    return recovery.receive(request.actor, returned.card)


@acts(router, "/cards/{card}/black-listing", None, status=HTTPStatus.NO_CONTENT)
def black_listed(request: Call, card: PathId, why: ReasonBody) -> None:
    """Black-list a returned card that no reader can read, and so cannot be locked."""
    recovery.list_unreadable(request.actor, card, why.reason)


@acts(router, "/returned-chips/set-aside", None, status=HTTPStatus.NO_CONTENT)
def set_aside(request: Call, chips: CardsBody) -> None:
    """Set returned chips aside for destruction, as its first witness."""
    recovery.propose_destruction(request.actor, chips.cards)


@acts(router, "/returned-chips/destruction", CertificateAnswer, status=HTTPStatus.CREATED)
def destroyed(request: Call, chips: CardsBody) -> object:
    """Destroy chips that another person set aside, as the second witness."""
    return _told(recovery.destroy(request.actor, chips.cards))


@reads(router, "/returned-chips/certificates/{digest}", CertificateAnswer)
def certificate(request: Call, digest: Digest) -> object:
    """The certificate of a destruction at my desk."""
    return _told(returned_chips.certificate(request.actor, digest))


def _told(made: recovery.Certificate) -> CertificateAnswer:
    return CertificateAnswer(
        organisation=made.organisation,
        day=made.day,
        chips=list(made.chips),
        witnesses=made.witnesses,
        digest=made.digest.hex().upper(),
    )
