"""The chip and the record, side by side: does a card hold, byte for byte, what the record says (第十一条)."""

from __future__ import annotations

from healthcard.card.host.address import city_factor
from healthcard.card.host.ports import CardAddress, Transport
from healthcard.card.host.session import CardSession
from healthcard.domain.permissions import Permission
from healthcard.keys.client import KeyClient
from healthcard.perso import application, verification
from healthcard.perso.products import recognise
from healthcard.perso.upkeep.business import BASIC, VISITS
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.services.workshop.cards import unfinished
from healthcard.services.workshop.making import image_of
from healthcard.storage.models import Card, CardLife

BUSINESS = (BASIC, VISITS)  # what a card that took another's place was given beyond its making


def compare(actor: Actor, card_id: int, reader: Transport, keys: KeyClient) -> tuple[str, ...]:
    """What the chip in `reader` holds otherwise than the record of this card, in words without content; () = nothing.

    Reads every file by its own key and has the chip prove itself; business data moved to it from another card are not
    compared, the move read them back. Raises NotFound, Conflict, CardError.
    """
    actor.require(Permission.CARD_READ_CHIP)
    card = Card.objects.select_related("issuer").filter(pk=card_id).first()
    if card is None:
        raise NotFound("There is no such card.")
    if card.life not in (CardLife.MADE, CardLife.ISSUED) or card.chip8 is None:
        raise unfinished(card)
    chip = recognise(reader)
    if chip.chip8 != bytes(card.chip8):
        return ("another card's chip lies in the reader",)
    plan = application.load(chip.product.application)
    address = CardAddress(chip=chip.chip8, city=city_factor(card.city), version=card.key_version)
    session = CardSession(reader, plan.layout, keys, address)
    session.reset()
    but = BUSINESS if card.transfers_in.filter(closed_at__isnull=False).exists() else ()
    return tuple(fault.what for fault in verification.after_end(session, image_of(card, plan), but=but))
