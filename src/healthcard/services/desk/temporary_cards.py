"""Temporary cards as others need them (第十二条第七项): the one that is out, its end, what of it is still to be moved.

Asking for one, making it and handing it over is `services.temporary`; this lies below applications, which end one too.
"""

from __future__ import annotations

from healthcard.domain.lifecycle import require
from healthcard.services.acting import Act, locked
from healthcard.services.desk import recovery
from healthcard.services.desk.transfer_receipt import UNREADABLE, named, whole
from healthcard.services.workshop import business_records
from healthcard.storage.models import Application, Card, CardEvent, CardKind, CardLife, Transfer
from healthcard.storage.models.perso import OPEN

REASONS = ("returned", "expired", "lost", "withdrawn")  # why one ends before or with the new card


def out(resident_id: int) -> Card | None:
    """The person's temporary card that is issued and has not ended, valid or not; None = none."""
    rows = Card.objects.filter(resident=resident_id, kind=CardKind.TEMPORARY, life=CardLife.ISSUED)
    return rows.first()  # the database allows no second one (I-03)


def to_move(main_application_id: int) -> list[Card]:
    """The temporary cards of an application for a new card that were ever out and whose data are not moved yet.

    In the order they were in use.
    """
    rows = Card.objects.filter(kind=CardKind.TEMPORARY, application__parent=main_application_id)
    used = rows.filter(pk__in=CardEvent.objects.filter(event="handed_over").values("card"))
    moved = Transfer.objects.filter(application=main_application_id, closed_at__isnull=False)
    return list(used.exclude(pk__in=moved.values("old_card")).order_by("pk"))


def end(now: Act, card: Card, *, reason: str, place: str) -> None:
    """Within an act: a temporary card that is out ends, its chip `recovered` here, `lost`, or still with its `holder`.

    `reason` is one of REASONS. A chip at the desk goes into the register of returned cards, any other is black-listed.
    The formal card that rests stays as it is: see `resume`. Raises TransitionRefused.
    """
    here = place == "recovered"
    now.event(
        card.pk, "temporary_ended", end_reason=reason, place=place, place_org=now.actor.organisation if here else None
    )
    now.tell(card.resident_id, "temporary.ended", reason=reason)
    if here:
        receipt = recovery.keep(now, card.pk)
        now.tell(card.resident_id, "chip.received", receipt=receipt.number)
        return
    now.event(card.pk, "listed")
    now.tell(card.resident_id, "card.listed")


def resume(now: Act, resident_id: int) -> int | None:
    """Within the act that ended a temporary card and hands over no new one: the formal card rests no more; its id.

    One that was reported lost stays frozen by its report; its holder is told only of a card he can use again.
    """
    rows = Card.objects.filter(resident=resident_id, kind=CardKind.FORMAL, life=CardLife.ISSUED, suspended=True)
    resting = rows.values_list("pk", flat=True).first()
    if resting is None:
        return None
    now.event(resting, "resumed")
    if locked(resting).loss == "none":
        about = dict(now.subjects)
        now.about(card=resting)
        now.tell(resident_id, "card.resumed")
        now.subjects.update(about)
    return resting


def give_up(now: Act, application_id: int) -> None:
    """Within the act that ends an application for a temporary card: what was made of it ends before anybody had it.

    Raises TransitionRefused while its making is undecided.
    """
    for card in Card.objects.filter(application=application_id, kind=CardKind.TEMPORARY).order_by("pk"):
        if card.life == CardLife.PLANNED:
            require("journal_finished", not card.jobs.filter(state__in=OPEN).exists())
            Card.objects.filter(pk=card.pk).update(ended_because="the application ended")
            now.event(card.pk, "scrapped")
        elif card.life == CardLife.MADE:
            there = card.place_org_id or now.actor.organisation
            now.event(card.pk, "given_up", end_reason="withdrawn", place="recovered", place_org=there)
            recovery.keep(now, card.pk)
            now.tell(card.resident_id, "card.given_up", reason="withdrawn")


def cut_short(now: Act, main: Application) -> None:
    """Within the act that rejects or lapses an application for a new card: its temporary card ends with it (I-03).

    What was written on a temporary card stays on its chip alone, and there is no new card to move it to: its holder is
    told what that may be, before it is forgotten.
    """
    for card in to_move(main.pk):
        now.tell(main.resident_id, "temporary.not_moved", what=named(whole(card, UNREADABLE)))
    for card in Card.objects.filter(application__parent=main, kind=CardKind.TEMPORARY, life=CardLife.ISSUED):
        end(now, card, reason="withdrawn", place="lost" if card.place == "lost" else "holder")
        resume(now, main.resident_id)
    business_records.forget([card.pk for card in Card.objects.filter(application__parent=main)])
