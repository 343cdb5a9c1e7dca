"""A station in a few lines: carries out the line's steps on a card within reach, and posts what came of them.

It knows only what goes over the wire, so it does for tests, for the demo, and as a pattern for integrators.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from healthcard.card.host.ports import Transport
from healthcard.card.wire.errors import CardError

Json = dict[str, Any]
Post = Callable[[int, Json], Json]  # step number and answer; where the session stands then
Devices = Mapping[str, Callable[[], Mapping[str, str]]]  # by name; each tells its texts
PAUSE = 0.05


def drive(
    state: Json, post: Post, reader: Transport, *, devices: Devices | None = None, ask: Callable[[], Json] | None = None
) -> Json:
    """Play the station from `state` on until the act has ended; its last state. `ask` asks for the status."""
    while state["state"] != "ended":
        if state["state"] == "working":
            time.sleep(PAUSE)
            state = ask() if ask is not None else state
            continue
        step = state["step"]
        state = post(step["number"], carried_out(step, reader, devices or {}))
    return state


def carried_out(step: Mapping[str, Any], reader: Transport, devices: Devices) -> Json:
    """What became of one step."""
    if step["kind"] not in ("reset", "run"):
        device = devices.get(step["kind"])
        return {"told": dict(device())} if device is not None else {"gone": f"this station has no {step['kind']}"}
    responses: list[str] = []
    try:
        if step["kind"] == "reset":
            return {"responses": [reader.reset().hex().upper()]}
        for command in step["commands"]:
            response = reader.transmit(bytes.fromhex(command["apdu"]))
            responses.append(response.hex().upper())
            if not _fits(responses[-1][-4:], command["expect"]):
                break
    except CardError as error:
        return {"responses": responses, "gone": str(error)[:200]}
    return {"responses": responses}


def _fits(word: str, expected: list[str]) -> bool:
    return any(len(one) == len(word) and all(a in ("x", b) for a, b in zip(one, word, strict=True)) for one in expected)
