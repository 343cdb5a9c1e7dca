"""The register of returned cards (第十三条): what a desk keeps, and the certificates of what was destroyed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from healthcard.domain.calendar import day_of
from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk.recovery import Certificate, anywhere, kept_at
from healthcard.services.errors import Invalid, NotFound
from healthcard.storage.models import CardEvent, Recovery


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A returned chip: its receipt, its first witness (account) where it is set aside, its end."""

    id: int
    card: int
    issuer_code: str
    issue_serial: str
    receipt: str
    received_at: datetime
    chip_end: str
    witness: int | None
    destroyed_at: datetime | None
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedPage:
    """One page of the register; `after` is what to ask for next (None = the end)."""

    chips: tuple[Returned, ...]
    after: int | None


def listed(actor: Actor, *, after: int | None = None, limit: int = 50) -> ReturnedPage:
    """What the actor's desk took in, whoever issued it, the newest first."""
    anywhere(actor).require(Permission.CARD_VIEW)
    rows = kept_at(actor.organisation).order_by("-id")
    found = list((rows.filter(pk__lt=after) if after else rows)[: limit + 1])
    actor.require(Permission.CARD_VIEW)
    following = found[limit - 1].pk if len(found) > limit else None
    return ReturnedPage(chips=tuple(map(_returned, found[:limit])), after=following)


def one(actor: Actor, card_id: int) -> Returned:
    """A card that the actor's desk took in, whoever issued it; raises NotFound."""
    anywhere(actor).require(Permission.CARD_VIEW)
    found = kept_at(actor.organisation).filter(card=card_id).first()
    actor.require(Permission.CARD_VIEW)
    if found is None:
        raise NotFound("This desk keeps no such returned card.")
    return _returned(found)


def certificate(actor: Actor, digest: str) -> Certificate:
    """The certificate with this digest (64 hexadecimal digits), made by the actor's desk; raises Invalid, NotFound."""
    try:
        wanted = bytes.fromhex(digest)
    except ValueError as error:
        raise Invalid("digest", "须为十六进制", "hexadecimal digits, as the act of destruction told them") from error
    anywhere(actor).require(Permission.CARD_VIEW)
    here = CardEvent.objects.filter(event="destroyed", organisation=actor.organisation).values("card")
    rows = Recovery.objects.select_related("card").filter(certificate=wanted, card__in=here)
    found = list(rows.order_by("card__resident", "pk"))
    actor.require(Permission.CARD_VIEW)
    if not found:
        raise NotFound("This desk made no such certificate.")
    return _certificate(actor.organisation, found)


def _certificate(organisation: int, rows: list[Recovery]) -> Certificate:
    one = rows[0]
    if one.destroyed_at is None:
        raise NotFound("This desk made no such certificate.")
    return Certificate(
        organisation=organisation,
        day=day_of(one.destroyed_at),
        chips=tuple((row.card.issuer_code, row.card.issue_serial, row.receipt) for row in rows),
        witnesses=(one.witness_id or 0, one.second_witness_id or 0),
    )


def _returned(row: Recovery) -> Returned:
    return Returned(
        id=row.pk,
        card=row.card_id,
        issuer_code=row.card.issuer_code,
        issue_serial=row.card.issue_serial,
        receipt=row.receipt,
        received_at=row.received_at,
        chip_end=row.card.chip_end,
        witness=row.witness_id,
        destroyed_at=row.destroyed_at,
        certificate="" if row.certificate is None else bytes(row.certificate).hex().upper(),
    )
