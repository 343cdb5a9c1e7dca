"""One step of a card session, carried out on the card in the reader (docs/card-session.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from healthcard_station.cards import Card, CardGone, Device

LONGEST_REASON = 200
OF_CARDS = ("reset", "run")  # every other step is of the device whose name it has
Json = dict[str, Any]


def carried_out(step: Mapping[str, Any], card: Card, devices: Mapping[str, Device]) -> Json:
    """What became of it; a card or a holder who went is told with the responses that came before."""
    responses: list[str] = []
    try:
        if step["kind"] not in OF_CARDS:
            device = devices.get(step["kind"])
            return {"told": dict(device.take())} if device else {"gone": f"this station has no {step['kind']}"}
        if step["kind"] == "reset":
            return {"responses": [card.reset().hex().upper()]}
        for command in step["commands"]:
            responses.append(card.transmit(bytes.fromhex(command["apdu"])).hex().upper())
            if not _fits(responses[-1][-4:], command["expect"]):
                break
    except CardGone as gone:
        return {"responses": responses, "gone": str(gone)[:LONGEST_REASON]} if responses else _gone(gone)
    return {"responses": responses}


def _gone(reason: CardGone) -> Json:
    return {"gone": str(reason)[:LONGEST_REASON] or "the card is gone"}


def _fits(word: str, expected: list[str]) -> bool:
    return any(len(one) == len(word) and all(a in ("x", b) for a, b in zip(one, word, strict=True)) for one in expected)
