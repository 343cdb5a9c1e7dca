"""Work on the chip of an issued card: unlock its PIN, change items, lock it, move business data (第十二、十三条).

The chip is written first, under a journal; only when the card shows what was wanted does the record change, in the act
that closes the job. An interrupted job stays open until the same card is presented again, or somebody abandons it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.db import transaction

from healthcard.card.host.address import city_factor
from healthcard.card.host.ports import CardAddress, Transport
from healthcard.card.wire import layout
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Resident
from healthcard.keys.client import KeyClient
from healthcard.perso import application
from healthcard.perso.errors import BlockedCard
from healthcard.perso.products import Product, products, recognise
from healthcard.perso.upkeep import business, engine, items
from healthcard.perso.upkeep.business import BusinessData
from healthcard.perso.upkeep.conversation import Conversation
from healthcard.perso.upkeep.errors import CannotBe
from healthcard.perso.upkeep.locks import APPLICATIONS
from healthcard.perso.upkeep.plan import Goal, UpkeepPlan, seal_of
from healthcard.perso.upkeep.results import Result
from healthcard.services.acting import locked
from healthcard.services.actor import Actor
from healthcard.services.errors import Conflict, NotFound
from healthcard.services.exclusion import alone_with
from healthcard.services.second_person import require_not_own
from healthcard.services.workshop import making
from healthcard.services.workshop.cards import unfinished
from healthcard.services.workshop.upkeep_journal import OPEN, Meaning, UpkeepJournal, end, nothing
from healthcard.storage.models import Card, CardLife, UpkeepJob, UpkeepState

NEVER: Final = "这张卡的芯片不能再这样写入：已锁定，或没有这项内容、这个位置。请办理换领。"
SETTLE: Final = (
    "此卡有一次写入尚未了结：请先放上卡片继续办理，或注明原因后放弃。",
    "A write to this card is undecided: present it and settle that first, or abandon it with a reason.",
)

FINISHED = (CardLife.MADE, CardLife.ISSUED, CardLife.ENDED)  # whose chips are whole


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJob:
    """A job that nobody knows the end of yet."""

    id: int
    kind: str
    application: int | None
    planned_at: datetime
    begun: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A card in a reader: which card of ours it is (None = none we know), of which product, and what it says of itself.

    `genuine` is None when it could not be asked to prove itself; `pin_tries` None without PIN; `locks` by application:
    none, temporary, permanent.
    """

    card: int | None
    product: str
    genuine: bool | None = None
    dead: bool = False
    pin_tries: int | None = None
    locks: dict[str, str] = field(default_factory=dict)


def run(
    actor: Actor,
    card_id: int,
    kind: str,
    goals: Sequence[Goal],
    reader: Transport,
    keys: KeyClient,
    *,
    application_id: int | None = None,
    permission: Permission = Permission.DESK_ACT,
    means: Meaning = nothing,
) -> Result:
    """Reach `goals` on the card in `reader`; then the job closes, and `means` changes the record in the same act.

    `kind` names the work (at most 16 letters: unlock, update, lock, transfer). Raises NotAllowed, NotFound, Conflict,
    TransitionRefused, and what `means` raises: the job then stays open, the card being as wanted.
    """
    actor.require(permission)
    require_not_own(actor, card_id)
    with alone_with(f"card:{card_id}", "card"):
        plan = _plan(_card(card_id), goals, keys)
        _drop_unbegun(actor, permission, card_id)
        job = _begin(actor, card_id, kind, application_id)
        return engine.execute(plan, reader, UpkeepJournal(actor, permission, job, means), keys)


