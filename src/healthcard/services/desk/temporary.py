"""Temporary cards (第十二条第七项): asked for while a new card is made, made at the desk, handed over, given back.

One is as good as a card until its day. It ends by that day at the latest, by coming back or being reported lost before
the new card is handed over, or with the application it stands in for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from healthcard.card.host.ports import Transport
from healthcard.domain.lifecycle import GUARDS, TransitionRefused, require
from healthcard.domain.permissions import Permission
from healthcard.keys.client import KeyClient
from healthcard.perso import application as plans
from healthcard.perso.products import products
from healthcard.perso.results import Finished, Result
from healthcard.perso.upkeep import business
from healthcard.services.acting import Act, act, alone_with_person, clock, locked
from healthcard.services.actor import Actor
from healthcard.services.authority import parameters
from healthcard.services.desk import applications, issue, signing
from healthcard.services.desk.applications.acceptance import NEW_CARD, OPEN
from healthcard.services.desk.applications.judging import judge_coming, judge_documents
from healthcard.services.desk.applications.reach import Reached, reached, reaching
from healthcard.services.desk.applications.request import Accepted, Delegate, Request
from healthcard.services.desk.temporary_cards import end, out, resume, to_move
from healthcard.services.errors import Conflict, NotFound
from healthcard.services.people import residents
from healthcard.services.workshop import business_records, cards, making
from healthcard.services.workshop.making import Workshop
from healthcard.storage.models import Application, ApplicationKind, Card, CardKind, CardLife, PersoJob

KIND = ApplicationKind.TEMPORARY.value
LIVING = (CardLife.PLANNED, CardLife.MADE, CardLife.ISSUED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who comes about a temporary card that is out: holder, agent or guardian, with what, verified how."""

    identity: str
    presented: tuple[str, ...]
    by: str = "holder"
    delegate: Delegate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a temporary card: the formal one that is in force again, and what is charged for a lost one."""

    card: int
    resumed: int | None
    fee_fen: int = 0


def ask(actor: Actor, request: Request) -> Accepted:
    """Take an application for a temporary card, for the time in which the person's new card is made.

    Raises as `applications.take`, TransitionRefused where no new card is asked for or a temporary one is there.
    """
    with (
        act(actor, Permission.APPLICATION_ACCEPT, "temporary.accept", resident=request.resident) as now,
        reached(actor, KIND, request.resident) as found,
    ):
        alone_with_person(request.resident)
        parent = askable(found)
        require("new_card_asked", request.parent in (None, parent))
        return applications.take(now, replace(request, kind=KIND, parent=parent, card=None), found)


def askable(found: Reached) -> int:
    """The application for a new card that a temporary one may be asked for with. Raises TransitionRefused."""
    person = found.person.pk
    main = Application.objects.filter(resident=person, kind__in=NEW_CARD, state__in=OPEN).first()
    if main is None:
        raise TransitionRefused(GUARDS["new_card_asked"])
    rows = Card.objects.filter(resident=person, kind=CardKind.TEMPORARY, life__in=LIVING)
    require("one_temporary", not rows.exists())
    again = found.parameters.number("temporary.extensions")
    expired = Card.objects.filter(application__parent=main, kind=CardKind.TEMPORARY, end_reason="expired").count()
    require("temporary_extended", expired <= again, expired=expired, extensions=again)
    return main.pk


def make(actor: Actor, application_id: int, reader: Transport, shop: Workshop) -> Result:
    """Make the temporary card of the blank chip in the desk's reader; asked again, go on where it stopped.

    Raises NotAllowed, NotFound, TransitionRefused and as `making.personalise`.
    """
    actor.require(Permission.CARD_MAKE_TEMPORARY)
    reach = reaching(actor, KIND, _asked(application_id).resident_id)
    card = _ordered(reach, application_id)
    begun = PersoJob.objects.filter(card=card, state__in=making.OPEN).exists()
    result = (making.settle if begun else making.personalise)(reach, card, reader, shop)
    if isinstance(result, Finished):
        with act(reach, Permission.CARD_MAKE_TEMPORARY, "temporary.made", application=application_id) as now:
            _put_at_desk(now, card)
    return result


def hand_over(
    actor: Actor, application_id: int, reader: Transport, keys: KeyClient, collection: issue.Collection
) -> int:
    """Hand the temporary card in `reader` over, in one act with the rest of the old card it stands in for; its id.

    The card is read first and equals its order. What it holds then is kept, sealed: what is written on it later is told
    by that. Raises NotFound, TransitionRefused, Refused, Invalid, CardError.
    """
    actor.require(Permission.DESK_ACT)
    reach = reaching(actor, KIND, _asked(application_id).resident_id)
    card = _made(application_id)
    issue.require_equal(reach, card, reader, keys)
    slip = signing.hand_over(_asked(application_id), Card.objects.get(pk=card), *collection.signed)
    with act(reach, Permission.DESK_ACT, "temporary.hand_over", application=application_id, card=card) as now:
        row = applications.ready(application_id, KIND)
        _require_in_time(row, card)
        cards.require_issuable(now, Card.objects.select_related("issuer__organisation").get(pk=card))
        issue.require_collected(now, row, collection)
        now.note(signed=slip.keep(reach, row))
        applications.complete(now, row, "handed over")
        _put_at_desk(now, card)
        _rest_formal(now, row.resident_id)
        now.event(card, "handed_over", place_org=None)
        now.about(card=card)
        business_records.remember(locked(card), _written(card))
        now.tell(row.resident_id, "temporary.issued", until=locked(card).valid_until.isoformat())
    return card


def give_back(actor: Actor, resident_id: int, visitor: Visitor) -> Ended:
    """Take a person's temporary card back before the new one is there; the formal card that rested is in force again.

    The chip waits in the register of returned cards: it is read for the new card first. Raises NotFound,
    TransitionRefused, Refused, Invalid.
    """
    with (
        act(actor, Permission.DESK_ACT, "temporary.return", resident=resident_id) as now,
        reached(actor, "return", resident_id),
    ):
        card = _out(resident_id)
        _judge("temporary_return", card, visitor)
        now.note(identity=visitor.identity, by=visitor.by)
        return _ended(now, card, reason="returned", place="recovered")


def report_lost(actor: Actor, resident_id: int, visitor: Visitor) -> Ended:
    """End a person's temporary card that is lost, for ever; another one may be asked for. Raises as `give_back`."""
    with (
        act(actor, Permission.LOSS_REPORT, "temporary.lost", resident=resident_id) as now,
        reached(actor, "loss", resident_id) as found,
    ):
        card = _out(resident_id)
        _judge("loss", card, visitor)
        fee = found.parameters.number("fee.temporary_lost")
        now.note(identity=visitor.identity, by=visitor.by, fee_fen=fee)
        return replace(_ended(now, card, reason="lost", place="lost"), fee_fen=fee)


