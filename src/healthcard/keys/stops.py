"""The stop switch 停机开关: one person stops the making of cards, two let it go on. It outlives the process.

What is stopped is said by the table of verbs (`making`): wrapped keys, SAM loads, certificates, lot keys.
Loss reports, reading cards, locking chips and the audit go on.
"""

from __future__ import annotations

import hmac
import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from healthcard.keys import disk
from healthcard.keys.errors import NotAllowed, Stopped
from healthcard.keys.officers import Officers
from healthcard.keys.secret import Secret

NAME = "stop.json"
SEAL = b"healthcard stop switch|"
log = logging.getLogger("healthcard.keys")
Seal = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Who stopped it, why and when (ISO)."""

    by: str
    reason: str
    at: str


class StopSwitch:
    """The switch beside a store, sealed by its driver; threads share it. A file that is not ours counts as stopped."""

    def __init__(self, path: Path, seal: Seal, officers: Officers) -> None:
        self._path = path
        self._seal = seal
        self._officers = officers
        self._guard = threading.Lock()
        self._stop = self._read()

    @property
    def stop(self) -> Stop | None:
        """Why it is stopped; None while it runs."""
        return self._stop

    def require_running(self) -> None:
        """Raise Stopped."""
        stop = self._stop
        if stop is not None:
            raise Stopped(
                f"The making of cards was stopped by {stop.by} at {stop.at}: {stop.reason}. "
                "Two key officers let it go on: healthcard keys restart."
            )

    def press(self, stop: Stop) -> None:
        """Stop from now on, and after a restart of the process too. Stopped is stopped even when the disk is full."""
        with self._guard:
            self._stop = stop
            log.critical("STOPPED: by=%s reason=%s", stop.by, stop.reason)
            self._write(asdict(stop))

    def release(self, people: Mapping[str, Secret], at: str) -> None:
        """Let it go on by two officers with their passphrases; raises NotAllowed."""
        with self._guard:
            if self._stop is None:
                raise NotAllowed("The making of cards is not stopped.")
            self._officers.check(people)
            self._write({})
            self._stop = None
            log.critical("RESTARTED: by=%s at=%s", " and ".join(people), at)

    def _write(self, table: Mapping[str, str]) -> None:
        text = json.dumps(table, sort_keys=True)
        whole = {"stop": text, "seal": self._seal(SEAL + text.encode()).hex()}
        disk.write_private(self._path, json.dumps(whole).encode(), replace=True)

    def _read(self) -> Stop | None:
        if not self._path.exists():
            return None
        try:
            whole = json.loads(disk.read_private(self._path))
            text = str(whole["stop"])
            if hmac.compare_digest(bytes.fromhex(whole["seal"]), self._seal(SEAL + text.encode())):
                table = json.loads(text)
                return Stop(**table) if table else None
        except (ValueError, KeyError, TypeError):
            log.critical("STOPPED: %s is not what was written", self._path.name)
        return Stop(by="the key service", reason=f"{self._path.name} is not what was written", at="its start")
