"""Logged verification for a purpose, with the chip's own proof where a reader is there."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from ninja import Router
from pydantic import Field, StringConstraints

from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body
from healthcard.api.institution.status import KeyBody, StatusAnswer
from healthcard.api.operations import opens
from healthcard.domain.purposes import Purpose
from healthcard.services.institutions import presence, verification
from healthcard.services.institutions.presence import Presence
from healthcard.services.institutions.status import Key

router = Router(tags=["verifications 核验"])

Step = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]
ChallengeText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
AnswerText = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{16}$")]
ResetText = Annotated[str, StringConstraints(pattern=r"^([0-9A-Fa-f]{2}){2,33}$")]


class ChipBody(Body):
    """A card by its chip: what it answered to a reset."""

    answer_to_reset: ResetText = Field(examples=["3B88800100F18601000000072E"])


class PresenceBody(Body):
    """The challenge, and the 8 bytes that the chip answered to the last command."""

    challenge: ChallengeText = Field(examples=["5f0c1d2e3a4b59687786a5b4c3d2e1f0"])
    answer: AnswerText = Field(examples=["0123456789ABCDEF"])


class VerificationBody(Body):
    """Which card, for what (docs/reasons.md lists purposes with their steps)."""

    card: KeyBody | ChipBody
    purpose: Purpose = Field(
        examples=["treatment"], description="预防 prevention, 医疗 treatment, 保健 care, 康复 rehabilitation"
    )
    step: Step = Field(examples=["registration"])
    presence: PresenceBody | None = Field(None, examples=[None])


class VerificationAnswer(StatusAnswer):
    """The status of the card, as it was logged."""

    present: bool = Field(examples=[False], description="the chip itself answered a challenge of ours")


class ChallengeBody(Body):
    """For which card."""

    card: KeyBody | ChipBody


class ChallengeAnswer(Answer):
    """Send the commands to the chip in order (61xx: GET RESPONSE) and hand its last answer in, once, in time."""

    challenge: str = Field(examples=["5f0c1d2e3a4b59687786a5b4c3d2e1f0"])
    commands: list[str] = Field(
        examples=[["00A40000023F00", "00A4000002DDF1", "00880000105F0C1D2E3A4B59687786A5B4C3D2E1F0"]]
    )
    expires: datetime = Field(examples=["2026-11-23T09:31:00+08:00"])


@opens(router, "/verifications", VerificationAnswer)
def verify(request: Call, asked: VerificationBody) -> object:
    """Whether a card may be used now for a purpose; the question is logged and its holder may see it."""
    return verification.verify(
        request.actor, _key(request, asked.card), asked.purpose, asked.step, _presence(asked.presence)
    )


@opens(router, "/challenges", ChallengeAnswer, status=HTTPStatus.CREATED)
def challenge(request: Call, asked: ChallengeBody) -> object:
    """A challenge for the chip of a card: proof that the card itself is there."""
    return presence.ask(request.actor, _key(request, asked.card))


def _key(request: Call, card: KeyBody | ChipBody) -> Key:
    if isinstance(card, KeyBody):
        return Key(card.issuer_code, card.issue_serial)
    return verification.of_chip(request.actor, bytes.fromhex(card.answer_to_reset))


def _presence(given: PresenceBody | None) -> Presence | None:
    if given is None:
        return None
    return Presence(challenge=bytes.fromhex(given.challenge), answer=bytes.fromhex(given.answer))