def settle(
    actor: Actor,
    card_id: int,
    goals: Sequence[Goal],
    reader: Transport,
    keys: KeyClient,
    *,
    permission: Permission = Permission.DESK_ACT,
    means: Meaning = nothing,
) -> Result:
    """Ask the card what became of its open job and do the rest; same goals and `means` as it was begun with.

    Raises as `run`, and Conflict when the goals are not those of the job.
    """
    actor.require(permission)
    require_not_own(actor, card_id)
    with alone_with(f"card:{card_id}", "card"):
        job = _open(card_id)
        if job is None:
            raise Conflict("此卡没有未了结的写入。", "No work on this card's chip is open: there is nothing to settle.")
        plan = _plan(_card(card_id), goals, keys)
        if job.plan_digest is not None and bytes(job.plan_digest) != plan.digest:
            raise Conflict(
                "开始写卡之后登记有变：请注明原因放弃，再重新办理。",
                "The record changed since this work was begun: abandon it with a reason, then begin anew.",
            )
        return engine.settle(plan, reader, UpkeepJournal(actor, permission, job.pk, means), keys)


def carry_out(
    actor: Actor,
    card_id: int,
    kind: str,
    goals: Sequence[Goal],
    reader: Transport,
    keys: KeyClient,
    *,
    application_id: int | None = None,
    permission: Permission = Permission.DESK_ACT,
    means: Meaning = nothing,
) -> Result:
    """For desks: settle this work when it was begun on this card before, else run it. Arguments and errors as there."""
    actor.require(permission)
    job = _open(card_id)
    if job is not None and job.kind == kind and job.plan_digest is not None:
        return settle(actor, card_id, goals, reader, keys, permission=permission, means=means)
    return run(
        actor, card_id, kind, goals, reader, keys, application_id=application_id, permission=permission, means=means
    )


def open_job(card_id: int) -> OpenJob | None:
    """The undecided work on this card's chip, if there is any."""
    job = _open(card_id)
    if job is None:
        return None
    begun = job.state == UpkeepState.WRITING
    return OpenJob(id=job.pk, kind=job.kind, application=job.application_id, planned_at=job.planned_at, begun=begun)


def require_settled(card_id: int) -> None:
    """Raise Conflict while a write to this card's chip is undecided."""
    job = open_job(card_id)
    if job is not None and job.begun:
        raise Conflict(*SETTLE)


def abandon(actor: Actor, card_id: int, reason: str, *, permission: Permission = Permission.CARD_SUPERVISE) -> None:
    """Give up the open work on a card's chip: it is lost, or its goals are out of date. The record does not change."""
    actor.require(permission)
    if not reason.strip():
        raise Conflict(
            "请填写放弃的原因：原因留在日志中。", "Say why the work is abandoned: the reason stays in its journal."
        )
    _card(card_id)
    with alone_with(f"card:{card_id}", "card"):
        job = _open(card_id)
        if job is None:
            raise Conflict(
                "此卡没有未了结的写入。", "No work on this card's chip is open: there is nothing to abandon."
            )
        end(actor, permission, job.pk, UpkeepState.ABANDONED, reason.strip())


def changes(
    card_id: int, wanted: Collection[int], *, person: Resident | None = None, valid_until: date | None = None
) -> tuple[Goal, ...]:
    """Goals that bring the items numbered `wanted` of a card up to its holder's record; raises Conflict, NotFound.

    `person` and `valid_until` where the record will say so only when the chip does.
    """
    card = _card(card_id)
    card.valid_until = valid_until or card.valid_until  # of the image; the row is not saved
    program = application.load(_product(card).application)
    try:
        return items.change(making.image_of(card, program, person), wanted)
    except CannotBe as error:
        raise Conflict(NEVER, str(error)) from error


def prove(actor: Actor, card_id: int, reader: Transport, keys: KeyClient) -> None:
    """Have the chip in `reader` prove to be this card: answer to reset and internal key. Raises Conflict, CardError."""
    actor.require(Permission.CARD_READ_CHIP)
    conversing(_card(card_id), reader, keys)


def business_data(actor: Actor, card_id: int, reader: Transport, keys: KeyClient) -> BusinessData:
    """What the card in `reader` holds in DF02 and DF03, byte for byte. Raises NotFound, Conflict, CardError."""
    actor.require(Permission.CARD_READ_CHIP)
    try:
        return business.read(conversing(_card(card_id), reader, keys))
    except CannotBe as error:
        raise Conflict(NEVER, str(error)) from error


