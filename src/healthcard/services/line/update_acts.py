"""The act of the desk that brings changed data onto a card in its reader (第十二条第六项)."""

from __future__ import annotations

from healthcard.services.desk import update
from healthcard.services.line.calls import Call, Result
from healthcard.services.line.chip_acts import told
from healthcard.services.ports import key_service


def write(call: Call) -> Result:
    """{"application": id, "identity": how he was verified}: write its changes on the card, then in the record."""
    with key_service() as keys:
        application, identity = call.number("application"), call.text("identity")
        return told(update.carry_out(call.actor, application, call.reader, keys, identity=identity))
