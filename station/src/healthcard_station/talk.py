"""Signed talk with the workbench: every message once, every answer proved, lost ones said again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from healthcard_station import signing
from healthcard_station.pairing import Pairing
from healthcard_station.workbench import Refused, Unreachable, Workbench

PATH = "/api/v1/stations/messages"
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
AGAIN = 3  # times that the server may ask for a message signed anew
Json = dict[str, Any]


class Impostor(Exception):
    """An answer that whom we are paired with did not sign."""


class Talk:
    """What is said between this station and its workbench; safe for several threads."""

    def __init__(
        self,
        workbench: Workbench,
        pairing: Pairing,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._workbench = workbench
        self._pairing = pairing
        self._clock = clock
        self._pause = pause
        self._lock = threading.Lock()
        self._epoch = ""
        self._counter = 0

    def say(self, message: Json, *, patience: float = 0.0) -> Json:
        """The answer. While the workbench cannot be reached it is said again, for `patience` seconds.

        Raises Unreachable, Refused, Impostor.
        """
        until, pause = self._clock() + patience, FIRST_PAUSE
        while True:
            try:
                return self._said(json.dumps(message))
            except Unreachable:
                if self._clock() + pause > until:
                    raise
                self._pause(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def leave(self) -> None:
        """Close the connection of the calling thread: it says no more."""
        self._workbench.leave()

    def _said(self, message: str) -> Json:
        for _ in range(AGAIN):
            answer = self._once(message)
            if answer.get("say") != "again":
                return answer
            with self._lock:
                self._epoch = str(answer["epoch"])
                self._counter = max(self._counter, int(answer["counter"]))
        raise Refused("The workbench takes no message of this station: look whether two run with the same pairing.")

    def _once(self, message: str) -> Json:
        with self._lock:
            self._counter += 1
            moment = {"station": self._pairing.station, "epoch": self._epoch, "counter": self._counter}
        mac = signing.asked(self._pairing.key, message=message, **moment)  # type: ignore[arg-type] # as named above
        answer = self._workbench.post(PATH, {**moment, "message": message, "mac": mac})
        said = str(answer.get("message", ""))
        due = signing.answered(self._pairing.key, message=said, **moment)  # type: ignore[arg-type] # as named above
        if not signing.same(due, str(answer.get("proof", ""))):
            raise Impostor("The answer is not signed by the workbench this station is paired with: nothing was done.")
        read = json.loads(said)
        if not isinstance(read, dict):
            raise Impostor("The answer is none of a workbench.")
        return read


def pair(workbench: Workbench, code: str, name: str, challenge: str) -> Pairing:
    """Pair with the workbench that showed `code`; raises Unreachable, Refused, Impostor. The address is not in it."""
    read = signing.read_code(code)
    answer = workbench.post("/api/v1/stations", {"code": read, "challenge": challenge, "name": name})
    station, secret = int(answer["station"]), str(answer["secret"])
    due = signing.paired(read, challenge=challenge, station=station, secret=secret)
    if not signing.same(due, str(answer["proof"])):
        raise Impostor("Whoever answered does not know the code: this is not the workbench that showed it.")
    return Pairing(address="", station=station, secret=secret, name=name)
