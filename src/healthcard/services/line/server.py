"""The line's process: a Unix socket for the web workers of this installation, a thread for each of their questions."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from healthcard.services.actor import Actor
from healthcard.services.errors import Invalid, ServiceError
from healthcard.services.line import acts, failures, frames, people
from healthcard.services.line.failures import FORESEEN, Json
from healthcard.services.line.relay import IDLE_SECONDS
from healthcard.services.line.seats import Seats
from healthcard.services.line.sessions import Sessions
from healthcard.services.line.signatures import Envelope
from healthcard.services.line.stations import Stations

STOPS = {signal.SIGTERM, signal.SIGINT}
SETTLE_SECONDS = 8.0  # for acts under way to write that their card is gone
MOST_WAITING = 64
_LOG = logging.getLogger("healthcard.line")


def serve(path: Path, *, idle: float = IDLE_SECONDS, ready: Callable[[], None] = lambda: None) -> None:
    """Serve on a socket at `path` (0600) until SIGTERM or SIGINT; call in the main thread, Django being set up."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    sessions = Sessions(acts=acts.ACTS, idle=idle)
    stations = Stations(sessions, Seats())
    with _listen(path) as door:
        threading.Thread(target=_admit, args=(door, sessions, stations), daemon=True).start()
        ready()
        signal.sigwait(STOPS)
        path.unlink(missing_ok=True)
        sessions.close("the line is being stopped", SETTLE_SECONDS)


def answered(sessions: Sessions, stations: Stations, question: Mapping[str, Any]) -> Json:
    """The answer to one frame: {"done": ...} or {"refused": ...}."""
    try:
        return {"done": _done(sessions, stations, question)}
    except FORESEEN as error:
        return {"refused": failures.told(error)}
    except (KeyError, TypeError, ValueError):
        return {"refused": failures.told(Invalid("body", "请求有误", "The line cannot read this question."))}


def _done(sessions: Sessions, stations: Stations, question: Mapping[str, Any]) -> Json:
    do = str(question["do"])
    if do in _STATIONS:
        return _STATIONS[do](stations, question)
    if do not in _SESSIONS:
        raise ServiceError(f"The line does not know how to {do[:40]}.")
    return _SESSIONS[do](sessions, people.met(question["actor"]), question)


def _open(sessions: Sessions, actor: Actor, asked: Mapping[str, Any]) -> Json:
    return sessions.open(actor, str(asked["act"]), dict(asked["arguments"]), str(asked.get("key", "")))


def _open_at(sessions: Sessions, actor: Actor, asked: Mapping[str, Any]) -> Json:
    return sessions.open_at(actor, int(asked["station"]), str(asked["act"]), dict(asked["arguments"]))


def _again(sessions: Sessions, actor: Actor, asked: Mapping[str, Any]) -> Json:
    return sessions.again(actor, str(asked["session"]), int(asked["station"]), str(asked["act"]))


def _answer(sessions: Sessions, actor: Actor, asked: Mapping[str, Any]) -> Json:
    return sessions.answer(actor, str(asked["session"]), int(asked["number"]), dict(asked["answer"]))


def _status(sessions: Sessions, actor: Actor, asked: Mapping[str, Any]) -> Json:
    return sessions.status(actor, str(asked["session"]))


def _watched(sessions: Sessions, actor: Actor, asked: Mapping[str, Any]) -> Json:
    return sessions.watched(actor, str(asked["session"]))


def _at(sessions: Sessions, actor: Actor, asked: Mapping[str, Any]) -> Json:
    return {"session": sessions.at(actor, int(asked["station"]))}


def _stop(sessions: Sessions, actor: Actor, asked: Mapping[str, Any]) -> Json:
    sessions.stop(actor, str(asked["session"]))
    return {}


def _heard(stations: Stations, asked: Mapping[str, Any]) -> Json:
    return stations.heard(Envelope(**asked["envelope"]))


def _seen(stations: Stations, asked: Mapping[str, Any]) -> Json:
    return stations.seen(int(asked["station"]))


def _renew(stations: Stations, asked: Mapping[str, Any]) -> Json:
    stations.renew()
    return {}


def _forget(sessions: Sessions, actor: Actor, asked: Mapping[str, Any]) -> Json:
    sessions.forget(actor, str(asked["session"]))
    return {}


_SESSIONS: Final[Mapping[str, Callable[[Sessions, Actor, Mapping[str, Any]], Json]]] = {
    "open": _open,
    "open at": _open_at,
    "again": _again,
    "answer": _answer,
    "status": _status,
    "watched": _watched,
    "at": _at,
    "stop": _stop,
    "forget": _forget,
}
_STATIONS: Final[Mapping[str, Callable[[Stations, Mapping[str, Any]], Json]]] = {
    "heard": _heard,
    "seen": _seen,
    "renew stations": _renew,
}


def _admit(door: socket.socket, sessions: Sessions, stations: Stations) -> None:
    while True:
        try:
            connection, _ = door.accept()
        except OSError:
            return  # the door was closed
        threading.Thread(target=_attend, args=(connection, sessions, stations), daemon=True).start()


def _attend(connection: socket.socket, sessions: Sessions, stations: Stations) -> None:
    """Answer one client until it goes."""
    with connection:
        try:
            while (question := frames.receive(connection)) is not None:
                frames.send(connection, answered(sessions, stations, question))
        except (OSError, ValueError) as error:
            _LOG.warning("a client of the line went: %s", type(error).__name__)


def _listen(path: Path) -> socket.socket:
    _clear(path)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        door.bind(str(path))
    finally:
        os.umask(mask)
    door.listen(MOST_WAITING)
    return door


def _clear(path: Path) -> None:
    """Remove the socket a killed line left behind; a living one is not touched."""
    if not path.exists():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        try:
            knock.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise ServiceError(f"A line serves at {path} already: stop that one first.")
