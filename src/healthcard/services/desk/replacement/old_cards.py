"""The cards that end when a new one is handed over: the temporary one, then the old one, in the same act."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from healthcard.domain.calendar import day_of
from healthcard.domain.lifecycle import require
from healthcard.services.acting import Act
from healthcard.services.desk import applications, recovery, temporary_cards
from healthcard.services.desk.applications.acceptance import OPEN
from healthcard.services.desk.recovery import Receipt
from healthcard.services.institutions import registrations
from healthcard.services.workshop import business_records
from healthcard.storage.models import Application, Card, CardLife, Recovery, Transfer

ON_ONE_CARD = ("unloss", "unlock", "update")
OLD, TEMPORARY = "card", "temporary_card"  # papers of `domain.evidence`


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What the holder had before. `facts` are what the table of documents asks for; back: what lies on the desk."""

    old: Card | None = field(repr=False)
    temporary: Card | None = field(repr=False)
    old_back: bool
    temporary_back: bool
    facts: dict[str, str]


def outgoing(row: Application, presented: Collection[str]) -> Outgoing:
    """The cards that end with this hand-over, each returned now or reported lost. Raises TransitionRefused."""
    old, temporary = row.card, temporary_cards.out(row.resident_id)
    facts = {"reason": row.reason}
    if temporary is not None:
        lost = temporary.loss == "written"
        require("temporary_returned", TEMPORARY in presented or lost, card=temporary.issue_serial)
        facts |= {} if lost else {"temporary": "issued"}
    if old is not None:
        require("card_to_replace", old.life == CardLife.ISSUED, life=old.life)
        require("not_supervised", old.app_lock == "none", app_lock=old.app_lock)
        lost = old.loss == "written"
        require("old_card_returned", OLD in presented or lost, card=old.issue_serial)
        facts["reason"] = "lost" if lost else "damaged" if row.reason == "lost" else row.reason
    return Outgoing(
        old=old,
        temporary=temporary,
        old_back=OLD in presented,
        temporary_back=TEMPORARY in presented,
        facts=facts,
    )


def end(now: Act, row: Application, cards: Outgoing, new: Card, moves: Sequence[Transfer]) -> tuple[Receipt, ...]:
    """Within the act that hands the new card over, before it is usable: the others end, and whatever is registered
    under them goes to it. The receipts of chips that were taken back.
    """
    if cards.temporary is not None:
        back = cards.temporary_back
        reason, place = ("returned", "recovered") if back else ("lost", "lost")
        temporary_cards.end(now, cards.temporary, reason=reason, place=place)
    from_cards = [each.old_card_id for each in moves]
    registrations.repoint(now, from_cards, new.pk, moves)
    business_records.forget(from_cards)
    if cards.old is not None:
        _cancel(now, cards.old, back=cards.old_back)
    return _receipts(cards)


def _cancel(now: Act, old: Card, *, back: bool) -> None:
    """注销标记: the old card takes part in nothing any more; a chip that was not brought back is black-listed."""
    place = {"place": "recovered", "place_org": now.actor.organisation} if back else {"place": "lost"}
    now.about(card=old.pk)
    now.event(old.pk, "replaced", **place)
    now.tell(old.resident_id, "replacement.done")
    _lapse_others(now, old)
    if back:
        receipt = recovery.keep(now, old.pk)
        now.tell(old.resident_id, "chip.received", receipt=receipt.number)
        return
    now.event(old.pk, "listed")
    now.tell(old.resident_id, "card.listed")


def _lapse_others(now: Act, old: Card) -> None:
    """What was asked for on the old card alone has no object any more."""
    mine = now.subjects["application"]
    for wish in Application.objects.filter(card=old, kind__in=ON_ONE_CARD, state__in=OPEN).order_by("pk"):
        applications.lapse(now, wish.pk, "replaced")
    now.about(application=mine, card=old.pk)


def _receipts(cards: Outgoing) -> tuple[Receipt, ...]:
    ids = [card.pk for card in (cards.temporary, cards.old) if card is not None]
    rows = Recovery.objects.filter(card__in=ids).order_by("pk")
    return tuple(Receipt(card=row.card_id, number=row.receipt, day=day_of(row.received_at)) for row in rows)
