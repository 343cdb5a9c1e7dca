"""First issue (第十二条第一项): asked for, reviewed, ordered, made, brought to the desk, handed over and activated.

A card in place of another (`services.replacement`) goes the same way from its order on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from healthcard.card.host.ports import Transport
from healthcard.domain.calendar import add_years, day_of
from healthcard.domain.lifecycle import GUARDS, TransitionRefused, require, require_step
from healthcard.domain.permissions import Permission
from healthcard.keys.client import KeyClient
from healthcard.services.acting import Act, act, alone_with_person, clock
from healthcard.services.actor import Actor
from healthcard.services.authority import parameters
from healthcard.services.desk import applications, new_card, signing, transfer
from healthcard.services.desk.applications.judging import judge_coming, judge_documents
from healthcard.services.desk.applications.reach import reached
from healthcard.services.desk.applications.request import Accepted, Delegate, Request
from healthcard.services.desk.recovery import Receipt
from healthcard.services.desk.replacement import old_cards
from healthcard.services.desk.replacement.acceptance import replaceable
from healthcard.services.desk.transfer_records import records_of
from healthcard.services.errors import Conflict, Invalid, NotFound
from healthcard.services.people import residents
from healthcard.services.workshop import cards, comparison, upkeep
from healthcard.storage.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    Card,
    CardEvent,
    CardKind,
    CardLife,
    Organisation,
)

KIND = ApplicationKind.FIRST_ISSUE.value
NEVER_ISSUED = frozenset({"uncollected", "undeliverable", "withdrawn", "defective", "death"})
ANOTHER_CHIP = "another card's chip lies in the reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Who collects a card, what he showed, and his signature under the duties of 第十二条第二项.

    `text_version` names the text he signed, `signer` is his name; both are kept, the name sealed. `signature` is the
    picture from a pad (JPEG or PNG), b"" where he signed the printed slip; the slip with it is kept.
    """

    identity: str
    presented: tuple[str, ...]
    text_version: str
    signer: str = field(repr=False)
    by: str = "holder"
    delegate: Delegate | None = None
    signature: bytes = field(default=b"", repr=False)

    @property
    def signed(self) -> tuple[str, str, bytes]:
        """Who signed which text, and the picture of it."""
        return self.signer, self.text_version, self.signature


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """A card in its holder's hands, and the receipts for those he gave back."""

    card: int
    receipts: tuple[Receipt, ...] = ()


def ask(actor: Actor, request: Request) -> Accepted:
    """Take an application for a first card; raises as `applications.take`, and where there is a card already."""
    with (
        act(actor, Permission.APPLICATION_ACCEPT, "first_issue.accept", resident=request.resident) as now,
        reached(actor, KIND, request.resident) as found,
    ):
        alone_with_person(request.resident)
        require_no_card(request.resident)
        return applications.take(now, request, found)


def order(actor: Actor, application_id: int) -> int:
    """Send an approved application for a new card to making; the id of the card ordered.

    From here on a loss report is not lifted any more, as the issuer's parameter says. Raises NotFound,
    TransitionRefused.
    """
    actor.require(Permission.CARD_PLAN)
    kind = new_card.kind_of(application_id)
    with act(actor, Permission.CARD_PLAN, f"{kind}.order", application=application_id) as now:
        row = applications.ready(application_id, kind)
        require_alive(row)
        require_step(row.state, ApplicationState.MAKING)  # first: who comes too late is told that it is ordered
        _MAY_BE_MADE[kind](row.resident_id)
        row = applications.move(row, "making")
        rules = parameters.recorded(row.parameters_id)
        _, today = clock()
        last_day = add_years(today, rules.number("card.valid_years"))
        card = cards.order(now, row.resident, today=today, last_day=last_day, application=row.pk)
        now.about(resident=row.resident_id, card=card.pk)
        now.tell(row.resident_id, "card.making")
    return card.pk


def dispatch(actor: Actor, card_id: int, organisation_id: int) -> None:
    """Send a made card on its way to a desk of the actor's part of the tree. Raises NotFound, TransitionRefused."""
    with act(actor, Permission.CARD_STOCK, "card.dispatch", card=card_id) as now:
        below = Organisation.objects.filter(path__startswith=actor.path, closed_on=None)
        there = below.filter(pk=organisation_id).first()
        if there is None:
            raise NotFound("There is no such organisation.")
        now.event(card_id, "dispatched", place_org=there.pk)


def arrive(actor: Actor, card_id: int) -> None:
    """A made card has come to the actor's desk: its holder is told, and until when it is kept. Raises NotFound."""
    with act(actor, Permission.CARD_STOCK, "card.arrive", card=card_id) as now:
        now.event(card_id, "arrived", place_org=actor.organisation)
        card = Card.objects.get(pk=card_id)
        if card.application_id is None or card.kind == CardKind.TEMPORARY:  # that one waits for nobody's message
            return
        row = applications.held(card.application_id)
        now.about(resident=row.resident_id, application=row.pk)
        if row.state != ApplicationState.ARRIVED:  # sent on from another desk
            applications.move(row, "arrived")
        _, today = clock()
        until = kept_until(today, row)
        now.tell(row.resident_id, "card.arrived", until=until.isoformat())


