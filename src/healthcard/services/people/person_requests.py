"""Requests about a person's own data: taken at a desk with a receipt and a day for the answer, decided once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from django.db import connection

from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.services.acting import Act, alone_with_person, clock
from healthcard.services.actor import Actor
from healthcard.services.authority import holidays
from healthcard.services.desk.applications import Delegate, Reached
from healthcard.services.desk.applications.judging import judge_asking, judge_documents
from healthcard.services.desk.applications.reach import require_another
from healthcard.services.errors import NotFound
from healthcard.services.people import residents
from healthcard.services.sealing import sealer
from healthcard.services.second_person import is_another
from healthcard.services.wording import written
from healthcard.storage.models import PersonRequest, Resident

LINK, DELETION = "link", "deletion"
# Decided by another person than took them: what cannot be undone. A copy is given by one: its person is told when it
# was asked for and when it was granted, and has it in his list of accesses; a desk of one clerk has to answer in time.
TWO = frozenset({LINK, DELETION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, what he showed, how he was verified; `wish` in his own words, `lift` where a restriction shall end."""

    by: str = "holder"
    delegate: Delegate | None = None
    presented: tuple[str, ...] = ()
    identity: str = ""
    wish: str = field(default="", repr=False)
    lift: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A request taken: `number` stands on the receipt, `due_on` is the last day to answer."""

    id: int
    number: str
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A request as lists show it."""

    id: int
    number: str
    kind: str
    by: str
    accepted_at: datetime
    due_on: date
    decided_at: datetime | None
    granted: bool | None
    answer: str


def take(now: Act, kind: str, right: str, found: Reached, asking: Asking, told: Mapping[str, object]) -> Taken:
    """Within an act: a request about somebody in reach; whoever came may ask `right`. `told` is sealed with it.

    Raises TransitionRefused, Refused, Invalid.
    """
    alone_with_person(found.person.pk)
    at, today = clock()
    record = residents.opened(found.person.pk)
    dead = found.person.died_on is not None
    judge_asking(right, asking.by, asking.delegate, record, found.parameters, today, dead=dead)
    judge_documents("rights", asking.by, asking.presented, asking.identity)
    open_one = PersonRequest.objects.filter(resident=found.person, kind=kind, decided_at=None)
    require("none_open", not open_one.exists(), number=open_one.values_list("number", flat=True).first())
    number = _number(today, now.actor.organisation)
    sealed = {**told, "wish": asking.wish.strip()[:500], "lift": asking.lift}
    row = PersonRequest.objects.create(
        number=number,
        kind=kind,
        resident=found.person,
        by=asking.by,
        presented=sorted(set(asking.presented)),
        sealed=_sealed({**sealed, "delegate": asdict(asking.delegate) if asking.delegate else None}, number),
        desk_id=now.actor.organisation,
        accepted_by_id=now.actor.account,
        accepted_at=at,
        due_on=holidays.due(today, found.parameters.number("deadline.rights")),
        operation=now.operation,
    )
    now.note(request=row.pk, kind=kind, by=asking.by, presented=row.presented)
    return Taken(id=row.pk, number=number, due_on=row.due_on)


def held(request_id: int) -> PersonRequest:
    """Within an act: a request nobody decided yet, its person held; raises NotFound, TransitionRefused."""
    row = PersonRequest.objects.filter(pk=request_id).first()
    if row is None:
        raise NotFound("There is no such request.")
    alone_with_person(row.resident_id)
    row = PersonRequest.objects.select_for_update(of=("self",)).get(pk=request_id)
    require("not_decided", row.decided_at is None)
    return row


def decide(now: Act, row: PersonRequest, *, granted: bool, answer: str) -> None:
    """Within an act: the one answer to a request; raises Invalid, TransitionRefused for the second person missing."""
    require_another(now.actor, row.resident)
    text = written("answer", answer)
    require("another_person", row.kind not in TWO or is_another(now.actor, row.accepted_by_id))
    row.decided_by_id, row.decided_at, row.granted, row.answer = now.actor.account, clock()[0], granted, text
    row.save(update_fields=["decided_by", "decided_at", "granted", "answer"])
    now.about(resident=row.resident_id)
    now.note(request=row.pk, kind=row.kind, granted=granted)


def opened(row: PersonRequest) -> Mapping[str, object]:
    """What was said when it was asked; {} once it was deleted. Raises SealBroken."""
    if not bytes(row.sealed):
        return {}
    told: dict[str, object] = json.loads(sealer().open(bytes(row.sealed), _owner(row.number)))
    return told


def listed(actor: Actor, resident_id: int) -> tuple[Row, ...]:
    """Everything asked about somebody's data, the newest first; raises NotFound."""
    actor.require(Permission.RESIDENT_VIEW)
    if not Resident.objects.filter(pk=resident_id).exists():
        raise NotFound("There is no such person on file.")
    return tuple(map(shown, PersonRequest.objects.filter(resident=resident_id).order_by("-pk")))


def shown(row: PersonRequest) -> Row:
    """A request without what was said."""
    return Row(
        id=row.pk,
        number=row.number,
        kind=row.kind,
        by=row.by,
        accepted_at=row.accepted_at,
        due_on=row.due_on,
        decided_at=row.decided_at,
        granted=row.granted,
        answer=row.answer,
    )


def _sealed(told: Mapping[str, object], number: str) -> bytes:
    return sealer().seal(json.dumps(told, ensure_ascii=False).encode(), _owner(number))


def _owner(number: str) -> bytes:
    return f"request:{number}".encode()


def _number(today: date, desk: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('person_request', 'id'))")
        (sequence,) = cursor.fetchone()
    return f"{today:%y%m%d}-{desk:06d}-R{sequence:07d}"
