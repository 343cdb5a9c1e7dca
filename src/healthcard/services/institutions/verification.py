"""Logged verification: an institution asks whether a card may be used, for what, and what it was told is kept.

Hospitals ask at every step of every visit: one statement looks the card up, judges it and writes the log, without a
cache, so nothing that was frozen before the question began is told to be good (I-10, I-44). The log of verifications is
the audit of these questions: it is written once and its rows name the card's version; the holder may have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from healthcard.card.wire import answer as wire_answer
from healthcard.card.wire.errors import MalformedAnswer
from healthcard.domain.lifecycle import Usability, require
from healthcard.domain.permissions import NotAllowed, Permission
from healthcard.domain.purposes import STEPS, Purpose
from healthcard.perso import products
from healthcard.services import scope
from healthcard.services.actor import Actor
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.institutions import presence
from healthcard.services.institutions.presence import Presence
from healthcard.services.institutions.status import Key
from healthcard.storage import statements
from healthcard.storage.models import Resident, Verification

PAGE = 50

Given = Mapping[str, str | int | bool | bytes | None]  # to the one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What the institution is told, and what was logged: `present` says that the chip itself was there."""

    issuer_code: str
    issue_serial: str
    usable: bool
    reason: str
    version: int
    as_of: datetime
    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One line of the log as its holder sees it."""

    id: int
    at: datetime
    organisation: str
    issuer_code: str
    issue_serial: str
    purpose: str
    step: str
    usable: bool
    reason: str
    present: bool


def verify(actor: Actor, key: Key, purpose: Purpose, step: str, shown: Presence | None = None) -> Verified:
    """Ask about the card of this key and log it; with `shown`, whether its chip was there.

    Raises NotAllowed, NotFound, Invalid, and TransitionRefused for a challenge that does not stand.
    """
    _require(actor, purpose, step)
    proven = shown is not None and presence.proven(actor, key, shown)
    nonce = None if shown is None else shown.challenge
    given: Given = {"code": key.issuer_code, "serial": key.issue_serial, "present": proven, "nonce": nonce}
    asked: Given = {
        "organisation": actor.organisation,
        "credential": actor.credential,
        "purpose": purpose.value,
        "step": step,
    }
    if nonce is None:
        return _answer({**given, **asked})
    try:
        with transaction.atomic():
            return _answer({**given, **asked})
    except IntegrityError:  # the question was answered before: a challenge is good once, for a wrong answer too
        require("challenge_stands", holds=False)
        raise


def of_chip(actor: Actor, answer_to_reset: bytes) -> Key:
    """The key of the card whose chip answers a reset like this; raises NotAllowed, NotFound."""
    if not actor.may(Permission.VERIFY):
        raise NotAllowed(actor.name, Permission.VERIFY)
    scope.limit(scope.EVERYBODY)
    names, chips = _candidates(answer_to_reset)
    found = statements.fetch(_CHIP, [names, chips])
    if len(found) != 1:  # two products may share a serial: then the card's own files have to tell which it is
        raise NotFound("There is no such card.")
    return Key(*found[0])


_CHIP = """
    SELECT card.issuer_code, card.issue_serial
    FROM unnest(%s::text[], %s::bytea[]) AS chip (product, chip8)
    JOIN card ON card.product = chip.product AND card.chip8 = chip.chip8"""


def of_resident(actor: Actor, resident_id: int, *, after: int | None = None, limit: int = PAGE) -> tuple[Asked, ...]:
    """Who asked about somebody's cards and for what, the newest first (I-48); raises NotAllowed, NotFound."""
    actor.require(Permission.RESIDENT_VIEW)
    if not Resident.objects.filter(pk=resident_id).exists():
        raise NotFound("There is no such person on file.")
    rows = Verification.objects.filter(card__resident=resident_id).select_related("card", "organisation")
    rows = (rows.filter(pk__lt=after) if after else rows).order_by("-pk")
    return tuple(map(_asked, rows[:limit]))


def _require(actor: Actor, purpose: Purpose, step: str) -> None:
    if not actor.may(Permission.VERIFY):
        raise NotAllowed(actor.name, Permission.VERIFY)
    if step not in STEPS[purpose]:
        known = ", ".join(STEPS[purpose])
        raise Invalid("step", f"此用途没有这一环节；可用：{known}", f"this purpose has no such step, it has {known}")
    scope.limit(scope.EVERYBODY)  # every hospital serves every holder


def _answer(given: Given) -> Verified:
    rows = statements.fetch(_LOGGED, given)
    if not rows:
        raise NotFound("There is no such card.")
    code, serial, reason, version, as_of = rows[0]
    return Verified(
        issuer_code=code,
        issue_serial=serial,
        usable=reason == Usability.USABLE,
        reason=reason,
        version=version,
        as_of=as_of,
        present=bool(given["present"]),
    )


# One moment for all of it, and one snapshot, taken after the question arrived.
_LOGGED = """
    WITH asked AS (
        SELECT id, issuer_code, issue_serial, version, unusable_because(card, statement_timestamp()) AS reason
        FROM card WHERE issuer_code = %(code)s AND issue_serial = %(serial)s
    ), logged AS (
        INSERT INTO verification (card_id, card_version, organisation_id, credential_id, purpose, step, usable, reason,
            present, nonce, started, at)
        SELECT id, version, %(organisation)s::bigint, %(credential)s::bigint, %(purpose)s::text, %(step)s::text,
            reason = 'usable', reason, %(present)s::boolean, %(nonce)s::bytea,
            statement_timestamp(), statement_timestamp()
        FROM asked
    )
    SELECT issuer_code, issue_serial, reason, version, statement_timestamp() FROM asked"""


def _candidates(answer_to_reset: bytes) -> tuple[list[str], list[bytes]]:
    """Products whose chips answer so, and CHIP8 as each of them counts it; raises NotFound for no health card."""
    try:
        answer = wire_answer.parse(answer_to_reset)
    except MalformedAnswer as error:
        raise NotFound("There is no such card.") from error
    fitting = [product for product in products.products().values() if product.answer.fits(answer)]
    return [product.name for product in fitting], [answer.chip8(product.factor) for product in fitting]


def _asked(row: Verification) -> Asked:
    return Asked(
        id=row.pk,
        at=row.at,
        organisation=row.organisation.name,
        issuer_code=row.card.issuer_code,
        issue_serial=row.card.issue_serial,
        purpose=row.purpose,
        step=row.step,
        usable=row.usable,
        reason=row.reason,
        present=row.present,
    )
