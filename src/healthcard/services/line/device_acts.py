"""The act that asks a device of the desk: an identity card read, a photo, a signature; no card is needed."""

from __future__ import annotations

from healthcard.domain.permissions import Permission
from healthcard.services.acting import act
from healthcard.services.desk.reader_acts import refused
from healthcard.services.errors import Invalid
from healthcard.services.line.calls import Call, Result
from healthcard.services.line.devices import Device

ASKED = frozenset(Device) - {Device.PAD}  # a PIN is typed in acts on a card alone: nobody is told it


def take(call: Call) -> Result:
    """{"device": identity_card|camera|signature}: what it told; kept for the act of the desk it is for, no longer.

    Raises Refused where it told nothing.
    """
    call.actor.require(Permission.DESK_ACT)
    name = call.text("device")
    device = next((each for each in ASKED if each == name), None)
    if device is None:
        raise Invalid("device", "没有这种设备", f"One of {', '.join(sorted(ASKED))}.")
    told = call.devices.take(device)
    if told.gone:
        raise refused("nothing taken")
    with act(call.actor, Permission.DESK_ACT, "device.take") as now:
        now.note(device=device.value)
    return {"outcome": "finished", "device": device.value, "told": dict(told.texts)}