def hand_over(
    actor: Actor, application_id: int, reader: Transport, keys: KeyClient, collection: Collection
) -> HandedOver:
    """Hand the card in `reader` to whoever collects it, and activate it in the act that completes the application.

    The card is read first and equals its order byte for byte; all business data are on it. What the holder had before
    ends in the same act: there is no moment with two usable cards. Raises NotFound, TransitionRefused, Refused,
    Invalid, CardError.
    """
    actor.require(Permission.DESK_ACT)
    wish, card = new_card.wish(actor, application_id), new_card.waiting(application_id)
    require_equal(wish.reach, card.pk, reader, keys)
    upkeep.require_settled(card.pk)
    slip = signing.hand_over(wish.row, card, *collection.signed)
    with act(wish.reach, Permission.DESK_ACT, "card.hand_over", application=application_id, card=card.pk) as now:
        row = applications.ready(application_id, wish.row.kind)
        require("application_approved", row.state == "arrived", state=row.state)
        cards.require_issuable(now, card)
        before = old_cards.outgoing(row, collection.presented)
        require_collected(now, row, collection, before.facts)
        now.note(signed=slip.keep(wish.reach, row))
        receipts = old_cards.end(now, row, before, card, transfer.require_closed(row, card))
        now.about(card=card.pk, application=row.pk)
        row = applications.complete(now, row, "handed over")
        now.note(followed=[[each.kind, each.count, each.digest] for each in records_of(row)])
        now.about(card=card.pk)
        now.event(card.pk, "handed_over", place_org=None)
        now.tell(row.resident_id, "card.handed_over")
    return HandedOver(card=card.pk, receipts=receipts)


def require_collected(
    now: Act, row: Application, collection: Collection, facts: Mapping[str, str] | None = None
) -> None:
    """Within the act of a hand-over: whoever collects may do so, was verified, and signed for his duties.

    `facts` decide which documents are wanted (`evidence.required`).
    """
    _, today = clock()
    require_alive(row)
    person, rules = residents.opened(row.resident_id), parameters.recorded(row.parameters_id)
    judge_coming("hand_over", collection.by, collection.delegate, person, rules, today)
    judge_documents("hand_over", collection.by, collection.presented, collection.identity, **(facts or {}))
    signed = bool(collection.signer.strip() and collection.text_version.strip())
    require("duties_signed", signed)
    now.about(resident=row.resident_id)
    now.note(duties=collection.text_version, by=collection.by, identity=collection.identity)
    now.sealed(signer=collection.signer, collected_by=collection.delegate.name if collection.delegate else "")


def require_alive(row: Application) -> None:
    """Raise TransitionRefused where the record says that the holder died or left."""
    require("holder_alive", row.resident.died_on is None and row.resident.left_on is None)


def require_equal(actor: Actor, card_id: int, reader: Transport, keys: KeyClient) -> None:
    """Raise TransitionRefused unless the chip in `reader` is this card and holds what the record says.

    Business data that were moved to it were read back when the move was closed.
    """
    try:
        faults = comparison.compare(actor, card_id, reader, keys)
    except Conflict as error:
        raise TransitionRefused(GUARDS["card_in_reader"], why=str(error)) from error
    require("card_in_reader", ANOTHER_CHIP not in faults)
    require("card_equals_order", not faults, faults=list(faults[:20]))


def give_up(actor: Actor, application_id: int, reason: str) -> None:
    """End a card nobody was given: undeliverable, uncollected, withdrawn, defective, death; its application with it.

    After a defective one another is ordered for the same application. An uncollected one only after it was kept as
    long as the issuer says. Raises NotFound, TransitionRefused, Invalid.
    """
    if reason not in NEVER_ISSUED:
        raise Invalid("reason", "没有这种原因", f"one of {', '.join(sorted(NEVER_ISSUED))}")
    with act(actor, Permission.CARD_STOCK, "card.give_up", application=application_id) as now:
        row, card = applications.held(application_id), new_card.waiting(application_id)
        if reason == "uncollected":
            _require_kept(card.pk, row)
        now.about(resident=row.resident_id, card=card.pk)
        transfer.drop(card)
        now.event(card.pk, "given_up", end_reason=reason, place="recovered", place_org=actor.organisation)
        if reason == "defective":
            applications.move(row, "approved")
        else:
            applications.lapse(now, application_id, reason)
            now.about(card=card.pk, application=application_id)
        now.tell(row.resident_id, "card.given_up", reason=reason)


def kept_until(arrived: date, row: Application) -> date:
    """The last day a card that arrived on that day waits for its holder."""
    days = parameters.recorded(row.parameters_id).number("card.uncollected_days")
    return arrived + timedelta(days=days)


def _require_kept(card_id: int, row: Application) -> None:
    at = CardEvent.objects.filter(card=card_id, event="arrived").order_by("-version").values_list("at", flat=True)
    moment: datetime | None = at.first()
    _, today = clock()
    until = None if moment is None else kept_until(day_of(moment), row)
    require("kept_long_enough", until is not None and until < today, until=until)


def require_no_card(resident_id: int) -> None:
    """Raise TransitionRefused for somebody who has a card, or one on order: one person, one card (第三条)."""
    rows = Card.objects.filter(resident=resident_id, kind=CardKind.FORMAL)
    card = rows.exclude(life__in=[CardLife.ENDED, CardLife.SCRAPPED]).first()
    require("one_card", card is None, life=card.life if card else None)


_MAY_BE_MADE: Mapping[str, Callable[[int], object]] = {KIND: require_no_card, "replacement": replaceable}
