"""Unlocking the holder's PIN (第十二条第五项): never by an agent, on the chip first, only then in the record.

An application that is rejected or withdrawn leaves the mark "PIN locked" on the card. It says what its holder told; the
chip alone could say otherwise, and it keeps no card from being used.
"""

from __future__ import annotations

from healthcard.card.host.ports import Transport
from healthcard.domain.lifecycle import refusal, require
from healthcard.domain.permissions import Permission
from healthcard.keys.client import KeyClient
from healthcard.perso.upkeep.pin import PinPad, UnlockPin
from healthcard.perso.upkeep.results import Result
from healthcard.services.acting import Act, act, facts_of, locked
from healthcard.services.actor import Actor
from healthcard.services.authority import parameters
from healthcard.services.desk import applications
from healthcard.services.desk.applications.judging import judge_identity
from healthcard.services.desk.applications.reach import reached, reaching
from healthcard.services.desk.applications.request import Accepted, Request
from healthcard.services.desk.loss import lapse_if_due
from healthcard.services.errors import NotFound
from healthcard.services.workshop import upkeep
from healthcard.storage.models import Application, ApplicationKind, CardEvent


def ask(actor: Actor, request: Request) -> Accepted:
    """Take an application to unlock; the record learns from it that the PIN is locked, if it did not know.

    Raises as `applications.take`, TransitionRefused for a card that cannot be unlocked.
    """
    with (
        act(actor, Permission.APPLICATION_ACCEPT, "unlock.accept", resident=request.resident) as now,
        reached(actor, "unlock", request.resident) as found,
    ):
        taken = applications.take(now, request, found)
        lapse_if_due(now, request.card or 0)
        card = locked(request.card or 0)
        if not card.pin_locked:
            now.event(card.pk, "pin_locked")
            now.tell(card.resident_id, "pin.locked")
        _require_possible(card.pk, found.parameters.number("pin.unlocks"))
    return taken


def carry_out(
    actor: Actor, application_id: int, reader: Transport, keys: KeyClient, pad: PinPad, *, identity: str
) -> Result:
    """Unblock the PIN of the card in `reader`; the holder types a new one on `pad`, and then the record changes.

    Done again after an interruption it goes on where it stopped. Raises NotFound, TransitionRefused, Conflict,
    CardError.
    """
    actor.require(Permission.DESK_ACT)
    row = Application.objects.filter(pk=application_id, kind=ApplicationKind.UNLOCK).first()
    if row is None or row.card_id is None:
        raise NotFound("There is no such application.")
    card, resident = row.card_id, row.resident_id
    reach = reaching(actor, "unlock", resident)
    limit = parameters.recorded(row.parameters_id).number("pin.unlocks")

    def means(now: Act) -> None:
        done = _ready(application_id, identity)
        lapse_if_due(now, card)
        now.about(resident=resident, card=card, application=application_id)
        now.event(card, "unlocked")
        applications.complete(now, done, "unlocked")
        now.note(identity=identity)
        now.tell(resident, "pin.unlocked")

    with act(reach, Permission.DESK_ACT, "unlock.begin", card=card, application=application_id) as now:
        _ready(application_id, identity)
        lapse_if_due(now, card)
        _require_possible(card, limit)
    goals = [UnlockPin(pad=pad)]
    return upkeep.carry_out(reach, card, "unlock", goals, reader, keys, application_id=application_id, means=means)


def _ready(application_id: int, identity: str) -> Application:
    row = applications.ready(application_id, "unlock")
    require("not_decided", row.state in ("accepted", "approved"), state=row.state)
    require("no_agent", row.by != "agent")
    judge_identity(identity, "unlock", row.by)
    return row


def _require_possible(card_id: int, limit: int) -> None:
    require_unlocks_left(card_id, limit)
    if refused := refusal(facts_of(locked(card_id)), "unlocked"):
        raise refused


def require_unlocks_left(card_id: int, limit: int) -> None:
    """Raise TransitionRefused for a card that was unlocked as often as the issuer allows."""
    done = CardEvent.objects.filter(card=card_id, event="unlocked").count()
    require("unlocks_left", done < limit, unlocked=done, limit=limit)
