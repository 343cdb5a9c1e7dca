"""The holder's first PIN (第十二条第一、五项): at random until he sets one of his own, before he takes the card.

Making gives every card a random PIN that nobody is told. Who sets none at the hand-over has it unlocked later.
"""

from __future__ import annotations

from healthcard.card.host.ports import Transport
from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.keys.client import KeyClient
from healthcard.perso.upkeep.pin import PinPad, UnlockPin
from healthcard.perso.upkeep.results import Result
from healthcard.services.acting import Act, act
from healthcard.services.actor import Actor
from healthcard.services.desk import applications
from healthcard.services.desk.applications.judging import judge_identity
from healthcard.services.desk.applications.reach import reaching
from healthcard.services.errors import NotFound
from healthcard.services.workshop import upkeep
from healthcard.storage.models import Application, Card, CardLife

KIND = "set_pin"  # of upkeep jobs
HIMSELF = ("holder", "guardian")  # who sets a PIN: never an agent


def set_pin(
    actor: Actor,
    application_id: int,
    reader: Transport,
    keys: KeyClient,
    pad: PinPad,
    *,
    identity: str,
    by: str = "holder",
) -> Result:
    """The card in `reader` waits at the desk to be handed over by this application; the holder types his PIN on `pad`.

    Done again after an interruption it goes on where it stopped. Raises NotFound, TransitionRefused, Conflict,
    CardError.
    """
    actor.require(Permission.DESK_ACT)
    row = Application.objects.filter(pk=application_id).first()
    if row is None:
        raise NotFound("There is no such application.")
    reach, card = reaching(actor, "hand_over", row.resident_id), _waiting(application_id)

    def means(now: Act) -> None:
        now.note(by=by, identity=identity)

    with act(reach, Permission.DESK_ACT, "pin.begin", card=card, application=application_id) as now:
        now.about(resident=applications.held(application_id).resident_id)
        require("no_agent", by in HIMSELF)
        judge_identity(identity, "hand_over", by)
    goals = [UnlockPin(pad=pad, renew=True)]
    return upkeep.carry_out(reach, card, KIND, goals, reader, keys, application_id=application_id, means=means)


def _waiting(application_id: int) -> int:
    """The card of an application that lies at the desk and was not handed over yet."""
    rows = Card.objects.filter(application=application_id, life=CardLife.MADE, place="desk")
    card = rows.values_list("pk", flat=True).first()
    if card is None:
        raise NotFound(
            "No card of this application waits to be handed over. A PIN in use is unlocked (第十二条第五项)."
        )
    return card
