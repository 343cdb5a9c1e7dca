"""The virtual reader of a demo: a virtual card is put in, taken out, pulled away in the middle of a write.

Demo only: an installation in production has no rack and no such reader.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from healthcard.card.os.products import PRODUCTS
from healthcard.services.actor import Actor
from healthcard.services.desk.stations import office
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.ports import given
from healthcard.services.stage.virtual_slot import VirtualSlot, keep, lying
from healthcard.services.workshop import chips

PIN = re.compile(r"[0-9]{6}")
MOST_COMMANDS = 65535
SERIAL = re.compile(r"[0-9]{10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A virtual card that can be put in, and whether somebody works with it."""

    slot: str
    in_use: bool


def is_there() -> bool:
    """Whether there is one: in a demo."""
    return given().virtual is not None


def shown(actor: Actor) -> tuple[VirtualSlot, tuple[Choice, ...]]:
    """What lies in the reader, and which cards there are. Raises NotFound where there is no virtual reader."""
    office(actor)
    with given().rack() as rack:
        choices = tuple(Choice(slot=each.name, in_use=each.in_use) for each in rack.slots())
    return lying(_folder()), choices


def put_in(actor: Actor, slot: str, *, pull_after: int = 0) -> None:
    """Put the card of `slot` in; with `pull_after` it is pulled when that many commands have reached it."""
    office(actor)
    place = _folder()
    with given().rack() as rack:
        found = next((each for each in rack.slots() if each.name == slot), None)
        if found is None:
            raise NotFound("There is no such virtual card.")
        if found.pulled:
            rack.insert(slot)
    keep(place, replace(lying(place), slot=slot, pull_after=pull_after))


def new_blank(actor: Actor, product: str, issue_serial: str) -> str:
    """A blank chip of `product` for the card of that issue serial, in the card's slot; put in. Its slot.

    Raises Invalid for a product or serial that is none.
    """
    office(actor)
    if product not in PRODUCTS:
        raise Invalid("product", "没有这种芯片", "There is no such product.")
    if not SERIAL.fullmatch(issue_serial):
        raise Invalid("issue_serial", "发卡流水号为十位数字", "An issue serial has ten digits.")
    slot = chips.slot(issue_serial)
    with given().rack() as rack, given().keys() as keys:
        if all(each.name != slot for each in rack.slots()):
            serial = secrets.token_bytes(PRODUCTS[product].serial_length)
            rack.blank(product, serial, keys.factory_envelope(product), slot).close()
    put_in(actor, slot)
    return slot


def take_out(actor: Actor) -> None:
    """Take the card out, at rest or in the middle of a write: whoever works with it finds it gone."""
    office(actor)
    place = _folder()
    there = lying(place)
    keep(place, replace(there, slot="", pull_after=0))
    if there.slot:
        with given().rack() as rack:
            if any(each.name == there.slot for each in rack.slots()):
                rack.remove(there.slot)


def type_pin(actor: Actor, digits: str) -> None:
    """What the holder types on the virtual pad when he is asked next; raises Invalid."""
    office(actor)
    if not PIN.fullmatch(digits):
        raise Invalid("pin", "密码为六位数字", "A PIN has six digits.")
    place = _folder()
    keep(place, replace(lying(place), pin=digits))


def _folder() -> Path:
    place = given().virtual
    if place is None:
        raise NotFound("There is no virtual reader: this is no demo.")
    return place
