"""What is due and when: open applications, requests about data, cards kept for their holders; nearest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from healthcard.domain.permissions import Permission
from healthcard.services.acting import clock
from healthcard.services.actor import Actor
from healthcard.services.desk import applications, stock
from healthcard.storage.models import PersonRequest

MOST = 200  # of each sort
APPLICATION, REQUEST, CARD = "application", "request", "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One thing with a last day: an application (its `kind` and `state`), a request, or a card to be collected."""

    sort: str
    id: int
    number: str
    kind: str
    state: str
    resident: int
    holder_masked: str
    due_on: date
    days: int

    @property
    def overdue(self) -> bool:
        """Whether its day is over."""
        return self.days < 0


def board(actor: Actor) -> tuple[Due, ...]:
    """Everything with a deadline in the actor's part of the tree and at his desk, what is due first at the top."""
    actor.require(Permission.APPLICATION_VIEW)
    _, day = clock()
    found = [*_applications(actor, day), *_requests(day)]
    if actor.may(Permission.CARD_STOCK):
        found += _cards(actor, day)
    return tuple(sorted(found, key=lambda each: (each.due_on, each.sort, each.id)))


def _applications(actor: Actor, day: date) -> Iterable[Due]:
    for row in applications.listed(actor, limit=MOST).applications:
        if row.due_on is not None:
            yield Due(
                sort=APPLICATION,
                id=row.id,
                number=row.number,
                kind=row.kind,
                state=row.state,
                resident=row.resident,
                holder_masked=row.holder_masked,
                due_on=row.due_on,
                days=(row.due_on - day).days,
            )


def _requests(day: date) -> Iterable[Due]:
    rows = PersonRequest.objects.filter(decided_at=None).select_related("resident").order_by("due_on", "pk")[:MOST]
    for row in rows:
        yield Due(
            sort=REQUEST,
            id=row.pk,
            number=row.number,
            kind=row.kind,
            state="",
            resident=row.resident_id,
            holder_masked=row.resident.name_masked,
            due_on=row.due_on,
            days=(row.due_on - day).days,
        )


def _cards(actor: Actor, day: date) -> Iterable[Due]:
    for card in stock.listed(actor, stock.DESK).cards:
        if card.until is not None:
            yield Due(
                sort=CARD,
                id=card.id,
                number=card.issue_serial,
                kind="",
                state="",
                resident=card.resident,
                holder_masked=card.holder_masked,
                due_on=card.until,
                days=(card.until - day).days,
            )
