"""Loss reports (第十二条第三、四项): frozen at acceptance, judged afterwards, released with the card itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from healthcard.card.host.ports import Transport
from healthcard.domain.lifecycle import GUARDS, TransitionRefused, require
from healthcard.domain.permissions import Permission
from healthcard.keys.client import KeyClient
from healthcard.services.acting import Act, act, clock, locked
from healthcard.services.actor import Actor
from healthcard.services.authority import parameters
from healthcard.services.authority.parameters import ParametersInForce
from healthcard.services.desk import applications
from healthcard.services.desk.applications.acceptance import OPEN
from healthcard.services.desk.applications.judging import judge_identity
from healthcard.services.desk.applications.reach import reached, reaching
from healthcard.services.desk.applications.request import Accepted, Request
from healthcard.services.desk.applications.steps import close_dependents
from healthcard.services.errors import Conflict, NotFound
from healthcard.services.workshop import upkeep
from healthcard.storage import statements
from healthcard.storage.models import Application, ApplicationKind, ApplicationState, Card, CardEvent, CardLife

# From which state of an open replacement on a loss report is not released any more, by loss.releasable_until
_TOO_LATE = {
    "review": (ApplicationState.APPROVED, ApplicationState.MAKING, ApplicationState.ARRIVED),
    "making": (ApplicationState.MAKING, ApplicationState.ARRIVED),
    "handover": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What the reporter gets (挂失回执): the number and the moment of the freeze; `until` when it lapses by itself."""

    number: str
    frozen_at: datetime
    cards: tuple[int, ...]
    until: datetime | None = None
    application: int | None = None


def report(actor: Actor, request: Request) -> Ticket:
    """Take a written report on a person and freeze his cards at once, formal and temporary, wherever he belongs.

    Neither card nor number is needed. Raises as `applications.take`.
    """
    with (
        act(actor, Permission.LOSS_REPORT, "loss.accept", resident=request.resident) as now,
        reached(actor, "loss", request.resident) as found,
    ):
        cards = _live(request.resident, "none", "oral")
        require("card_to_freeze", bool(cards))
        taken = applications.take(now, replace(request, kind="loss", card=cards[0]), found)
        for card in cards:
            now.event(card, "written_loss", loss_until=None)
        now.tell(request.resident, "loss.accepted")
    return Ticket(number=taken.number, frozen_at=taken.accepted_at, cards=cards, application=taken.id)


def judged(now: Act, row: Application, *, approved: bool) -> None:
    """Within the act of its review: a confirmed report is done, a rejected one lifts the freeze with its reason.

    A card that rests while a temporary one is in force rests on until that comes back.
    """
    if approved:
        applications.complete(now, row, "confirmed")
        now.tell(row.resident_id, "loss.confirmed")
        return
    frozen = CardEvent.objects.filter(application=row, event="written_loss").values_list("card", flat=True)
    for card in Card.objects.filter(pk__in=frozen, life=CardLife.ISSUED, loss="written").order_by("pk"):
        _require_no_replacement(row.resident_id, "making")
        now.event(card.pk, "loss_rejected")
    now.tell(row.resident_id, "loss.rejected", reason=row.opinion)


def report_oral(actor: Actor, resident_id: int, *, channel: str, identity: str) -> Ticket:
    """Freeze somebody's cards for some days on his word, given by `channel`; it lapses by itself.

    `identity` says how he was verified (questions on the telephone, for one). Raises NotFound, TransitionRefused.
    """
    with (
        act(actor, Permission.LOSS_REPORT, "loss.oral", resident=resident_id) as now,
        reached(actor, "loss", resident_id) as found,
    ):
        allowed = found.parameters.codes("loss.oral_channels")
        require("channel_allowed", channel in allowed, allowed=list(allowed))
        judge_identity(identity, "oral_loss")
        cards = _live(resident_id, "none")
        require("card_to_freeze", bool(cards))
        until = found.at + _oral_term(found.parameters)
        for card in cards:
            now.event(card, "oral_loss", loss_until=until)
        now.note(channel=channel, identity=identity, until=until)
        now.tell(resident_id, "loss.oral", until=until)
        number = f"KT{now.operation.hex[:16].upper()}"
    return Ticket(number=number, frozen_at=found.at, cards=cards, until=until)


