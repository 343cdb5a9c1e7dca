"""The line's process: a Unix socket for the web workers of this installation, a thread for each of their questions."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from healthcard.services.errors import Invalid, ServiceError
from healthcard.services.line import acts, failures, frames, people
from healthcard.services.line.failures import FORESEEN, Json
from healthcard.services.line.relay import IDLE_SECONDS
from healthcard.services.line.sessions import Sessions

STOPS = {signal.SIGTERM, signal.SIGINT}
SETTLE_SECONDS = 8.0  # for acts under way to write that their card is gone
MOST_WAITING = 64
_LOG = logging.getLogger("healthcard.line")


def serve(path: Path, *, idle: float = IDLE_SECONDS, ready: Callable[[], None] = lambda: None) -> None:
    """Serve on a socket at `path` (0600) until SIGTERM or SIGINT; call in the main thread, Django being set up."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    sessions = Sessions(acts=acts.ACTS, idle=idle)
    with _listen(path) as door:
        threading.Thread(target=_admit, args=(door, sessions), daemon=True).start()
        ready()
        signal.sigwait(STOPS)
        path.unlink(missing_ok=True)
        sessions.close("the line is being stopped", SETTLE_SECONDS)


def answered(sessions: Sessions, question: Mapping[str, Any]) -> Json:
    """The answer to one frame: {"done": ...} or {"refused": ...}."""
    try:
        return {"done": _done(sessions, question)}
    except FORESEEN as error:
        return {"refused": failures.told(error)}
    except (KeyError, TypeError, ValueError):
        return {"refused": failures.told(Invalid("body", "请求有误", "The line cannot read this question."))}


def _done(sessions: Sessions, question: Mapping[str, Any]) -> Json:
    actor, do = people.met(question["actor"]), question["do"]
    if do == "open":
        arguments = question["arguments"]
        return sessions.open(actor, str(question["act"]), dict(arguments), str(question.get("key", "")))
    if do == "answer":
        return sessions.answer(actor, str(question["session"]), int(question["number"]), dict(question["answer"]))
    if do == "status":
        return sessions.status(actor, str(question["session"]))
    raise ServiceError(f"The line does not know how to {str(do)[:40]}.")


def _admit(door: socket.socket, sessions: Sessions) -> None:
    while True:
        try:
            connection, _ = door.accept()
        except OSError:
            return  # the door was closed
        threading.Thread(target=_attend, args=(connection, sessions), daemon=True).start()


def _attend(connection: socket.socket, sessions: Sessions) -> None:
    """Answer one client until it goes."""
    with connection:
        try:
            while (question := frames.receive(connection)) is not None:
                frames.send(connection, answered(sessions, question))
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
