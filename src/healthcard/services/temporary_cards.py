"""Temporary cards as others need them (第十二条第七项): the one that is out, its end, what of it is still to be moved.

Asking for one, making it and handing it over is `services.temporary`; this lies below applications, which end one too.
"""

from __future__ import annotations

from healthcard.services import recovery
from healthcard.services.acting import Act, locked
from healthcard.storage.models import Card, CardEvent, CardKind, CardLife, Transfer

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
    now.event(card.pk, "temporary_ended", end_reason=reason, place=place, place_org=_here(now) if here else None)
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
        now.about(card=resting)
        now.tell(resident_id, "card.resumed")
    return resting


def _here(now: Act) -> int:
    return now.actor.organisation
