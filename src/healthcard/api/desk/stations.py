"""The readers on desks: pairing a PC, sitting at it, what it and we tell each other; acts on the card in it.

`healthcard-station` is the program at the other end (docs/stations.md).
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPMethod, HTTPStatus
from typing import Annotated, Literal

from ninja import Path, Router
from pydantic import Field, StringConstraints

from healthcard.api.authentication import Call, address
from healthcard.api.desk.card_sessions import OpenBody
from healthcard.api.fields import LARGEST_ID, Answer, Body, Id, Number, PathId, Word
from healthcard.api.operations import acts, opens, reads
from healthcard.services.desk import reader_acts, stations
from healthcard.services.line.client import line
from healthcard.services.line.signatures import Envelope

router = Router(tags=["stations 读写站"])

Hex64 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Code = Annotated[str, StringConstraints(min_length=8, max_length=12, pattern=r"^[0-9A-Za-z -]*$")]
ReaderActId = Annotated[str, Path(min_length=20, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]


class InvitationAnswer(Answer):
    """The code to type at the PC."""

    code: str = Field(examples=["7KQ4-9MXP"])
    until: datetime = Field(examples=["2026-11-23T09:10:00+08:00"])


class PairBody(Body):
    """The code as it was typed, what the station shall be called, and what we have to prove ourselves by."""

    code: Code = Field(examples=["7KQ4-9MXP"], repr=False)
    name: Word = Field(examples=["三号窗口"], max_length=60)
    challenge: Hex64 = Field(examples=["ab" * 32])


class PairedAnswer(Answer):
    """The secret both sides sign with from now on, told this once."""

    station: int = Field(examples=[3])
    secret: str = Field(examples=["5a" * 32])
    proof: str = Field(examples=["0f" * 32], description="HMAC-SHA-256 with the code over challenge, station, secret")


class SignedBody(Body):
    """A station's message, and its signature over all the rest."""

    station: Id = Field(examples=[3])
    epoch: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{0,32}$")] = Field(examples=[""])
    counter: Annotated[Number, Field(ge=1, le=LARGEST_ID)] = Field(examples=[1])
    message: Annotated[str, StringConstraints(max_length=400_000)] = Field(
        examples=['{"say": "poll", "readers": [], "busy": []}'], repr=False
    )
    mac: Hex64 = Field(examples=["0f" * 32])


class SignedAnswer(Answer):
    """Our answer, signed for that very message."""

    message: str = Field(examples=['{"say": "wait", "seconds": 10.0}'])
    proof: str = Field(examples=["0f" * 32])


class ReaderAnswer(Answer):
    """One reader, and whether a card lies in it."""

    name: str = Field(examples=["ACS ACR1281 1S Dual Reader 00 00"])
    card: bool = Field(examples=[True])


class StationAnswer(Answer):
    """One station of the desk."""

    id: int = Field(examples=[3])
    name: str = Field(examples=["三号窗口"])
    mine: bool = Field(examples=[True])
    taken_by: str = Field(examples=["周敏"])
    last_seen: datetime | None = Field(examples=["2026-11-23T09:00:00+08:00"])
    there: bool = Field(examples=[True])
    readers: list[ReaderAnswer]


class StartedAnswer(Answer):
    """An act that was begun on the card in one's reader."""

    id: str = Field(examples=["Zm9vYmFyYmF6cXV4MDEyMzQ1"])


class ProgressAnswer(Answer):
    """How it stands, in words for the clerk."""

    state: Literal["waiting", "running", "done", "failed"] = Field(examples=["running"])
    words_zh: str = Field(examples=["写入 37/96，请勿取卡"])
    words_en: str = Field(examples=["Writing 37/96, leave the card in"])
    done: int = Field(examples=[37])
    total: int = Field(examples=[96])
    act: str = Field(examples=["personalise"])
    again: str = Field(examples=["settle making"], description="the act that goes on where this one stopped")
    result: dict[str, object] | None = Field(None, examples=[None])


@reads(router, "/stations", list[StationAnswer])
def listed(request: Call) -> object:
    """The stations of one's organisation, one's own first."""
    return stations.of(request.actor)


@opens(router, "/stations/invitations", InvitationAnswer, status=HTTPStatus.CREATED)
def invited(request: Call) -> object:
    """A code by which a PC becomes a station; good once, for ten minutes."""
    return stations.invite(request.actor)


@opens(router, "/stations", PairedAnswer, status=HTTPStatus.CREATED, public=True)
def paired(request: Call, new: PairBody) -> object:
    """Pair the PC at which the code was typed."""
    return stations.pair(new.code, new.name, new.challenge, address=address(request))


@opens(router, "/stations/messages", SignedAnswer, public=True)
def heard(request: Call, said: SignedBody) -> object:
    """What a station says, and what we answer; both signed with the secret of its pairing (docs/stations.md)."""
    return line().heard(Envelope(**said.model_dump()))


@acts(router, "/stations/{station}/seat", None, status=HTTPStatus.NO_CONTENT, method=HTTPMethod.PUT)
def seated(request: Call, station: PathId) -> None:
    """Sit at it: one's acts on cards go to its readers."""
    stations.sit(request.actor, station)


@acts(router, "/stations/{station}/closing", None, status=HTTPStatus.NO_CONTENT)
def closed(request: Call, station: PathId) -> None:
    """It is no station any more."""
    stations.close(request.actor, station)


@opens(router, "/reader-acts", StartedAnswer, status=HTTPStatus.CREATED)
def started(request: Call, new: OpenBody) -> object:
    """Begin an act on the card in one's reader; begun twice it is one."""
    return {"id": reader_acts.start(request.actor, new.act, new.arguments)}


@reads(router, "/reader-acts/{session}", ProgressAnswer)
def shown(request: Call, session: ReaderActId) -> object:
    """How it stands."""
    return reader_acts.progress(request.actor, session)


@opens(router, "/reader-acts/{session}/stop", None, status=HTTPStatus.NO_CONTENT)
def stopped(request: Call, session: ReaderActId) -> None:
    """Give it up; what was written stands in the journal."""
    reader_acts.stop(request.actor, session)
