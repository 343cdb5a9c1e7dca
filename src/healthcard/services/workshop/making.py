"""Making cards (个人化, 第十一条): a planned card onto the chip in a reader, and settling one that was interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from django.db import transaction

from healthcard.card.host.address import city_factor
from healthcard.card.host.ports import CardAddress, Transport
from healthcard.domain.lifecycle.states import called
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Resident
from healthcard.keys.client import KeyClient
from healthcard.perso import application, execution, image, loads, script, settling
from healthcard.perso.application import Application
from healthcard.perso.errors import BadImage, BadPlan, BadScript, BlockedCard
from healthcard.perso.image import CardImage
from healthcard.perso.issue import IssueData, security_code
from healthcard.perso.journal import JobState
from healthcard.perso.ledger import FLOOR, surely_left
from healthcard.perso.plan import Plan
from healthcard.perso.products import Recognised, products, recognise
from healthcard.perso.rehearsal import Rehearser
from healthcard.perso.results import Held, RefusedChip, Result
from healthcard.services.acting import clock
from healthcard.services.actor import Actor
from healthcard.services.admission import gates
from healthcard.services.admission.gates import Case
from healthcard.services.authority import parameters
from healthcard.services.errors import Conflict, NotFound
from healthcard.services.exclusion import alone_with
from healthcard.services.people import residents
from healthcard.services.ports import given
from healthcard.services.second_person import require_not_own
from healthcard.services.workshop import journal
from healthcard.services.workshop.bench import RackBench
from healthcard.services.workshop.journal import Chip, DatabaseJournal
from healthcard.storage.models import Card, CardKind, CardLife, PersoJob, PersoState

SCRAP = "The card cannot be finished any more: scrap it and plan another one."
OPEN = (PersoState.PLANNED, PersoState.WRITING)
_GATES = {Permission.CARD_PERSONALISE: "make", Permission.CARD_MAKE_TEMPORARY: "make_at_desk"}


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

    Raises NotAllowed, NotFound, TransitionRefused, Conflict, UnknownCard, BadImage, BadPlan; nothing was written then.
    """
    permission = _require(actor, card_id)
    with _alone_with_card(card_id):
        card = _card(card_id)
        chip = recognise(reader)
        with _alone_with_chip(chip):
            _refuse_used(card_id, chip)
            _require_supplied(actor, card, chip, permission)
            rehearsed = shop.rehearser.rehearse(_plan(card, chip, shop.keys))
            job = _begin(actor, card_id)
            return execution.execute(
                rehearsed, reader, DatabaseJournal(actor, job, _bound(chip), permission), shop.keys
            )


def settle(actor: Actor, card_id: int, reader: Transport, shop: Workshop) -> Result:
    """Ask the chip what became of an interrupted job, and finish or scrap it; raises as `personalise`.

    Held when the card cannot be planned any more as it was begun: then only `scrap` is left.
    """
    permission = _require(actor, card_id)
    with _alone_with_card(card_id):
        card, job = _card(card_id), _open_job(card_id, "settle")
        try:
            chip = recognise(reader)
        except BlockedCard as blocked:
            return _blocked(card, blocked)
        if reason := _another(card, chip):
            return RefusedChip(reason=reason)
        with _alone_with_chip(chip):
            if job.plan_digest is None:
                _refuse_used(card_id, chip)
            try:
                rehearsed = shop.rehearser.rehearse(_plan_as_begun(job, card, chip, shop.keys))
            except (BadImage, BadPlan, BadScript) as error:
                return Held(reason=f"{error} {SCRAP}")
            kept = DatabaseJournal(actor, job.pk, _bound(chip), permission)
            return settling.settle(rehearsed, reader, kept, shop.keys)


def scrap(actor: Actor, card_id: int, reason: str) -> None:
    """Give up a card that was begun, and its job, for ever: when its chip is lost or it cannot be settled any more.

    `reason` stays in the journal with the actor's name. The person may have another card then. Raises NotFound,
    Conflict.
    """
    permission = _require(actor, card_id)
    if not reason.strip():
        raise Conflict(
            "请填写报废原因：原因留在制卡日志中。", "Say why the card is scrapped: the reason stays in its journal."
        )
    with _alone_with_card(card_id):
        _card(card_id)
        job = _open_job(card_id, "scrap")
        journal.end(actor, job.pk, JobState.SCRAPPED, f"{actor.name}: {reason.strip()}", permission)


def image_of(card: Card, plan: Application, person: Resident | None = None) -> CardImage:
    """What shall be on `card` by the record (or for `person`) and application plan `plan`: the same each time."""
    return image.build(person or residents.opened(card.resident_id), _issue(card), plan)


def category(card: Card) -> str:
    """卡的类别 (item 1) of a card of this kind, as its issuer decided on the day of its application or order."""
    if card.application is not None:
        decided = parameters.recorded(card.application.parameters_id)
    else:
        decided = parameters.of(card.issuer.organisation, card.issued_on)
    return decided.code(f"codes.card_kind_{card.kind}")


def _require(actor: Actor, card_id: int) -> Permission:
    """What allows the actor to make this card, which is not his own. Raises NotAllowed, TransitionRefused."""
    permission = _permission(actor, card_id)
    require_not_own(actor, card_id)
    return permission


