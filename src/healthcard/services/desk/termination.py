"""The end of a person's cards (第十三条): given back, given up by the holder, or ended for the dead and for emigrants.

One act ends everything the person has, so that no card and no wish for one is left behind. Nothing ended comes back:
the life-cycle knows no event that leads out of it. The chip is locked afterwards (`recovery.lock_chip`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from django.db.models.functions import Now

from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.services.acting import Act, act, alone_with_person
from healthcard.services.actor import Actor
from healthcard.services.desk import applications, recovery, transfer
from healthcard.services.desk.applications import content
from healthcard.services.desk.applications.acceptance import OPEN
from healthcard.services.desk.applications.reach import FORWARD, reached
from healthcard.services.desk.applications.request import Accepted, Request
from healthcard.services.desk.recovery import Receipt
from healthcard.services.errors import Invalid
from healthcard.storage.models import Application, ApplicationKind, ApplicationState, Card, CardKind, CardLife, Resident

KINDS = (ApplicationKind.TERMINATION.value, ApplicationKind.RETURN.value)
RETURNED = "returned"  # the reason why a card ended that was given back; the others are the form's
_GONE = {"death": "died_on", "emigration": "left_on"}  # reason -> what the person's record says then


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An application to end, and the `receipt` for the card where it ended at once and its chip was handed in."""

    application: Accepted
    receipt: Receipt | None = None


def ask(actor: Actor, request: Request) -> Asked:
    """Take a termination or a returned card; a return that nobody reviews ends the cards in this act.

    Raises as `applications.take`, Invalid for another kind, TransitionRefused where there is no card to end.
    """
    if request.kind not in KINDS:
        raise Invalid("kind", "应为终止使用或退卡", f"one of {', '.join(KINDS)}")
    with (
        act(actor, Permission.APPLICATION_ACCEPT, f"{request.kind}.accept", resident=request.resident) as now,
        reached(actor, request.kind, request.resident) as found,
    ):
        alone_with_person(request.resident)
        card = _named(request)
        taken = applications.take(now, replace(request, card=card), found)
        alone = found.parameters.code(f"review.{request.kind}") == "none"
        if not alone or found.elsewhere == FORWARD:
            return Asked(application=taken)
        receipt = carried_out(now, applications.ready(taken.id, request.kind))
    return Asked(application=taken, receipt=receipt)


def carried_out(now: Act, row: Application) -> Receipt | None:
    """Within the act that decides it: all cards of the person end and the application is completed.

    The receipt, where the card was handed in to the desk that took the application. A card that nobody has brought is
    black-listed; one that is still at its maker is given up when it is made (`issue.give_up`).
    """
    reason = row.reason or RETURNED
    applications.complete(now, row, reason)
    cards = _living(row.resident_id)
    require("card_to_end", bool(cards))
    for card in cards:
        _end(now, card, row, reason)
    _lapse_others(now, row, reason)
    now.about(resident=row.resident_id, card=row.card_id, application=row.pk)
    _depart(row, reason)
    now.note(reason=reason, cards=[card.pk for card in cards])
    return _kept(now, row, reason)


def _named(request: Request) -> int:
    """The card the application names: the one given, else the one that is in use, else the one that waits."""
    cards = _living(request.resident)
    if request.kind == ApplicationKind.RETURN:
        cards = [card for card in cards if (card.kind, card.life) == (CardKind.FORMAL, CardLife.ISSUED)]
    wanted = [card.pk for card in cards if request.card in (None, card.pk)]
    require("card_to_end", bool(wanted))
    return wanted[0]


def _living(resident_id: int) -> list[Card]:
    """The person's cards that are in somebody's hands or wait for him: those in use first, the formal one first."""
    rows = Card.objects.filter(resident=resident_id, life__in=[CardLife.ISSUED, CardLife.MADE])
    return list(rows.order_by("life", "kind", "pk"))


def _end(now: Act, card: Card, row: Application, reason: str) -> None:
    if card.life == CardLife.MADE:
        why = reason if reason == "death" else "withdrawn"
        there = card.place_org_id or now.actor.organisation
        transfer.drop(card)
        now.event(card.pk, "given_up", end_reason=why, place="recovered", place_org=there)
        now.tell(card.resident_id, "card.given_up", reason=why)
        return
    event, message = _ENDS[CardKind(card.kind)]
    here = _handed_in(row, card.pk)
    place = "recovered" if here else "lost" if card.place == "lost" else "holder"
    now.event(card.pk, event, end_reason=reason, place=place, place_org=row.desk_id if here else None)
    now.tell(card.resident_id, message, reason=reason)
    if not here:
        now.event(card.pk, "listed")
        now.tell(card.resident_id, "card.listed")


_ENDS = {
    CardKind.FORMAL: ("terminated", "card.terminated"),
    CardKind.TEMPORARY: ("temporary_ended", "temporary.ended"),
}


def _handed_in(row: Application, card_id: int | None) -> bool:
    return card_id is not None and card_id == row.card_id and "card" in row.presented


def _lapse_others(now: Act, row: Application, reason: str) -> None:
    """Whatever else the person had asked for, what hangs on another first; what is at the maker ends with its card."""
    others = Application.objects.filter(resident=row.resident_id, state__in=OPEN).exclude(pk=row.pk)
    begun = Card.objects.filter(resident=row.resident_id, life=CardLife.PLANNED).values("application")
    for other in others.exclude(state=ApplicationState.MAKING, pk__in=begun).order_by("-pk"):
        applications.lapse(now, other.pk, reason)


def _depart(row: Application, reason: str) -> None:
    """Put the day of death or departure on the person's record, unless one is there."""
    column = _GONE.get(reason)
    if column is None:
        return
    day = date.fromisoformat(str(content.opened(row).fields["reason_date"]))
    Resident.objects.filter(pk=row.resident_id, **{f"{column}__isnull": True}).update(updated_at=Now(), **{column: day})


def _kept(now: Act, row: Application, reason: str) -> Receipt | None:
    """The receipt of the chip that was handed in; where a dead person's was not, his family is asked for it."""
    if row.card_id is not None and _handed_in(row, row.card_id):
        receipt = recovery.keep(now, row.card_id, desk=row.desk_id, by=row.accepted_by_id)
        now.tell(row.resident_id, "chip.received", receipt=receipt.number)
        return receipt
    if reason == "death":
        masked = Resident.objects.values_list("name_masked", flat=True).get(pk=row.resident_id)
        now.tell(row.resident_id, "dormant.family", name=masked)
    return None
