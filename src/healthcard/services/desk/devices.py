"""What the devices of a clerk's desk told, for the act it is for: whose identity card it is, a photo, a signature.

It lies in the memory of the card line, is told to the clerk who asked for it and to nobody else, and is forgotten with
the act it was for, or after a quarter of an hour. Nothing of it stands in an address or a log.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from healthcard.domain import identity
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Document
from healthcard.services.acting import act, clock
from healthcard.services.actor import Actor
from healthcard.services.desk import reader_acts
from healthcard.services.errors import Invalid
from healthcard.services.line.devices import TAKE, Device
from healthcard.services.people import finding

VERIFIED = "chip_of_document"  # how an identity was verified (domain/evidence.py), once the clerk compared the person


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCard:
    """What the chip of an identity card says; `cells` are those of the collection form, by their keys."""

    document: Document = field(repr=False)
    cells: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        """The name on it."""
        return self.cells["name"]


def ask(actor: Actor, device: Device) -> str:
    """Ask a device of the actor's desk; the id by which `reader_acts.progress` tells how it stands. Raises Refused."""
    actor.require(Permission.DESK_ACT)
    return reader_acts.start(actor, TAKE, {"device": device.value})


def picture(actor: Actor, session: str, device: Device) -> bytes:
    """What a camera or a signature pad took, as it came; raises Refused where there is nothing."""
    try:
        return b64decode(reader_acts.taken(actor, session, device)["picture"], validate=True)
    except ValueError:
        raise Invalid(device.value, "设备给出的图片无法读取", "The device gave no picture.") from None


def identity_card(actor: Actor, session: str) -> IdentityCard:
    """What an identity card said; raises Refused for one that has run out, or with a number that cannot be."""
    told = reader_acts.taken(actor, session, Device.IDENTITY_CARD)
    until = told["valid_until"]
    _, today = clock()
    if until and not _good(until, today):
        raise reader_acts.refused("card run out")
    try:
        document = identity.document(identity.CITIZEN, told["citizen_number"])
    except identity.NumberRefused as error:
        raise reader_acts.refused("wrong number") from error
    cells = {name: text for name, text in told.items() if text and name != "valid_until"}
    return IdentityCard(document=document, cells=cells)


def identify(actor: Actor, session: str, resident_id: int) -> bool:
    """Whether the identity card is this person's; that it was read is in the audit. Raises Refused."""
    card = identity_card(actor, session)
    with act(actor, Permission.DESK_ACT, "identity.read", resident=resident_id) as now:
        matches = finding.holder(card.document) == resident_id
        now.note(matches=matches)
    return matches


def forget(actor: Actor, session: str) -> None:
    """Keep nothing of it: the act it was for is done."""
    reader_acts.forget(actor, session)


def _good(until: str, today: date) -> bool:
    try:
        return today <= date.fromisoformat(until)
    except ValueError:
        return False
