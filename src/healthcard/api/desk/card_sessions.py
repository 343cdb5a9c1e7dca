"""An act on a card that lies in a reader elsewhere, over plain HTTP, step by step (docs/card-session.md)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from ninja import Path, Router
from pydantic import Field, StringConstraints

from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body, Flag, Number, Whole, Word
from healthcard.api.idempotent import key
from healthcard.api.operations import opens, reads
from healthcard.services import ports
from healthcard.services.line.client import LineClient
from healthcard.services.line.devices import PICTURE

router = Router(tags=["card sessions 卡片会话"])

SessionId = Annotated[str, Path(min_length=20, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
StepNumber = Annotated[Whole, Path(ge=1, le=100_000)]
DeviceText = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z_]+$")]
Response = Annotated[str, StringConstraints(min_length=4, max_length=4096, pattern=r"^([0-9A-Fa-f]{2})*$")]


class OpenBody(Body):
    """Which act, on what. `arguments` are the act's own (docs/card-session.md): most want `card`, its id."""

    act: Word = Field(examples=["look"], max_length=40)
    arguments: dict[Annotated[str, StringConstraints(max_length=40)], Number | Flag | Word | list[Word]] = Field(
        default_factory=dict, examples=[{"card": 41}], max_length=20, repr=False
    )


class StepBody(Body):
    """What became of a step: the responses as the card gave them, what a device told, or why the card is gone."""

    responses: list[Response] = Field(default_factory=list, examples=[["9000"]], max_length=300)
    told: dict[DeviceText, Annotated[str, StringConstraints(max_length=PICTURE)]] = Field(
        default_factory=dict, examples=[{}], max_length=10, repr=False
    )
    gone: Annotated[str, StringConstraints(max_length=200)] = Field("", examples=[""])


class CommandAnswer(Answer):
    """One command APDU; go on after a status word that fits one of `expect` (x is any digit)."""

    apdu: str = Field(examples=["00A4000002EF05"])
    expect: list[str] = Field(examples=[["9000", "61xx"]])


class StepAnswer(Answer):
    """What the station has to do now."""

    number: int = Field(examples=[2])
    kind: Literal["reset", "run", "pad", "identity_card", "camera", "signature"] = Field(examples=["run"])
    commands: list[CommandAnswer] = Field(default_factory=list)


class CardSessionAnswer(Answer):
    """Where a card session stands."""

    session: str = Field(examples=["Zm9vYmFyYmF6cXV4MDEyMzQ1"])
    act: str = Field(examples=["look"])
    state: Literal["step", "working", "ended"] = Field(examples=["step"])
    step: StepAnswer | None = None
    result: dict[str, object] | None = Field(None, examples=[None], description="what came of the act, when ended")


@opens(router, "", CardSessionAnswer, status=HTTPStatus.CREATED, keyed=True)
def opened(request: Call, new: OpenBody) -> object:
    """Begin an act on the card in the station's reader; the same key finds the same session."""
    return _line().open(request.actor, new.act, new.arguments, key(request))


@reads(router, "/{session}", CardSessionAnswer)
def shown(request: Call, session: SessionId) -> object:
    """Where the session stands, and the step that is due."""
    return _line().status(request.actor, session)


@opens(router, "/{session}/steps/{number}", CardSessionAnswer)
def answered(request: Call, session: SessionId, number: StepNumber, done: StepBody) -> object:
    """Hand in what became of a step; the same answer again changes nothing."""
    told = done.model_dump(exclude_defaults=True)
    return _line().answer(request.actor, session, number, told)


def _line() -> LineClient:
    return LineClient(ports.given().line)
