"""Each request answered, refused or failed, and in every case counted and logged: never its data, never a key."""

from __future__ import annotations

import logging
import os
import threading
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from healthcard.keys import verbs
from healthcard.keys.errors import WIRE, KeysError, OutOfShape, ServiceFailed
from healthcard.keys.frames import Frame
from healthcard.keys.hardening import Hardening
from healthcard.keys.office import KeyOffice
from healthcard.keys.peers import Peer

log = logging.getLogger("healthcard.keys")


class Reception:
    """Stands between the socket and the office; threads share it."""

    def __init__(self, office: KeyOffice, hardening: Hardening) -> None:
        self.requests: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self._office = office
        self._hardening = hardening
        self._guard = threading.Lock()

    def answer(self, request: Frame, peer: Peer) -> Frame:
        """The answer, or the refusal with its kind and reason."""
        about = verbs.about(request)
        begun = time.perf_counter()
        try:
            answer = verbs.answer(self._office, request)
        except KeysError as error:
            return self.refuse(about, peer, error)
        except Exception as error:  # noqa: BLE001 - the door of a process that must not die: its words stay inside
            log.critical("A request failed: %s uid=%d pid=%d at=%s", about, peer.uid, peer.pid, _place(error))
            return self.refuse(about, peer, ServiceFailed("The key service met an error of its own; see its log."))
        number = self._count(self.requests, verbs.name_of(request))
        took = (time.perf_counter() - begun) * 1000
        log.info("Answered: request=%d %s uid=%d pid=%d ms=%.1f", number, about, peer.uid, peer.pid, took)
        report = self._report() if verbs.name_of(request) == "status" else {}
        return Frame(head={"ok": True, **answer.head, **report}, body=answer.body)

    def refuse(self, about: str, peer: Peer, error: KeysError) -> Frame:
        """A refusal, counted and logged."""
        kind = type(error).__name__ if type(error).__name__ in WIRE else OutOfShape.__name__
        number = self._count(self.refusals, kind)
        log.warning(
            "Refused: request=%d %s uid=%d pid=%d kind=%s reason=%s", number, about, peer.uid, peer.pid, kind, error
        )
        return Frame(head={"ok": False, "kind": kind, "reason": str(error)})

    def _count(self, counter: Counter[str], name: str) -> int:
        """The number of this request since the start."""
        with self._guard:
            counter[name] += 1
            return self.requests.total() + self.refusals.total()

    def _report(self) -> Mapping[str, object]:
        """What a status says beyond the keys."""
        with self._guard:
            counts = {"requests": dict(self.requests), "refusals": dict(self.refusals)}
        reached = {"hardening": asdict(self._hardening)}
        store = self._office.store
        inside = {"inside": {entry.algorithm: store.driver.inside(entry.algorithm) for entry in store}}
        stop = self._office.switch.stop
        due = [[one.keys, one.until.isoformat() if one.until else ""] for one in self._office.reminders()]
        more = {"stopped": None if stop is None else asdict(stop), "drills_due": due}
        return {**more, "driver": store.driver.name, "uid": os.geteuid(), **inside, **reached, **counts}


def _place(error: Exception) -> str:
    """The kind of an error and the line it came from. Its message might quote data, so it is not logged."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}:{Path(last.filename).name}:{last.lineno}"