def _permission(actor: Actor, card_id: int) -> Permission:
    """Makers make any, desks the temporary ones. Raises NotAllowed."""
    if actor.may(Permission.CARD_MAKE_TEMPORARY):
        actor.require(Permission.CARD_MAKE_TEMPORARY)
        if Card.objects.filter(pk=card_id, kind=CardKind.TEMPORARY).exists():
            return Permission.CARD_MAKE_TEMPORARY
    actor.require(Permission.CARD_PERSONALISE)
    return Permission.CARD_PERSONALISE


def _card(card_id: int) -> Card:
    card = Card.objects.select_related("issuer__organisation").filter(pk=card_id).first()
    if card is None:
        raise NotFound("There is no such card.")
    if card.life != CardLife.PLANNED:
        raise _made_once(card)
    return card


def _made_once(card: Card) -> Conflict:
    """A card is made once, and this one was, or is given up."""
    state = called("life", card.life)
    return Conflict(f"此卡{state.zh}：一张卡只制作一次。", f"This card is {state.en}: it is made once only.")


def _alone_with_card(card_id: int) -> AbstractContextManager[None]:
    return alone_with(f"card:{card_id}", "card")


def _alone_with_chip(chip: Recognised) -> AbstractContextManager[None]:
    return alone_with(f"chip:{chip.product.name}:{chip.chip8.hex()}", "chip")


def _require_supplied(actor: Actor, card: Card, chip: Recognised, permission: Permission) -> None:
    """What the chip is and who makes the card are on file today (第七条第一项、第十条). Raises TransitionRefused."""
    issuer, place = card.issuer.organisation, gates.place_of(actor)
    gates.require(_GATES[permission], Case(issuer=issuer, place=place, day=clock()[1], product=chip.product.name))


def _open_job(card_id: int, act: str) -> PersoJob:
    job = PersoJob.objects.filter(card=card_id, state__in=OPEN).first()
    if job is None:
        raise Conflict("此卡没有未完成的制作。", f"No job of this card is open: there is nothing to {act}.")
    return job


def _refuse_used(card_id: int, chip: Recognised) -> None:
    """A chip is one card's, and the last tries of its transport key are never spent."""
    product, chip8 = chip.product, chip.chip8
    holder = Card.objects.filter(product=product.name, chip8=chip8).exclude(pk=card_id).first()
    if holder is not None:
        raise Conflict(
            f"读写器里是卡 {holder.issue_serial} 的芯片：请放入空白芯片。",
            f"The chip in the reader is that of card {holder.issue_serial}: put a blank chip in.",
        )
    left = surely_left(journal.last_try(product.name, chip8), product.transport.tries)
    if left <= FLOOR:
        raise Conflict(
            f"此芯片曾拒绝传输密钥，只剩 {left} 次机会，不再使用：请另放并查明这批芯片用的是谁的密钥，换一片芯片制卡。",
            f"This chip has refused its transport key before and has {left} tries left, which are never spent: set it "
            "aside, find out whose key its lot has, and take another chip for this card.",
        )


def _another(card: Card, chip: Recognised) -> str:
    """Why the chip is not the one the card was begun on ('' = it may be)."""
    if card.product not in ("", chip.product.name):
        return f"this card was begun on a chip of {card.product}, this is one of {chip.product.name}"
    if card.chip8 is not None and bytes(card.chip8) != chip.chip8:
        return "this is another chip than the one the card was begun on: its answer to reset differs"
    return ""


def _blocked(card: Card, blocked: BlockedCard) -> Result:
    """A chip that answers nothing but its reset any more: whose it is, that answer still tells."""
    product = products().get(card.product)
    if product is None or card.chip8 is None or blocked.answer.chip8(product.factor) != bytes(card.chip8):
        return RefusedChip(reason="this chip is blocked for ever, and it is another one than the card was begun on")
    return Held(reason=f"This is the card's chip, and it is blocked for ever. {SCRAP}")


def _plan_as_begun(job: PersoJob, card: Card, chip: Recognised, keys: KeyClient) -> Plan:
    """The plan of an open job, made again; raises BadPlan when it is not the one the job was opened with."""
    plan = _plan(card, chip, keys)
    if job.plan_digest is not None and bytes(job.plan_digest) != plan.digest:
        raise BadPlan("The record, the application plan or the product's script changed since this card was begun.")
    return plan


def _begin(actor: Actor, card_id: int) -> int:
    """A job for the card, one at a time."""
    with transaction.atomic():
        card = Card.objects.select_for_update().get(pk=card_id)
        if card.life != CardLife.PLANNED:
            raise _made_once(card)
        if card.jobs.filter(state__in=OPEN).exists():
            raise Conflict(
                "此卡的制作尚未完成：请先用同一芯片了结。",
                "A job of this card is open: settle it with the same chip first.",
            )
        return PersoJob.objects.create(card=card, operator_id=actor.account).pk


def _plan(card: Card, chip: Recognised, keys: KeyClient) -> Plan:
    """The plan for this card on this chip: the same each time."""
    program = application.load(chip.product.application)
    address = CardAddress(chip=chip.chip8, city=city_factor(card.city), version=card.key_version)
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
        category=category(card),
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
