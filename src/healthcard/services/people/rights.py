"""What a person may ask about his own data (个人信息保护法第四十四条至第五十条): taken, answered in time, carried out.

Copy and access log give an export; a restriction stops everything the card itself does not need; a deletion leaves a
tombstone: the digests of the documents, and that the cards ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Max
from django.db.models.functions import Now

from healthcard.domain import rights
from healthcard.domain.calendar import day_of
from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.services.acting import Act, act, clock
from healthcard.services.actor import Actor
from healthcard.services.authority import parameters
from healthcard.services.desk.applications.reach import reached, require_doing
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.people import data_copy, person_requests, resident_record, unmasking
from healthcard.services.people.person_requests import DELETION, Asking, Taken
from healthcard.services.sealing import sealer
from healthcard.storage.models import Access, Application, Card, CardEvent, PersonRequest, Resident

EXPORTS = frozenset({"copy", "access_log", "explanation"})
_RESTRICTS = frozenset({"restriction", "withdrawal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One row of a person's access log: who saw what, where, what for."""

    id: int
    at: datetime
    organisation: str
    by: str
    purpose: str
    what: str
    reason: str


def ask(actor: Actor, resident_id: int, right: str, asking: Asking) -> Taken:
    """Take a request about somebody's data; he is told until when it is answered.

    Raises NotFound, TransitionRefused, Refused, Invalid for no right there is.
    """
    if right not in rights.RIGHTS:
        raise Invalid("right", "没有这项权利", f"one of {', '.join(rights.RIGHTS)}")
    with (
        act(actor, Permission.RESIDENT_CORRECT, "rights.receive", resident=resident_id) as now,
        reached(actor, "update", resident_id) as found,
    ):
        require_doing(found)
        taken = person_requests.take(now, right, right, found, asking, {})
        now.tell(resident_id, "rights.received", what=rights.RIGHTS[right].zh, receipt=taken.number, until=taken.due_on)
        return taken


def answer(actor: Actor, request_id: int, *, granted: bool, text: str) -> None:
    """Answer a request and, granted, carry it out; a deletion is granted by another person than took it.

    Raises NotFound, TransitionRefused, Invalid.
    """
    with act(actor, Permission.RESIDENT_CORRECT, "rights.answer") as now:
        row = person_requests.held(request_id)
        if row.kind not in rights.RIGHTS:
            raise NotFound("There is no such request.")
        told = person_requests.opened(row)
        if granted and row.kind == DELETION:
            _require_over(row.resident_id)
        person_requests.decide(now, row, granted=granted, answer=text)
        what = rights.RIGHTS[row.kind].zh
        now.tell(row.resident_id, "rights.answered", what=what, receipt=row.number, reason=row.answer)
        if granted and row.kind in _RESTRICTS:
            restricted = not told.get("lift", False)
            Resident.objects.filter(pk=row.resident_id).update(restricted=restricted, updated_at=Now())
            now.note(restricted=restricted)
        if granted and row.kind == DELETION:
            _forget(now, row.resident_id)


def copy(actor: Actor, request_id: int) -> Mapping[str, object]:
    """Everything on file about the person of a granted request, to be handed to him; that it was made is logged.

    Raises NotFound, TransitionRefused where nobody granted it.
    """
    with act(actor, Permission.RESIDENT_CORRECT, "rights.copy") as now:
        row = PersonRequest.objects.filter(pk=request_id, kind__in=EXPORTS).first()
        if row is None:
            raise NotFound("There is no such request.")
        require("approved_first", bool(row.granted))
        now.about(resident=row.resident_id)
        unmasking.recorded(now, row.resident_id, "copy", f"副本 {row.number}", row.answer, tell=False)
        return data_copy.everything(row.resident_id)


def accesses(actor: Actor, resident_id: int) -> tuple[Sight, ...]:
    """Who saw somebody's data in clear, the newest first; raises NotFound."""
    actor.require(Permission.RESIDENT_VIEW)
    if not Resident.objects.filter(pk=resident_id).exists():
        raise NotFound("There is no such person on file.")
    return sights(resident_id)


def sights(resident_id: int) -> tuple[Sight, ...]:
    """The person's access log, for services that may show it."""
    rows = Access.objects.filter(resident=resident_id).select_related("organisation", "account").order_by("-pk")
    return tuple(
        Sight(
            id=row.pk,
            at=row.at,
            organisation=row.organisation.name,
            by=row.account.full_name if row.account else "",
            purpose=row.purpose,
            what=row.what,
            reason=row.reason,
        )
        for row in rows
    )


def keep_until(resident_id: int) -> date | None:
    """The last day the person's data have to be kept, by his home's parameters; None when nothing keeps them."""
    person = Resident.objects.select_related("home").get(pk=resident_id)
    _, today = clock()
    rules = parameters.of(person.home, today).values
    ended = CardEvent.objects.filter(card__resident=resident_id).aggregate(last=Max("at"))["last"]
    closed = Application.objects.filter(resident=resident_id).aggregate(last=Max("closed_at"))["last"]
    days = [rights.kept_until("base_data", day_of(ended), rules)] if ended else []
    days += [rights.kept_until("application", day_of(closed), rules)] if closed else []
    return max((day for day in days if day is not None), default=None)


def _require_over(resident_id: int) -> None:
    """No card lives, nothing is open, and the time of everything is over."""
    living = Card.objects.filter(resident=resident_id).exclude(life__in=["ended", "scrapped"]).exists()
    unfinished = Application.objects.filter(resident=resident_id, closed_at=None).exists()
    require("no_card_lives", not (living or unfinished))
    until, (_, today) = keep_until(resident_id), clock()
    require("time_over", until is None or today > until, until=str(until))


def _forget(now: Act, resident_id: int) -> None:
    """Empty what identifies the person; the database does it, in this transaction alone."""
    row = Resident.objects.get(pk=resident_id)
    tombstone = sealer().seal(resident_record.ERASED, bytes(row.identity_digest))
    with connection.cursor() as cursor:
        cursor.execute("SELECT forget(%s, %s)", [resident_id, tombstone])
    now.note(deleted=True)
