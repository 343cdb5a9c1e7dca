"""Acts of the desk on temporary cards (第十二条第七项): make one of a blank chip, hand it over."""

from __future__ import annotations

from healthcard.services.desk import temporary
from healthcard.services.line.calls import Call, Result
from healthcard.services.line.chip_acts import told
from healthcard.services.line.desk_acts import collection
from healthcard.services.ports import key_service


def make(call: Call) -> Result:
    """{"application": id}: make its temporary card of the blank chip in the reader, or go on where that stopped."""
    with call.shop() as shop:
        return told(temporary.make(call.actor, call.number("application"), call.reader, shop))


def hand_over(call: Call) -> Result:
    """{"application": id, ...}: hand over the temporary card in the reader; see `desk_acts.collection`."""
    with key_service() as keys:
        card = temporary.hand_over(call.actor, call.number("application"), call.reader, keys, collection(call))
    return {"outcome": "finished", "card": card}
