"""Taking an application at a desk (受理): judged, priced, dated, numbered and sealed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection

from healthcard.domain import forms
from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.services.acting import Act, act, alone_with_person, clock
from healthcard.services.actor import Actor
from healthcard.services.authority import holidays
from healthcard.services.authority.parameters import ParametersInForce
from healthcard.services.desk.applications.content import Content, sealed
from healthcard.services.desk.applications.filling import filled
from healthcard.services.desk.applications.judging import answer, judge
from healthcard.services.desk.applications.reach import FORWARD, Reached, reached
from healthcard.services.desk.applications.request import Accepted, Request
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.people import residents
from healthcard.services.wording import written
from healthcard.storage.models import Application, ApplicationKind, ApplicationState, Card

OPEN = (ApplicationState.ACCEPTED, ApplicationState.APPROVED, ApplicationState.MAKING, ApplicationState.ARRIVED)
NEW_CARD = (ApplicationKind.FIRST_ISSUE, ApplicationKind.REPLACEMENT)
WAIVER, REASON = 60, 16  # characters
QUALITY, UPGRADE = "quality", "upgrade"
_CHOOSABLE = {QUALITY: ("damaged", "other"), UPGRADE: ("changed", "other")}  # instead of the fee of these reasons
_FEES = {"first_issue": "fee.first", "temporary": "fee.temporary"}  # a replacement's go by its reason


def accept(actor: Actor, request: Request) -> Accepted:
    """Take an application; the act that follows it (review, hand-over) is another one. See `take`."""
    permission = Permission.LOSS_REPORT if request.kind == ApplicationKind.LOSS else Permission.APPLICATION_ACCEPT
    with (
        act(actor, permission, f"{request.kind}.accept", resident=request.resident) as now,
        reached(actor, request.kind, request.resident) as found,
    ):
        return take(now, request, found)


def take(now: Act, request: Request, found: Reached) -> Accepted:
    """Within an act on a person in reach: take his application, tell him, and speak of it in what the act does next.

    Raises FormRefused, TransitionRefused, Refused, Invalid, NotFound.
    """
    alone_with_person(found.person.pk)
    at, today = clock()
    person = residents.opened(found.person.pk)
    values = forms.validate(_known_kind(request.kind), request.fields, today=today)
    judge(request, found.person, person, found.parameters, today)
    card, parent = _card(request), _parent(request)
    _refuse_second(request)
    number, pk = _number(today, now.actor.organisation)
    known = {key: value for key, value in filled(request.kind, person, card, parent).items() if value}
    whole = Content(fields={**values, **known}, delegate=request.delegate, identity=request.identity)
    row = Application.objects.create(
        pk=pk,
        number=number,
        kind=request.kind,
        resident=found.person,
        card=card,
        parent=parent,
        reason=answer(request, "reason")[:REASON],
        sealed=sealed(whole, found.person.pk, number),
        presented=sorted(set(request.presented)),
        by=request.by,
        channel=request.channel,
        desk_id=now.actor.organisation,
        accepted_by_id=now.actor.account,
        accepted_at=at,
        due_on=_due(request, found, today),
        parameters_id=found.parameters.set_id,
        fee_fen=_fee(request, found.parameters, card, today),
        fee_waiver=written("waiver", request.waiver)[:WAIVER] if request.waiver.strip() else "",
    )
    return _announced(now, row, at, forwarded=found.elsewhere == FORWARD)


def _announced(now: Act, row: Application, at: datetime, *, forwarded: bool) -> Accepted:
    now.about(resident=row.resident_id, card=row.card_id, application=row.pk)
    now.note(number=row.number, kind=row.kind, by=row.by, presented=row.presented, forwarded=forwarded)
    if row.kind != ApplicationKind.LOSS:  # its own message says more
        now.tell(row.resident_id, "application.forwarded" if forwarded else "application.accepted")
    return Accepted(
        id=row.pk,
        number=row.number,
        accepted_at=at,
        due_on=row.due_on or at.date(),
        fee_fen=row.fee_fen,
        forwarded=forwarded,
    )


def _known_kind(kind: str) -> str:
    if kind not in forms.FORMS:
        raise Invalid("kind", "没有这种申请", "there is no such application")
    return kind


def _card(request: Request) -> Card | None:
    if request.card is None:
        return None
    card = Card.objects.filter(pk=request.card).first()
    if card is None:
        raise NotFound("There is no such card.")
    require("card_of_person", card.resident_id == request.resident)
    return card


def _parent(request: Request) -> Application | None:
    if request.parent is None:
        return None
    row = Application.objects.filter(pk=request.parent, resident=request.resident).first()
    if row is None:
        raise NotFound("There is no such application.")
    return row


def _refuse_second(request: Request) -> None:
    """The database's own constraints, said before: one new card for a person, one application of a kind for a card."""
    rows = Application.objects.filter(resident=request.resident, state__in=OPEN)
    same = rows.filter(kind__in=NEW_CARD) if request.kind in NEW_CARD else rows.filter(kind=request.kind)
    if request.card is not None and request.kind not in NEW_CARD:
        same = same.filter(card=request.card)
    number = same.values_list("number", flat=True).first()
    require("none_open", number is None, number=number)


def _due(request: Request, found: Reached, today: date) -> date:
    name = f"deadline.{request.kind}"
    if request.on_site and request.kind == ApplicationKind.REPLACEMENT:
        name = "deadline.replacement_on_site"
    days = found.parameters.number(name)
    if found.elsewhere == FORWARD:
        days += found.parameters.number("deadline.forwarded")
    return holidays.due(today, days)


def _fee(request: Request, rules: ParametersInForce, card: Card | None, today: date) -> int:
    """A replacement's goes by its reason, or by what the clerk found: a fault of the card's own, a new generation."""
    if request.kind != ApplicationKind.REPLACEMENT:
        name = "" if request.fee else _FEES.get(request.kind, "")
    elif answer(request, "reason") in _CHOOSABLE.get(request.fee, ()):
        name = f"fee.{request.fee}"
    else:
        name = "" if request.fee else f"fee.{answer(request, 'reason')}"
    if request.fee and not name:
        raise Invalid("fee", "此项申请不适用该收费", "this fee is not one of such an application")
    if request.fee == QUALITY and card is not None:
        free_until = card.issued_on + timedelta(days=rules.number("fee.quality_free_days"))
        name = "" if today < free_until else name
    return rules.number(name) if name else 0


def _number(today: date, desk: int) -> tuple[str, int]:
    """The business serial (业务流水号: day, desk, sequence, check digit), and the row's id, its sequence."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('application', 'id'))")
        (sequence,) = cursor.fetchone()
    body = f"{today:%y%m%d}{desk:06d}{sequence:08d}"
    return f"{body[:6]}-{body[6:12]}-{body[12:]}-{int(body) % 9}", int(sequence)
