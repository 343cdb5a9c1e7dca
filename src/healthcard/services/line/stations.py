"""What stations ask of the line: work for their readers, and the steps of the sessions they carry.

poll    {"say": "poll", "readers": [{"name", "card", "free"}], "devices": [names], "busy": [sessions]}
            -> {"say": "work", "session", "reader" or "", "device" or "", "seconds"} or {"say": "wait", "seconds"}
status  {"say": "status", "session"}                     -> {"say": "state", "state": step|working|ended, "step"}
answer  {"say": "answer", "session", "number", "answer"} -> as status
any     of another epoch, or heard before                -> {"say": "again", "epoch", "counter"}
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from healthcard.services.errors import Conflict, Invalid
from healthcard.services.line.devices import Device
from healthcard.services.line.failures import Json
from healthcard.services.line.seats import Reader, Seat, Seats
from healthcard.services.line.sessions import Session, Sessions
from healthcard.services.line.signatures import Envelope

IDLE_SECONDS = 10.0  # between two questions of a station at whose desk nobody works
AWAKE_SECONDS = 1.0
SOON_SECONDS = 0.3  # while a clerk waits for it
STEP_SECONDS = 1.0  # a web worker waits so long for the next step, then the station asks again
MOST_READERS = 16
LONGEST_NAME = 120


class Stations:
    """The line's side of the talk with stations."""

    def __init__(self, sessions: Sessions, seats: Seats) -> None:
        self._sessions = sessions
        self._seats = seats
        self._epoch = secrets.token_hex(16)

    def heard(self, envelope: Envelope) -> Json:
        """The signed answer to a station's message: {"message", "proof"}. Raises NotAuthenticated."""
        seat = self._seats.of(envelope.station)
        envelope.check(seat.key)
        answer = json.dumps(self._answered(seat, envelope), ensure_ascii=False)
        return {"message": answer, "proof": envelope.proof(seat.key, answer)}

    def seen(self, station: int) -> Json:
        """How a station stands, for its clerk: {"heard": seconds ago or null, "readers": [...]}."""
        found = self._seats.wake(station)
        if found is None:
            return {"heard": None, "readers": []}
        ago, readers = found
        told = [{"name": each.name, "card": each.card, "free": each.free} for each in readers]
        return {"heard": ago if ago < float("inf") else None, "readers": told}

    def renew(self) -> None:
        """Stations were paired or closed."""
        self._seats.renew()

    def _answered(self, seat: Seat, envelope: Envelope) -> Json:
        if envelope.epoch != self._epoch or not seat.window.take(envelope.counter):
            return {"say": "again", "epoch": self._epoch, "counter": seat.window.highest}
        message = _read(envelope.message)
        if message.get("say") == "poll":
            self._sessions.tidy()
            newest = envelope.counter == seat.window.highest  # one that was overtaken tells how it was before
            return self._work(seat, message) if newest else {"say": "wait", "seconds": AWAKE_SECONDS}
        session = self._sessions.carried(str(message.get("session")), seat.station)
        if session is None:
            return {"say": "state", "state": "ended"}
        return self._step(session, message)

    def _work(self, seat: Seat, message: Mapping[str, Any]) -> Json:
        self._seats.heard(seat, _readers(message.get("readers")), _devices(message.get("devices")))
        idle = AWAKE_SECONDS if self._seats.is_awake(seat) else IDLE_SECONDS
        session = self._sessions.due_at(seat.station)
        if session is None:
            return {"say": "wait", "seconds": idle}
        if session.id in message.get("busy", ()):
            return {"say": "wait", "seconds": AWAKE_SECONDS}
        if session.carried:
            session.relay.close("the station was started anew, or lost its way to us")
            return {"say": "wait", "seconds": SOON_SECONDS}
        session.wants = _lacks(seat, session.device) if session.device else _wants(seat.readers)
        if session.wants:
            return {"say": "wait", "seconds": SOON_SECONDS}
        there = {"reader": "", "device": session.device} if session.device else {"reader": _ready(seat), "device": ""}
        return {"say": "work", "session": session.id, "seconds": AWAKE_SECONDS} | there

    def _step(self, session: Session, message: Mapping[str, Any]) -> Json:
        session.carried = True
        number = 0
        if message.get("say") == "answer":
            number = int(message["number"])
            try:
                session.relay.take(number, message["answer"])
            except Conflict:
                number = 0  # not the step that is due any more: it is told which one is
        state = session.state(after=number, seconds=STEP_SECONDS)
        kept: Json = {name: state[name] for name in ("state", "step") if name in state}
        return {"say": "state", **kept}


def _lacks(seat: Seat, device: str) -> str:
    """The device a session asks for, where the station has none; '' otherwise."""
    return "" if device in seat.devices else f"device {device}"


def _ready(seat: Seat) -> str:
    return next(each.name for each in seat.readers if each.card and each.free)


def _wants(readers: tuple[Reader, ...]) -> str:
    """What has to be done at the desk before a session can begin ('' = nothing)."""
    cards = [each for each in readers if each.card]
    if not readers:
        return "reader"
    if not cards:
        return "card"
    if len(cards) > 1:
        return "one card"
    return "" if cards[0].free else "free reader"


def _read(text: str) -> Json:
    try:
        message = json.loads(text)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise Invalid("message", "消息有误", "The message of a station is a JSON object.")
    return message


def _devices(told: object) -> frozenset[str]:
    return frozenset(set(Device) & {each for each in told if isinstance(each, str)} if isinstance(told, list) else ())


def _readers(told: object) -> tuple[Reader, ...]:
    rows = told if isinstance(told, list) else []
    return tuple(
        Reader(name=str(row.get("name", ""))[:LONGEST_NAME], card=row.get("card") is True, free=row.get("free") is True)
        for row in rows[:MOST_READERS]
        if isinstance(row, dict)
    )
