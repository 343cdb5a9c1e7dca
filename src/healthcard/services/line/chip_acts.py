"""The first acts of the line: make a card, settle its making, compare it with the record, look at one."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass

from healthcard.services.line.calls import Call, Result
from healthcard.services.ports import key_service
from healthcard.services.workshop import comparison, making, upkeep, xray

OUTCOMES = {
    "Finished": "finished",
    "Held": "held",
    "Scrapped": "scrapped",
    "RefusedChip": "refused chip",
    "Refused": "refused",
}


def told(result: object) -> Result:
    """An engine's result as JSON: {"outcome": finished|held|scrapped|refused chip|refused, ...}."""
    if not is_dataclass(result) or isinstance(result, type):
        raise TypeError(f"{type(result).__name__} is no result of an engine")
    return {"outcome": OUTCOMES[type(result).__name__]} | asdict(result)


def personalise(call: Call) -> Result:
    """{"card": id}: make it of the blank chip in the reader."""
    with call.shop() as shop:
        return told(making.personalise(call.actor, call.number("card"), call.reader, shop))


def settle_making(call: Call) -> Result:
    """{"card": id}: ask the chip what became of its interrupted making, and finish or scrap it."""
    with call.shop() as shop:
        return told(making.settle(call.actor, call.number("card"), call.reader, shop))


def compare(call: Call) -> Result:
    """{"card": id}: what the card in the reader holds otherwise than the record."""
    with key_service() as keys:
        faults = comparison.compare(call.actor, call.number("card"), call.reader, keys)
    return {"faults": list(faults)}


def see_through(call: Call) -> Result:
    """{"card": id}: every file of the card in the reader beside the record, and what was spoken; numbers covered."""
    with key_service() as keys:
        return asdict(xray.seen(call.actor, call.number("card"), call.reader, keys))


def look(call: Call) -> Result:
    """{}: whose card lies in the reader, whether it is genuine, what is locked on it."""
    with key_service() as keys:
        return asdict(upkeep.look(call.actor, call.reader, keys))