def expire_due(actor: Actor, limit: int = 500) -> int:
    """End temporary cards whose last day has passed by the database's clock, each in an act of its own; how many."""
    actor.require(Permission.CARD_STOCK)
    _, today = clock()
    due = Card.objects.filter(kind=CardKind.TEMPORARY, life=CardLife.ISSUED, valid_until__lt=today)
    rows = due.order_by("valid_until", "pk").values_list("pk", flat=True)[:limit]
    return sum(_expire(actor, card) for card in list(rows))


def _expire(actor: Actor, card_id: int) -> bool:
    """One of them, unless somebody was faster."""
    with act(actor, Permission.CARD_STOCK, "temporary.expire", card=card_id) as now:
        card = locked(card_id)
        now.about(resident=card.resident_id)
        if card.life != CardLife.ISSUED:
            return False
        _ended(now, card, reason="expired", place="lost" if card.place == "lost" else "holder")
    return True


def _ended(now: Act, card: Card, *, reason: str, place: str) -> Ended:
    end(now, card, reason=reason, place=place)
    return Ended(card=card.pk, resumed=resume(now, card.resident_id))


def _asked(application_id: int) -> Application:
    row = Application.objects.filter(pk=application_id, kind=KIND).first()
    if row is None:
        raise NotFound("There is no such application.")
    return row


