"""Making cards (个人化, 第十一条): a planned card onto the chip in a reader, and settling one that was interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from healthcard.card.host.address import city_factor
from healthcard.card.host.ports import CardAddress, Transport
from healthcard.domain.permissions import Permission
from healthcard.keys.client import KeyClient
from healthcard.perso import application, execution, image, loads, script, settling
from healthcard.perso.application import Application
from healthcard.perso.image import CardImage
from healthcard.perso.issue import IssueData, security_code
from healthcard.perso.plan import Plan
from healthcard.perso.products import Recognised, recognise
from healthcard.perso.rehearsal import Rehearser
from healthcard.perso.results import RefusedChip, Result
from healthcard.services import residents
from healthcard.services.actor import Actor
from healthcard.services.bench import RackBench
from healthcard.services.errors import Conflict, NotFound
from healthcard.services.journal import Chip, DatabaseJournal
from healthcard.services.ports import given
from healthcard.storage.models import Card, CardLife, PersoJob, PersoState

CATEGORY = "1"  # 卡的类别 (item 1): ordinary card; no source gives the whole table (card.md 9)
OPEN = (PersoState.PLANNED, PersoState.WRITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What making cards takes: keys, and rehearsals on fresh virtual chips. Good for many cards, one at a time."""

    keys: KeyClient
    rehearser: Rehearser


@contextmanager
def workshop() -> Iterator[Workshop]:
    """Connections to the key service and the rack for as long as cards are made."""
    ports = given()
    with ports.keys() as keys, ports.rack() as rack:
        bench = RackBench(rack, keys)
        try:
            yield Workshop(keys=keys, rehearser=Rehearser(bench, keys))
        finally:
            bench.close()


def personalise(actor: Actor, card_id: int, reader: Transport, shop: Workshop) -> Result:
    """Make a planned card of the blank chip in `reader`. What comes of it is in the journal whatever happens.

    Raises NotFound, Conflict, UnknownCard, BadImage, BadPlan; nothing was written then.
    """
    actor.require(Permission.CARD_PERSONALISE)
    card = _card(card_id)
    chip = recognise(reader)
    rehearsed = shop.rehearser.rehearse(_plan(card, chip, shop.keys))
    job = _begin(actor, card_id)
    return execution.execute(rehearsed, reader, DatabaseJournal(job, _bound(chip)), shop.keys)


def settle(actor: Actor, card_id: int, reader: Transport, shop: Workshop) -> Result:
    """Ask the chip what became of an interrupted job, and finish or scrap it; raises as `personalise`."""
    actor.require(Permission.CARD_PERSONALISE)
    card = _card(card_id)
    job = PersoJob.objects.filter(card=card_id, state__in=OPEN).first()
    if job is None:
        raise Conflict("No job of this card is open: there is nothing to settle.")
    chip = recognise(reader)
    if card.product not in ("", chip.product.name):
        return RefusedChip(
            reason=f"this card was begun on a chip of {card.product}, this is one of {chip.product.name}"
        )
    rehearsed = shop.rehearser.rehearse(_plan(card, chip, shop.keys, _chip8(card)))
    return settling.settle(rehearsed, reader, DatabaseJournal(job.pk, _bound(chip)), shop.keys)


def image_of(card: Card, plan: Application) -> CardImage:
    """What shall be on `card` by the record and application plan `plan`: the same each time."""
    return image.build(residents.opened(card.resident_id), _issue(card), plan)


def _card(card_id: int) -> Card:
    card = Card.objects.select_related("issuer").filter(pk=card_id).first()
    if card is None:
        raise NotFound("There is no such card.")
    if card.life != CardLife.PLANNED:
        raise Conflict(f"This card is {CardLife(card.life).label}: it is made once only.")
    return card


def _begin(actor: Actor, card_id: int) -> int:
    """A job for the card, one at a time."""
    with transaction.atomic():
        card = Card.objects.select_for_update().get(pk=card_id)
        if card.life != CardLife.PLANNED:
            raise Conflict(f"This card is {CardLife(card.life).label}: it is made once only.")
        if card.jobs.filter(state__in=OPEN).exists():
            raise Conflict("A job of this card is open: settle it with the same chip first.")
        return PersoJob.objects.create(card=card, operator_id=actor.account).pk


def _chip8(card: Card) -> bytes | None:
    return None if card.chip8 is None else bytes(card.chip8)


def _plan(card: Card, chip: Recognised, keys: KeyClient, chip8: bytes | None = None) -> Plan:
    """The plan for this card on this chip (or the chip it was begun on): the same each time."""
    program = application.load(chip.product.application)
    address = CardAddress(chip=chip8 or chip.chip8, city=city_factor(card.city), version=card.key_version)
    wanted = loads.loads(chip.product, program.layout, program.keys, program.pin)
    return script.compile_plan(
        image_of(card, program),
        chip.product,
        address,
        keys.wrap(chip.product.name, wanted, [address])[0],
        keys.check_values(program.keys, address),
    )


def _issue(card: Card) -> IssueData:
    return IssueData(
        issuer_name=card.issuer.name,
        issuer_code=card.issuer_code,
        issuer_certificate=bytes(card.issuer.certificate),
        issue_date=card.issued_on,
        expiry=card.valid_until,
        serial=card.issue_serial,
        city_code=card.city,
        category=CATEGORY,
        security_code=security_code(card.issuer_code, card.issue_serial),
    )


def _bound(chip: Recognised) -> Chip:
    program: Application = application.load(chip.product.application)
    return Chip(
        product=chip.product.name,
        layout=program.layout.name,
        application_plan=f"{program.name} {program.version}",
        chip8=chip.chip8,
        answer_to_reset=chip.answer.raw,
    )
