"""Moving all business data to a new card (第十二条第六项): read, or declared lost, then written, read back and closed.

Each card it comes from, the old one and every temporary one that was ever out, has a row of its own: what it gave is
sealed for the holder until the new card holds it, counted and hashed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models.functions import Now

from healthcard.card.host.ports import Transport
from healthcard.card.wire import layout
from healthcard.domain.calendar import day_of
from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.keys.client import KeyClient
from healthcard.perso.products import recognise
from healthcard.perso.upkeep import account, business
from healthcard.perso.upkeep.account import Source, Target
from healthcard.perso.upkeep.business import BusinessData
from healthcard.perso.upkeep.results import Finished, Result
from healthcard.services.acting import Act, act, clock
from healthcard.services.actor import Actor
from healthcard.services.desk import applications, new_card, temporary_cards
from healthcard.services.desk.applications.steps import written
from healthcard.services.desk.transfer_corrections import corrections_of
from healthcard.services.desk.transfer_receipt import (
    LOST,
    UNREADABLE,
    Receipt,
    files,
    files_left,
    named,
    receipt_of,
    whole,
)
from healthcard.services.errors import Conflict, NotFound
from healthcard.services.workshop import business_records, upkeep
from healthcard.storage.models import Application, Card, CardLife, Transfer

CHIP, NONE = "chip", "none"  # what an old chip gave: all it held, or nothing
KIND = "transfer"  # of upkeep jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What came of writing the new card; `receipt` when everything is on it."""

    result: Result
    receipt: Receipt | None = None


def sources(row: Application) -> list[Card]:
    """The cards whose business data belong on the new one, in the order they were in use."""
    known = [each.old_card for each in Transfer.objects.filter(application=row).select_related("old_card")]
    cards = {card.pk: card for card in (*known, *temporary_cards.to_move(row.pk))}
    old = [] if row.card is None else [row.card]
    return old + [cards[pk] for pk in sorted(cards) if pk != row.card_id]


def read(actor: Actor, application_id: int, reader: Transport, keys: KeyClient) -> Receipt:
    """Take over what the card in `reader` holds: the old one or a temporary one, whichever lies there.

    Read again before the new card is handed over, what it holds then counts. Raises NotFound, TransitionRefused for
    another card, Conflict for a locked one or while the new card is being written, CardError.
    """
    actor.require(Permission.DESK_ACT)
    wish = new_card.wish(actor, application_id)
    card = _in_reader(sources(wish.row), reader)
    data = upkeep.business_data(wish.reach, card.pk, reader, keys)
    with act(wish.reach, Permission.DESK_ACT, "transfer.read", application=application_id) as now:
        new = _open(now, application_id)
        _keep(card, new, application_id, data)
        now.note(source=card.pk, items=data.count)
    return so_far(wish.row)


def declare(actor: Actor, application_id: int, card_id: int, why: str) -> Receipt:
    """Say that a card gives nothing: it is lost, or no reader can read it. Its holder is told what that means.

    Raises NotFound, Invalid without a reason, Conflict for one that was read.
    """
    text = written("why", why)
    actor.require(Permission.DESK_ACT)
    wish = new_card.wish(actor, application_id)
    with act(wish.reach, Permission.DESK_ACT, "transfer.declare", application=application_id) as now:
        new = _open(now, application_id)
        card = next((each for each in sources(wish.row) if each.pk == card_id), None)
        if card is None:
            raise NotFound("There is no such card among those whose data are moved.")
        if Transfer.objects.filter(old_card=card, new_card=new, source=CHIP).exists():
            raise Conflict("原卡已读出：其中的数据会转入新卡。", "This card was read: what it holds is moved.")
        gone = whole(card, LOST if "lost" in (card.place, card.end_reason) else UNREADABLE)
        given = {"source": NONE, "not_transferable": gone, "closed_at": Now(), "application_id": application_id}
        Transfer.objects.update_or_create(old_card=card, new_card=new, defaults=given)
        now.note(source=card.pk, why=text)
        now.tell(card.resident_id, "replacement.not_transferable", what=named(gone))
    return so_far(wish.row)


def move(actor: Actor, application_id: int, reader: Transport, keys: KeyClient) -> Moved:
    """Write everything that was read to the new card in `reader`, read it back and close the move.

    Interrupted, it is done again with the same card and goes on where it stopped. Raises NotFound, TransitionRefused
    while a card is neither read nor declared, Conflict, CardError.
    """
    actor.require(Permission.DESK_ACT)
    wish = new_card.wish(actor, application_id)
    new = new_card.waiting(application_id)
    rows = _rows(wish.row, new)
    _require_given(wish.row, rows)
    if all(row.closed_at for row in rows):
        return Moved(result=Finished(written=0), receipt=so_far(wish.row))
    given = {row: _source(row) for row in rows if row.source == CHIP}
    target = account.together(list(given.values()), layout.load(new.layout))
    result = upkeep.carry_out(wish.reach, new.pk, KIND, target.goals, reader, keys, application_id=application_id)
    if not isinstance(result, Finished):
        return Moved(result=result)
    there = upkeep.business_data(wish.reach, new.pk, reader, keys)
    _close(wish.reach, application_id, given, target, there)
    return Moved(result=result, receipt=so_far(wish.row))


def receipt(actor: Actor, application_id: int) -> Receipt:
    """How far the move has come and, when it is done, what was moved of which file; raises NotFound."""
    actor.require(Permission.APPLICATION_VIEW)
    row = Application.objects.filter(pk=application_id, kind__in=new_card.KINDS).first()
    if row is None:
        raise NotFound(new_card.NONE)
    return so_far(row)


