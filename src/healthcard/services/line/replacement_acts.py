"""Acts of the desk that move business data to a new card (第十二条第六项): read an old card, write the new one."""

from __future__ import annotations

import json
from dataclasses import asdict

from healthcard.services.desk import transfer
from healthcard.services.desk.transfer_receipt import Receipt
from healthcard.services.line.calls import Call, Result
from healthcard.services.line.chip_acts import told
from healthcard.services.ports import key_service


def read(call: Call) -> Result:
    """{"application": id}: take over what the old or temporary card in the reader holds."""
    with key_service() as keys:
        found = transfer.read(call.actor, call.number("application"), call.reader, keys)
    return {"outcome": "finished", "receipt": _plain(found)}


def move(call: Call) -> Result:
    """{"application": id}: write all of it to the new card in the reader, or go on where that stopped."""
    with key_service() as keys:
        moved = transfer.move(call.actor, call.number("application"), call.reader, keys)
    return told(moved.result) | ({"receipt": _plain(moved.receipt)} if moved.receipt else {})


def _plain(receipt: Receipt) -> object:
    return json.loads(json.dumps(asdict(receipt), default=str))
