"""Information on the card updated (卡内信息更新, 第十二条第六项): what the chip lets its issuer rewrite, at the desk.

The chip is written first, then the record changes, in the act that closes the work on the chip. What it does not let
anybody rewrite - who the holder is, his number, his city - takes a new card.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

from healthcard.card.host.ports import Transport
from healthcard.card.wire import layout
from healthcard.domain import card_update, roads
from healthcard.domain.calendar import add_years, day_of
from healthcard.domain.card_update import UnknownItem, Wanted
from healthcard.domain.lifecycle import refusal, require
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Resident as Form
from healthcard.keys.client import KeyClient
from healthcard.perso.upkeep.plan import Goal
from healthcard.perso.upkeep.results import Result
from healthcard.services.acting import Act, act, alone_with_person, clock, facts_of, locked
from healthcard.services.actor import Actor
from healthcard.services.authority import parameters
from healthcard.services.desk import applications
from healthcard.services.desk.applications import content
from healthcard.services.desk.applications.judging import judge_identity
from healthcard.services.desk.applications.reach import reached, reaching
from healthcard.services.desk.applications.request import Accepted, Request
from healthcard.services.desk.loss import lapse_if_due
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.people import collection_form, record_changes, residents
from healthcard.services.workshop import upkeep
from healthcard.storage.models import Application, ApplicationKind, Card, CardLife

KIND = ApplicationKind.UPDATE.value


def ask(actor: Actor, request: Request) -> Accepted:
    """Take an application to change data on a card, judged whole: nothing is taken that could not be written.

    Raises as `applications.take`, FormRefused for cells the collection form does not allow, TransitionRefused for what
    takes a new card.
    """
    with (
        act(actor, Permission.APPLICATION_ACCEPT, "update.accept", resident=request.resident) as now,
        reached(actor, KIND, request.resident) as found,
    ):
        alone_with_person(request.resident)
        taken = applications.take(now, request, found)
        row = applications.held(taken.id)
        if row.card_id is None:
            raise Invalid("card", "须指明要更新的卡", "say which card's data shall change")
        lapse_if_due(now, row.card_id)
        _goals(row.card_id, _possible(row))
    return taken


def carry_out(actor: Actor, application_id: int, reader: Transport, keys: KeyClient, *, identity: str) -> Result:
    """Write the changed items on the card in `reader`, and then change the record by the same application.

    Done again after an interruption it goes on where it stopped. Raises NotFound, TransitionRefused, Conflict,
    CardError.
    """
    actor.require(Permission.DESK_ACT)
    row = Application.objects.filter(pk=application_id, kind=KIND).first()
    if row is None or row.card_id is None:
        raise NotFound("There is no such application.")
    card, reach = row.card_id, reaching(actor, KIND, row.resident_id)

    def means(now: Act) -> None:
        done = _ready(application_id, identity)
        lapse_if_due(now, card)
        now.about(resident=done.resident_id, card=card, application=application_id)
        now.note(identity=identity)
        _record(now, done, card)
        applications.complete(now, done, "written")

    with act(reach, Permission.DESK_ACT, "update.begin", card=card, application=application_id) as now:
        ready = _ready(application_id, identity)
        lapse_if_due(now, card)
        goals = _goals(card, _possible(ready))
    return upkeep.carry_out(reach, card, KIND, goals, reader, keys, application_id=application_id, means=means)


def _ready(application_id: int, identity: str) -> Application:
    row = applications.ready(application_id, KIND)
    require("not_decided", row.state in ("accepted", "approved"), state=row.state)
    judge_identity(identity, KIND, row.by)
    return row


def _possible(row: Application) -> Wanted:
    """What the application wants, if this card can have it now; raises TransitionRefused, Invalid."""
    wanted = _wanted(row)
    fixed = sorted(roads.WAYS[name].zh for name in wanted.fields if roads.road([name]) is roads.Road.REPLACE)
    require("takes_new_card", not fixed, fields=fixed)
    card = locked(row.card_id or 0)
    if refused := refusal(facts_of(card), "data_updated"):
        raise refused
    require_no_new_card(row.resident_id)
    _require_validity(row, card, wanted.valid_until)
    return wanted


def fields_of(row: Application) -> frozenset[str]:
    """The fields of the base data that an application asks to have written."""
    return frozenset(_wanted(row).fields)


def _wanted(row: Application) -> Wanted:
    rows = cast("list[Mapping[str, str]]", content.opened(row).fields["changes"])  # the form's own type of the field
    try:
        return card_update.wanted(rows)
    except UnknownItem as error:
        raise Invalid("changes", f"第 {error.place} 行不是可更新的条目或内容", f"{error}") from error


def require_no_new_card(resident_id: int) -> None:
    """Raise TransitionRefused while a new card is being made for somebody, or waits for him."""
    waiting = Card.objects.filter(resident=resident_id, life__in=(CardLife.PLANNED, CardLife.MADE))
    require("new_card_first", not waiting.exists())


def _require_validity(row: Application, card: Card, until: date | None) -> None:
    """A formal card may be prolonged, no further than a new one would be valid from the day of the application."""
    if until is None:
        return
    most = add_years(day_of(row.accepted_at), parameters.recorded(row.parameters_id).number("card.valid_years"))
    allowed = card.kind == "formal" and card.valid_until < until <= most
    require("validity_prolonged", allowed, until=until, most=most)


def _goals(card_id: int, wanted: Wanted) -> tuple[Goal, ...]:
    """What shall be on the chip afterwards; raises TransitionRefused, Conflict, FormRefused."""
    card = Card.objects.get(pk=card_id)
    carried = {item.no for file in layout.load(card.layout).files for item in file.items}
    items = carried & set(roads.items(wanted.fields))
    require("on_the_card", bool(items))
    after = _after(residents.opened(card.resident_id), wanted)
    return upkeep.changes(card_id, items, person=after, valid_until=wanted.valid_until)


def _after(person: Form, wanted: Wanted) -> Form:
    """The person's data as they shall be."""
    return collection_form.edited(KIND, person, wanted.cells, today=clock()[1]) if wanted.cells else person


def _record(now: Act, row: Application, card_id: int) -> None:
    """Within the act that closes the work on the chip: the record says what the chip says."""
    wanted = _wanted(row)
    until = {} if wanted.valid_until is None else {"valid_until": wanted.valid_until}
    now.event(card_id, "data_updated", **until)
    before = residents.opened(row.resident_id)
    if _after(before, wanted) != before:  # a correction may have changed it before
        record_changes.change(now, row.resident_id, lambda person: _after(person, wanted), reason=row.number)
    what = "、".join(roads.WAYS[name].zh for name in sorted(wanted.fields))
    now.tell(row.resident_id, "data.written", what=what)