def _oral_term(rules: ParametersInForce) -> timedelta:
    """How long an oral report holds; in a demo it may be seconds."""
    seconds = rules.number("loss.oral_seconds")
    return timedelta(seconds=seconds) if seconds else timedelta(days=rules.number("loss.oral_days"))


def withdraw_oral(actor: Actor, resident_id: int, *, identity: str) -> None:
    """Lift an oral report at its holder's word; raises NotFound, TransitionRefused.

    Whoever is nobody's clerk lifts what was reported without a clerk alone: who holds a lost telephone and its codes
    must not lift what was said at a counter.
    """
    with (
        act(actor, Permission.LOSS_REPORT, "loss.withdraw_oral", resident=resident_id) as now,
        reached(actor, "loss", resident_id),
    ):
        judge_identity(identity, "oral_loss")
        cards = _live(resident_id, "oral")
        require("card_to_freeze", bool(cards))
        require("reported_oneself", actor.account is not None or not _by_a_clerk(cards))
        for card in cards:
            now.event(card, "oral_withdrawn", loss_until=None)
        now.note(identity=identity)
        now.tell(resident_id, "loss.oral_withdrawn")


def _by_a_clerk(cards: Sequence[int]) -> bool:
    """Whether the last oral report of one of them was taken by somebody with a login."""
    told = CardEvent.objects.filter(card__in=cards, event="oral_loss").order_by("card", "-version").distinct("card")
    return any(by is not None for by in told.values_list("account", flat=True))


def lapse_due(actor: Actor, limit: int = 500) -> int:
    """Record that oral reports have lapsed whose time has passed, each in an act of its own; how many."""
    actor.require(Permission.LOSS_REPORT)
    at, _ = clock()
    due = Card.objects.filter(loss="oral", loss_until__lte=at, life=CardLife.ISSUED).order_by("loss_until")
    return sum(_lapse(actor, card) for card in list(due.values_list("pk", flat=True)[:limit]))


def _lapse(actor: Actor, card_id: int) -> bool:
    """One of them, unless somebody was faster."""
    with act(actor, Permission.LOSS_REPORT, "loss.lapse", card=card_id) as now:
        return lapse_if_due(now, card_id)


def lapse_if_due(now: Act, card_id: int) -> bool:
    """Within an act on a card: an oral report whose time has passed is over, whoever notes it first; whether it was."""
    card = locked(card_id)
    now.about(resident=card.resident_id)
    if not lapsed(card):
        return False
    now.event(card_id, "oral_lapsed", loss_until=None)
    now.tell(card.resident_id, "loss.oral_lapsed")
    return True


def lapsed(card: Card) -> bool:
    """Whether the card is under an oral report whose time has passed, by the database's clock."""
    at, _ = clock()
    return card.loss == "oral" and card.loss_until is not None and card.loss_until <= at


def ask_release(actor: Actor, request: Request, ticket: str = "") -> Accepted:
    """Take an application to lift a written report; `ticket` is the number on the loss ticket, if it is there.

    Raises as `applications.take`, TransitionRefused when the replacement has gone too far.
    """
    with (
        act(actor, Permission.APPLICATION_ACCEPT, "unloss.accept", resident=request.resident) as now,
        reached(actor, "unloss", request.resident) as found,
    ):
        require_releasable(request.resident, found.parameters.code("loss.releasable_until"))
        shown = ticket in _tickets(request.resident) if ticket else "identity" in request.presented
        require("ticket_or_documents", shown)
        cards = _live(request.resident, "written")
        card = request.card if request.card in cards else None
        require("card_to_freeze", card is not None)
        now.note(ticket=bool(ticket))
        return applications.take(now, replace(request, kind="unloss"), found)


