"""Proof of presence: the chip itself answers a question of ours, so nobody passes with a number or a copy (I-47).

An institution gets a question, its terminal has the chip answer it (INTERNAL AUTHENTICATE), and hands the answer in
with a verification. A question is for one card and one machine, good once and for a short time; the key stays in the
key service.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from healthcard.card.host.address import city_factor
from healthcard.card.host.authentication import CardKey, expected_answer, question
from healthcard.card.host.place import ROOT, way
from healthcard.card.host.ports import CardAddress
from healthcard.card.wire import layout
from healthcard.card.wire.apdu import Command
from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.services import ports
from healthcard.services.actor import Actor
from healthcard.services.institutions import institution
from healthcard.services.institutions.status import Key
from healthcard.storage import statements
from healthcard.storage.models import Card, CardLife, Challenge

BYTES = 16
LIFE = timedelta(seconds=60)  # a terminal needs one; a courier with the chip elsewhere needs more
_NAME = "IRK_DDF1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the terminal sends to the chip, in order, as hexadecimal APDUs; the last one's 8 bytes are the answer."""

    challenge: str
    commands: tuple[str, ...]
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """A question (16 bytes) and what the chip answered (8 bytes)."""

    challenge: bytes
    answer: bytes


def ask(actor: Actor, key: Key) -> Question:
    """A question for the chip of this card. Raises NotAllowed, NotFound, TransitionRefused where no chip is known."""
    with institution.looking(actor, Permission.VERIFY):
        card = institution.found(key)
        require("chip_known", card.chip8 is not None and card.life != CardLife.SCRAPPED)
        row = Challenge.objects.create(
            nonce=secrets.token_bytes(BYTES),
            credential_id=actor.credential,
            organisation_id=actor.organisation,
            card_id=card.pk,
        )
        commands = tuple(each.encode().hex().upper() for each in _commands(card, bytes(row.nonce)))
        return Question(challenge=bytes(row.nonce).hex(), commands=commands, expires=row.at + LIFE)


def proven(actor: Actor, key: Key, shown: Presence) -> bool:
    """Whether the chip of this very card gave this answer; raises TransitionRefused unless the question stands.

    That it was used before is told by the verification that carries it: the database takes a question once.
    """
    given = [shown.challenge, actor.organisation, actor.credential, *key, LIFE.total_seconds()]
    rows = statements.fetch(_ASKED, given)
    require("challenge_stands", bool(rows))
    chip8, city, version, plan = rows[0]
    address = CardAddress(chip=bytes(chip8), city=city_factor(city), version=version)
    asked = CardKey(name=_NAME, kid=layout.load(plan).key(_NAME).kid, card=address)
    with ports.given().keys() as keys:
        return hmac.compare_digest(expected_answer(keys, asked, shown.challenge), shown.answer)


_ASKED = """
    SELECT card.chip8, card.city, card.key_version, card.layout
    FROM challenge JOIN card ON card.id = challenge.card_id
    WHERE challenge.nonce = %s AND challenge.organisation_id = %s
        AND challenge.credential_id IS NOT DISTINCT FROM %s::bigint AND card.issuer_code = %s AND card.issue_serial = %s
        AND challenge.at > clock_timestamp() - %s * interval '1 second'"""


def _commands(card: Card, nonce: bytes) -> tuple[Command, ...]:
    """From wherever the chip stands to the directory of the key, then the question."""
    shape = layout.load(card.layout)
    key = shape.key(_NAME)
    steps = (shape.directory(ROOT), *way(shape, ROOT, key.directory))
    selects = (Command(cla=0, ins=0xA4, data=step.fid.to_bytes(2, "big")) for step in steps)
    return (*selects, question(key.kid, nonce))
