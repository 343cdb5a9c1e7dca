"""The line as web workers know it: any worker may go on with any session, one short connection for each question."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from healthcard.services.actor import Actor
from healthcard.services.line import failures, frames, people
from healthcard.services.line.failures import Json, LineGone
from healthcard.services.line.signatures import Envelope
from healthcard.services.ports import given

ANSWER_SECONDS = 60.0


def line() -> LineClient:
    """The line of this installation; raises NotWired."""
    return LineClient(given().line)


class LineClient:
    """Questions to the line behind the socket at `path`.

    Each method returns where the session stands: {"session", "act", "state"} and with state "step" the "step" to carry
    out, with "ended" its "result" (or "refused", when it was refused after its first step); with "working" ask for the
    status a little later. Raises what the act was refused with, and LineGone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, actor: Actor, act: str, arguments: Mapping[str, object], key: str = "") -> Json:
        """Begin `act`; the same idempotency `key` of the same actor finds the same session."""
        return self._asked(actor, {"do": "open", "act": act, "arguments": dict(arguments), "key": key})

    def answer(self, actor: Actor, session: str, number: int, answer: Mapping[str, object]) -> Json:
        """Hand in what became of step `number`; may be repeated."""
        return self._asked(actor, {"do": "answer", "session": session, "number": number, "answer": dict(answer)})

    def status(self, actor: Actor, session: str) -> Json:
        """Where it stands, without waiting."""
        return self._asked(actor, {"do": "status", "session": session})

    def open_at(self, actor: Actor, station: int, act: str, arguments: Mapping[str, object]) -> Json:
        """Begin `act` for the readers of `station`, without waiting; raises Conflict when it is at work."""
        return self._asked(actor, {"do": "open at", "station": station, "act": act, "arguments": dict(arguments)})

    def again(self, actor: Actor, session: str, station: int, act: str) -> Json:
        """Begin `act` with what `session` was opened with; raises NotFound for one forgotten, as `open_at`."""
        return self._asked(actor, {"do": "again", "session": session, "station": station, "act": act})

    def watched(self, actor: Actor, session: str) -> Json:
        """How a session at a station stands, for its clerk: with "done", "total", "carried", "wants", "about".

        A refusal of the act is not raised but told as the exception under "error".
        """
        state = self._done({"do": "watched", "session": session, "actor": people.told(actor)})
        return state | {"error": failures.raised(state["refused"])} if "refused" in state else state

    def at(self, actor: Actor, station: int) -> str | None:
        """The session under way at `station`, when it is the actor's."""
        found: str | None = self._asked(actor, {"do": "at", "station": station})["session"]
        return found

    def stop(self, actor: Actor, session: str) -> None:
        """Give a session up: for its act the card is gone."""
        self._asked(actor, {"do": "stop", "session": session})

    def forget(self, actor: Actor, session: str) -> None:
        """Have nobody ask any more what came of a session that has ended; raises NotFound, Conflict."""
        self._asked(actor, {"do": "forget", "session": session})

    def heard(self, envelope: Envelope) -> Json:
        """The signed answer to a station's signed message; raises NotAuthenticated."""
        return self._done({"do": "heard", "envelope": asdict(envelope)})

    def seen(self, station: int) -> Json:
        """How a station stands; its clerk is at work from now on."""
        return self._done({"do": "seen", "station": station})

    def renew_stations(self) -> None:
        """Stations were paired or closed: look at them again."""
        self._done({"do": "renew stations"})

    def _asked(self, actor: Actor, question: dict[str, Any]) -> Json:
        state = self._done(question | {"actor": people.told(actor)})
        if "refused" in state:
            raise failures.raised(state["refused"])
        return state

    def _done(self, question: dict[str, Any]) -> Json:
        told = self._exchanged(question)
        if "refused" in told:
            raise failures.raised(told["refused"])
        state: Json = told["done"]
        return state

    def _exchanged(self, question: dict[str, Any]) -> Json:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(ANSWER_SECONDS)
                connection.connect(str(self._path))
                frames.send(connection, question)
                told = frames.receive(connection)
        except (OSError, ValueError) as error:
            raise LineGone(f"The card line does not answer: {error}. Try again, then settle the card.") from error
        if told is None:
            raise LineGone("The card line ended in the middle. When it is back, settle the card.")
        return told
