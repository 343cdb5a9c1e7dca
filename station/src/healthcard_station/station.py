"""The station at work: it asks for work, and carries each session in a thread of its own, one for each reader."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

from healthcard_station.cards import CardGone, Device, Readers
from healthcard_station.limited import SECONDS, LimitedCard, LimitedDevice
from healthcard_station.steps import carried_out
from healthcard_station.talk import Impostor, Talk
from healthcard_station.workbench import Refused, Unreachable

LOOK_SECONDS = 0.5  # between two looks at the readers
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # between two questions while nobody answers
WORKING_PAUSE = 0.1  # while the server computes
POLL_PATIENCE = 1.0  # a connection that rested may have been closed at the other end
PATIENCE = 100.0  # how long a session is kept alive without network; the server gives it up after 120 seconds
_LOG = logging.getLogger("healthcard.station")
Json = dict[str, Any]


class Station:
    """Carries what the workbench has for these readers and devices."""

    def __init__(
        self,
        talk: Talk,
        readers: Readers,
        devices: Mapping[str, Device] | None = None,
        *,
        seconds: float = SECONDS,
    ) -> None:
        """`devices` by name; `seconds` is the time limit of one command."""
        self._talk = talk
        self._readers = readers
        self._devices = {name: LimitedDevice(device, name) for name, device in (devices or {}).items()}
        self._seconds = seconds
        self._stopped = threading.Event()
        self._seen: Mapping[str, bool] = {}
        self._lock = threading.Lock()
        self._held: dict[str, LimitedCard] = {}  # cards by reader: in a session, or stuck
        self._busy: dict[str, str] = {}  # session, and the reader (or device) it is carried to

    def run(self) -> None:
        """Until `stop`. Raises Refused when the workbench no longer knows this station."""
        threading.Thread(target=self._watch, name="readers", daemon=True).start()
        pause = FIRST_PAUSE
        while not self._stopped.is_set():
            try:
                seconds, pause = self._round(), FIRST_PAUSE
            except (Unreachable, Impostor) as error:
                _LOG.warning("the workbench does not answer as it should: %s", error)
                seconds, pause = pause, min(pause * 2, LONGEST_PAUSE)
            self._stopped.wait(seconds)
        self._talk.leave()

    def stop(self) -> None:
        """Ask for no more work; sessions under way are left, which their cards survive."""
        self._stopped.set()

    def _round(self) -> float:
        """Ask for work and begin it; how many seconds to wait before asking again."""
        said = {"say": "poll", "readers": self._free(), "devices": sorted(self._devices), "busy": sorted(self._busy)}
        answer = self._talk.say(said, patience=POLL_PATIENCE)
        place = str(answer.get("reader") or answer.get("device") or "")
        if answer["say"] == "work" and place not in self._held:
            self._begin(str(answer["session"]), place)
        return float(answer.get("seconds", FIRST_PAUSE))

    def _free(self) -> list[Json]:
        with self._lock:
            self._held = {name: card for name, card in self._held.items() if card.stuck or name in self._busy.values()}
            return [{"name": name, "card": card, "free": name not in self._held} for name, card in self._seen.items()]

    def _begin(self, session: str, reader: str) -> None:
        card = LimitedCard(lambda: self._readers.open(reader), reader, seconds=self._seconds)
        with self._lock:
            self._held[reader], self._busy[session] = card, reader
        threading.Thread(target=self._carry, args=(session, card), name=f"session on {reader}", daemon=True).start()

    def _carry(self, session: str, card: LimitedCard) -> None:
        """One session, until the server says that it is over; whatever happens the card is let go."""
        try:
            state = self._talk.say({"say": "status", "session": session}, patience=PATIENCE)
            while state.get("state") in ("step", "working"):
                state = self._next(session, state, card)
        except (Unreachable, Refused, Impostor) as error:
            _LOG.warning("a card session was lost: %s", error)
        finally:
            self._talk.leave()
            card.close()
            with self._lock:
                del self._busy[session]

    def _next(self, session: str, state: Json, card: LimitedCard) -> Json:
        if state["state"] == "working":
            self._stopped.wait(WORKING_PAUSE)
            return self._talk.say({"say": "status", "session": session}, patience=PATIENCE)
        step = state["step"]
        answer = carried_out(step, card, self._devices)
        said = {"say": "answer", "session": session, "number": step["number"], "answer": answer}
        return self._talk.say(said, patience=PATIENCE)

    def _watch(self) -> None:
        """Look at the readers again and again, in a thread of its own: PC/SC may hang, and we must not."""
        while not self._stopped.is_set():
            try:
                self._seen = dict(self._readers.look())
            except CardGone as gone:
                _LOG.warning("%s", gone)
                self._seen = {}
            self._stopped.wait(LOOK_SECONDS)
