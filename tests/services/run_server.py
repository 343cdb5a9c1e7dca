"""`healthcard run` on a home of its own, and every process that works for it, to be killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

HEALTHCARD = [sys.executable, "-c", "from healthcard.site.main import main; main()"]
STOP_SECONDS = 60
KINDS = ("web server", "web worker", "database", "one backend", "key service", "all of them", "everything")


class Server:
    """`healthcard run` on this home, and the processes that work for it."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self._process: subprocess.Popen[str] | None = None
        self.said: list[str] = []

    def start(self) -> None:
        """Start it and wait until it says that it is ready; raises AssertionError with its words."""
        self._process = subprocess.Popen(
            [*HEALTHCARD, "run", "--port", str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "HEALTHCARD_HOME": str(self.home)},
        )
        self.said = []
        for line in self._process.stdout or ():
            self.said.append(line)
            if line.startswith("ready "):
                threading.Thread(target=self._drain, daemon=True).start()
                return
        raise AssertionError("".join(self.said))

    def _drain(self) -> None:
        with suppress(ValueError):
            for _ in self._process.stdout:
                pass

    def stop(self) -> int:
        """Ctrl-C; its exit status."""
        self._process.send_signal(signal.SIGINT)
        status = self._process.wait(STOP_SECONDS)
        self._process.stdout.close()
        return status

    def end(self) -> None:
        """Whatever happened: nothing of it runs any more."""
        if self.lives:
            self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        if self.lives:
            self.kill("everything")
        for number in self._postmaster():  # it outlives a supervisor that was killed
            if "postgres" in _words(number):
                os.kill(number, signal.SIGKILL)

    @property
    def lives(self) -> bool:
        """Whether the supervisor itself lives."""
        return self._process is not None and self._process.poll() is None

    def kill(self, kind: str) -> int:
        """kill -9 what `kind` names; how many processes that were."""
        victims = {
            "web server": lambda: self._like("granian")[:1],
            "web worker": lambda: self._like("granian")[1:2],
            "database": self._postmaster,
            "one backend": lambda: random.sample(self._like("postgres: healthcard"), 1),
            "key service": lambda: self._like("healthcard.keys.service"),
            "all of them": lambda: [
                *self._postmaster(),
                *self._like("granian"),
                *self._like("healthcard.keys.service"),
            ],
            "everything": lambda: [self._process.pid, *self._postmaster(), *self._children()],
        }[kind]()
        for number in victims:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        if kind == "everything":
            self._process.wait()
            self._process.stdout.close()
        return len(victims)

    def _postmaster(self) -> list[int]:
        file = self.home / "pg" / "data" / "postmaster.pid"
        with suppress(FileNotFoundError, IndexError, ValueError):
            return [int(file.read_text().splitlines()[0])]
        return []

    def _like(self, mark: str) -> list[int]:
        return [number for number in self._children() if mark in _words(number)]

    def _children(self) -> list[int]:
        """Processes that descend from `healthcard run`, the oldest first."""
        parents = {}
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, IndexError):
                parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        found, new = set(), {self._process.pid}
        while new:
            new = {number for number, parent in parents.items() if parent in new} - found
            found |= new
        return sorted(found)

    def told(self, *command: str) -> tuple[int, str]:
        """What a command of the installation answers."""
        done = subprocess.run(
            [*HEALTHCARD, *command],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "HEALTHCARD_HOME": str(self.home)},
        )
        return done.returncode, (done.stdout + done.stderr).strip()


def _words(number: int) -> str:
    with suppress(OSError):
        return (Path("/proc") / str(number) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""