def look(actor: Actor, reader: Transport, keys: KeyClient) -> Look:
    """Whose card lies in `reader` and how it is, by asking the chip. Raises UnknownCard, CardError."""
    actor.require(Permission.CARD_READ_CHIP)
    try:
        found = recognise(reader)
    except BlockedCard as error:
        factors = {error.answer.chip8(product.factor) for product in products().values()}
        card = Card.objects.filter(chip8__in=factors).first()
        return Look(card=None if card is None else card.pk, product="", dead=True)
    card = Card.objects.filter(product=found.product.name, chip8=found.chip8, life__in=FINISHED).first()
    if card is None:
        return Look(card=None, product=found.product.name)
    return _looked_at(card, Conversation(reader, found.product, layout.load(card.layout), _address(card), keys))


def _looked_at(card: Card, conversation: Conversation) -> Look:
    if conversation.stranger():
        return Look(card=card.pk, product=card.product, genuine=False)
    if conversation.dead:
        return Look(card=card.pk, product=card.product, dead=True)
    pin = conversation.pin()
    return Look(
        card=card.pk,
        product=card.product,
        genuine=True,
        pin_tries=None if pin is None else pin.tries,
        locks={name: conversation.lock(name).name.lower() for name in APPLICATIONS},
    )


def conversing(card: Card, reader: Transport, keys: KeyClient) -> Conversation:
    """A conversation with this card's chip, which has proved itself; raises Conflict for another one or a dead one."""
    conversation = Conversation(reader, _product(card), layout.load(card.layout), _address(card), keys)
    if reason := conversation.stranger():
        raise Conflict("读写器里不是这张卡：请放入办理的卡。", f"The card in the reader is not this one: {reason}.")
    if conversation.dead:
        raise Conflict(
            "读写器里的卡已永久锁定，不能再证明自己（第十三条）。",
            "The card in the reader is locked for ever and cannot prove itself any more (Art. 13).",
        )
    return conversation


def _card(card_id: int) -> Card:
    card = Card.objects.select_related("issuer").filter(pk=card_id).first()
    if card is None:
        raise NotFound("There is no such card.")
    if card.life not in FINISHED or card.chip8 is None:
        raise unfinished(card)
    return card


def _plan(card: Card, goals: Sequence[Goal], keys: KeyClient) -> UpkeepPlan:
    product, shape, address = _product(card), layout.load(card.layout), _address(card)
    names = application.load(product.application).keys
    values = keys.check_values(names, address)
    return UpkeepPlan(
        product=product,
        layout=shape,
        address=address,
        seal=seal_of((name, values[name]) for name in names),
        goals=tuple(goals),
    )


def _product(card: Card) -> Product:
    return products()[card.product]


def _address(card: Card) -> CardAddress:
    return CardAddress(chip=bytes(card.chip8 or b""), city=city_factor(card.city), version=card.key_version)


def _open(card_id: int) -> UpkeepJob | None:
    return UpkeepJob.objects.filter(card=card_id, state__in=OPEN).first()


def _drop_unbegun(actor: Actor, permission: Permission, card_id: int) -> None:
    """A job that wrote nothing, because its card was not there, stands in nobody's way."""
    job = _open(card_id)
    if job is not None and job.plan_digest is None:
        end(actor, permission, job.pk, UpkeepState.ABANDONED, "nothing was written: begun anew")


def _begin(actor: Actor, card_id: int, kind: str, application_id: int | None) -> int:
    """A job for the card, one at a time; whoever acts on its application meanwhile waits, as does this."""
    with transaction.atomic():
        locked(card_id)
        if _open(card_id) is not None:
            raise Conflict(*SETTLE)
        job = UpkeepJob.objects.create(
            card_id=card_id, kind=kind, application_id=application_id, operator_id=actor.account
        )
    return job.pk
