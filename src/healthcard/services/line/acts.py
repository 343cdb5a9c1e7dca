"""The acts the line can carry out on a card, by name. A service that has one more adds its line here."""

from __future__ import annotations

from collections.abc import Mapping

from healthcard.services.line import chip_acts, desk_acts, device_acts, replacement_acts, temporary_acts, update_acts
from healthcard.services.line.calls import Act
from healthcard.services.line.devices import TAKE

ACTS: Mapping[str, Act] = {
    "personalise": chip_acts.personalise,
    "settle making": chip_acts.settle_making,
    "compare": chip_acts.compare,
    "look": chip_acts.look,
    "see through": chip_acts.see_through,
    "set pin": desk_acts.set_pin,
    "hand over": desk_acts.hand_over,
    "release loss": desk_acts.release,
    "unlock": desk_acts.unlock_pin,
    "lock returned": desk_acts.lock_returned,
    "carry out lock": desk_acts.carry_out_lock,
    "read business data": replacement_acts.read,
    "move business data": replacement_acts.move,
    "make temporary": temporary_acts.make,
    "hand over temporary": temporary_acts.hand_over,
    "update card": update_acts.write,
    TAKE: device_acts.take,
}