def so_far(row: Application) -> Receipt:
    """How far the move of an application has come, for services that have it."""
    return receipt_of(row, sources(row))


def require_closed(row: Application, new: Card) -> list[Transfer]:
    """Within the act that hands the new card over: all that was to be moved is on it. Raises TransitionRefused.

    A card that could be written to after it was read has to have been read on this day.
    """
    rows = _rows(row, new)
    _, today = clock()
    closed = {each.old_card_id for each in rows if each.closed_at and not _stale(each, today)}
    missing = [card.issue_serial for card in sources(row) if card.pk not in closed]
    require("list_closed", not missing, missing=missing)
    return rows


def drop(new: Card) -> None:
    """Within the act that gives the new card up: nothing that was read stays; another card is filled anew."""
    Transfer.objects.filter(new_card=new).update(sealed=None)


def _open(now: Act, application_id: int) -> Card:
    """The new card, its application held; nothing of it is being written."""
    row = applications.held(application_id)
    require("application_approved", row.state in ("making", "arrived"), state=row.state)
    new = new_card.waiting(application_id)
    if upkeep.open_job(new.pk) is not None:
        raise Conflict(*upkeep.SETTLE)
    now.about(resident=row.resident_id, card=new.pk)
    return new


def _in_reader(cards: Sequence[Card], reader: Transport) -> Card:
    found = recognise(reader)
    chip = (found.product.name, found.chip8)
    card = next((each for each in cards if (each.product, bytes(each.chip8 or b"")) == chip), None)
    require("card_in_reader", card is not None)
    return card or cards[0]


def _keep(card: Card, new: Card, application_id: int, data: BusinessData) -> None:
    given = {
        "application_id": application_id,
        "source": CHIP,
        "sealed": business_records.sealed(data, card),
        "items": data.count,
        "digest": account.digest(data.entries),
        "written_items": 0,
        "written_digest": None,
        "files": [],
        "not_transferable": [],
        "opened_at": Now(),
        "closed_at": None,
    }
    Transfer.objects.update_or_create(old_card=card, new_card=new, defaults=given)


def _rows(row: Application, new: Card) -> list[Transfer]:
    """The moves to this card in the order the old ones were in use."""
    place = {card.pk: number for number, card in enumerate(sources(row))}
    rows = Transfer.objects.filter(application=row, new_card=new).select_related("old_card")
    return sorted(rows, key=lambda each: place[each.old_card_id])


def _require_given(row: Application, rows: Sequence[Transfer]) -> None:
    """Every card was read or declared; what is moved anew is read anew, all of it."""
    again = any(each.closed_at is None for each in rows)
    given = {each.old_card_id for each in rows if each.source == NONE or each.sealed is not None or not again}
    missing = [card.issue_serial for card in sources(row) if card.pk not in given]
    require("list_closed", not missing, missing=missing)


def _stale(row: Transfer, today: date) -> bool:
    """Whether something may have been written to the old card since it was read."""
    card = row.old_card
    in_use = card.life == CardLife.ISSUED and card.loss != "written"
    return row.source == CHIP and in_use and day_of(row.opened_at) != today


def _source(row: Transfer) -> Source:
    card = row.old_card
    return Source(
        data=business_records.opened(bytes(row.sealed or b""), card),
        first=business_records.remembered(card),
        corrections=corrections_of(card),
    )


def _close(
    actor: Actor, application_id: int, given: Mapping[Transfer, Source], target: Target, there: BusinessData
) -> None:
    """All of it arrived, as read back: the rows say so, and nothing sealed stays."""
    if faults := list(business.differences(target.due, there)):
        raise Conflict(
            "新卡上的数据不完整：请重新写入业务数据。",
            f"The new card does not show all of it: {faults[0]}. Move the data again.",
        )
    with act(actor, Permission.DESK_ACT, "transfer.close", application=application_id) as now:
        new = _open(now, application_id)
        closed = [_close_one(row, new, source, target, there) for row, source in given.items()]
        count, gone = sum(each.items for each in closed), [left for each in closed for left in each.not_transferable]
        now.note(items=count, digests=[bytes(each.digest or b"").hex() for each in closed])
        now.tell(new.resident_id, "replacement.moved", count=count)
        if what := named(gone):
            now.tell(new.resident_id, "replacement.not_transferable", what=what)


def _close_one(row: Transfer, new: Card, source: Source, target: Target, there: BusinessData) -> Transfer:
    """One card's row: what of it is due on the new card, what was found there, what is left."""
    before, data = Transfer.objects.select_for_update().get(pk=row.pk), source.data
    left = account.left(data, target.due, layout.load(new.layout), source.corrections)
    if before.closed_at is not None or bytes(before.digest or b"") != bytes(row.digest or b""):
        raise Conflict(
            "原卡又读取过：请重新写入业务数据。", "The old card was read again meanwhile: move the data again."
        )
    due = account.moved(data, target.due)
    found = account.moved(replace(data, entries=due), there)
    Transfer.objects.filter(pk=row.pk).update(
        items=len(due),
        digest=account.digest(due),
        written_items=len(found),
        written_digest=account.digest(found),
        files=files(found),
        not_transferable=files_left(left),
        sealed=None,
        closed_at=Now(),
    )
    return Transfer.objects.get(pk=row.pk)
