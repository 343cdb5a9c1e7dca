"""The line as web workers know it: any worker may go on with any session, one short connection for each question."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from healthcard.services.actor import Actor
from healthcard.services.line import failures, frames, people
from healthcard.services.line.failures import Json, LineGone
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

    def _asked(self, actor: Actor, question: dict[str, Any]) -> Json:
        told = self._exchanged(question | {"actor": people.told(actor)})
        if "refused" in told:
            raise failures.raised(told["refused"])
        state: Json = told["done"]
        if "refused" in state:
            raise failures.raised(state["refused"])
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