def release(actor: Actor, application_id: int, reader: Transport, keys: KeyClient, *, identity: str) -> None:
    """Lift a written report: the same person, and the card itself in `reader`, which proves to be it (第十二条第四项).

    Raises NotFound, TransitionRefused, CardError.
    """
    row = Application.objects.filter(pk=application_id, kind=ApplicationKind.UNLOSS).first() if _may(actor) else None
    if row is None or row.card_id is None:
        raise NotFound("There is no such application.")
    reach = reaching(actor, "unloss", row.resident_id)
    _require_chip(reach, row.card_id, reader, keys)
    with act(reach, Permission.DESK_ACT, "unloss.release", application=application_id) as now:
        row = applications.ready(application_id, "unloss")
        judge_identity(identity, "unloss")
        rules = parameters.recorded(row.parameters_id)
        require_releasable(row.resident_id, rules.code("loss.releasable_until"))
        now.about(resident=row.resident_id, card=row.card_id)
        now.event(row.card_id or 0, "unlossed")
        for wish in _replacements(row.resident_id).filter(reason="lost", state__in=("accepted", "approved")):
            asked = applications.held(wish.pk)
            close_dependents(now, asked, "unlossed")
            applications.move(asked, "withdrawn", outcome="unlossed")
        _close_reports(now, row.resident_id)
        applications.complete(now, row, "unlossed")
        now.note(identity=identity, card_proved=True)
        now.tell(row.resident_id, "loss.lifted")


def _close_reports(now: Act, resident_id: int) -> None:
    """Once nothing is frozen any more there is nothing left to judge: an open report would stand before the next."""
    if not _live(resident_id, "written"):
        reports = Application.objects.filter(kind=ApplicationKind.LOSS, resident=resident_id, state__in=OPEN)
        for report_id in reports.order_by("pk").values_list("pk", flat=True):
            applications.lapse(now, report_id, "unlossed")


def _may(actor: Actor) -> bool:
    actor.require(Permission.DESK_ACT)
    return True


def _live(resident_id: int, *losses: str) -> tuple[int, ...]:
    """The person's issued cards in one of these states of loss, the formal one first."""
    return tuple(card for (card,) in statements.fetch(_LIVE, [resident_id, list(losses)]))


_LIVE = "SELECT id FROM card WHERE resident_id = %s AND life = 'issued' AND loss = ANY(%s) ORDER BY kind, id"


def _require_chip(actor: Actor, card_id: int, reader: Transport, keys: KeyClient) -> None:
    try:
        upkeep.prove(actor, card_id, reader, keys)
    except Conflict as error:
        raise TransitionRefused(GUARDS["card_in_reader"], why=str(error)) from error


def _tickets(resident_id: int) -> list[str]:
    """The numbers of what froze the person's cards: reports, and wishes for another card in place of a lost one."""
    froze = Q(kind=ApplicationKind.LOSS) | Q(kind=ApplicationKind.REPLACEMENT, reason="lost")
    rows = Application.objects.filter(froze, resident=resident_id).exclude(state="rejected")
    return list(rows.values_list("number", flat=True))


def _replacements(resident_id: int) -> QuerySet[Application]:
    return Application.objects.filter(resident=resident_id, kind=ApplicationKind.REPLACEMENT, state__in=OPEN)


def require_releasable(resident_id: int, until: str) -> None:
    """Raise TransitionRefused where the issuer's parameter `until` lets no report of this person be lifted now."""
    require("loss_releasable", until != "never")
    _require_no_replacement(resident_id, until)


def _require_no_replacement(resident_id: int, until: str) -> None:
    wish = _replacements(resident_id).filter(state__in=_TOO_LATE[until]).first()
    require("no_replacement", wish is None, replacement=wish.number if wish else None)