def _out(resident_id: int) -> Card:
    alone_with_person(resident_id)
    card = out(resident_id)
    if card is None:
        raise NotFound("This person has no temporary card that is out.")
    return card


def _ordered(actor: Actor, application_id: int) -> int:
    """The card to be made for an application: the one begun before, else a new one, valid as the issuer says."""
    with act(actor, Permission.CARD_MAKE_TEMPORARY, "temporary.order", application=application_id) as now:
        row = applications.ready(application_id, KIND)
        _require_open(row)
        card = Card.objects.filter(application=row, life__in=(CardLife.PLANNED, CardLife.MADE)).first()
        if card is None:
            _, today = clock()
            last_day = _last_day(row, today)
            kind = CardKind.TEMPORARY
            card = cards.order(now, row.resident, today=today, last_day=last_day, kind=kind, application=row.pk)
        now.about(resident=row.resident_id, card=card.pk)
    return card.pk


def _last_day(row: Application, today: date) -> date:
    """How long the issuer lets one be valid, and all of one application together."""
    rules = parameters.recorded(row.parameters_id)
    before = Card.objects.filter(
        application__parent=row.parent_id, kind=CardKind.TEMPORARY, events__event="handed_over"
    )
    begun = before.order_by("issued_on").values_list("issued_on", flat=True).first() or today
    last = begun + timedelta(days=rules.number("temporary.most_days"))
    require("temporary_extended", today < last, until=last)
    return min(last, today + timedelta(days=rules.number("temporary.days")))


def _require_open(row: Application) -> None:
    """The application is not decided yet, nor is the one it hangs on."""
    require("not_decided", row.state in OPEN, state=row.state)
    main = None if row.parent_id is None else applications.held(row.parent_id)
    require("new_card_asked", main is not None and main.state in OPEN)


def _require_in_time(row: Application, card_id: int) -> None:
    _require_open(row)
    _, today = clock()
    until = locked(card_id).valid_until
    require("temporary_valid", today <= until, until=until)


def _made(application_id: int) -> int:
    rows = Card.objects.filter(application=application_id, kind=CardKind.TEMPORARY, life=CardLife.MADE)
    card = rows.values_list("pk", flat=True).first()
    if card is None:
        raise Conflict(
            "此申请没有待发放的临时卡。", "No finished temporary card of this application waits to be handed over."
        )
    return card


def _put_at_desk(now: Act, card_id: int) -> None:
    """It was made here: nobody has to send it."""
    if locked(card_id).place == "maker":
        now.event(card_id, "arrived", place_org=now.actor.organisation)


def _rest_formal(now: Act, resident_id: int) -> None:
    """The formal card, lost or not, rests while the temporary one is in force: never two that could be used (I-02)."""
    card = Card.objects.filter(resident=resident_id, kind=CardKind.FORMAL, life=CardLife.ISSUED).first()
    if card is not None and not card.suspended:
        require("not_supervised", card.app_lock == "none", app_lock=card.app_lock)
        now.event(card.pk, "suspended")
        now.about(card=card.pk)
        now.tell(resident_id, "card.suspended")


def _written(card_id: int) -> business.BusinessData:
    """What personalisation wrote into the parts of a card that hold business data."""
    card = Card.objects.select_related("issuer").get(pk=card_id)
    return business.planned(making.image_of(card, plans.load(products()[card.product].application)))


def _judge(papers: str, card: Card, visitor: Visitor) -> None:
    """Whoever comes may come for a temporary card, with what `papers` (of documents_required.toml) asks for."""
    person, today = residents.opened(card.resident_id), clock()[1]
    rules = parameters.recorded(None if card.application is None else card.application.parameters_id)
    judge_coming(KIND, visitor.by, visitor.delegate, person, rules, today)
    judge_documents(papers, visitor.by, visitor.presented, visitor.identity)


__all__ = [
    "Ended",
    "Visitor",
    "ask",
    "end",
    "expire_due",
    "give_back",
    "hand_over",
    "make",
    "out",
    "report_lost",
    "to_move",
]
