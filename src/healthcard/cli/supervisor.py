"""Keeps the processes of `healthcard run`: started in order, restarted when one dies, stopped in reverse."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import click

from healthcard.services import processes
from healthcard.services.processes import bury, stop
from healthcard.services.state import State

LOOK_SECONDS = 0.3
PATIENCE = 5  # restarts of one child within
WITHIN = 60.0  # seconds; more, and the whole is given up with the reason
_PDEATHSIG = 1  # linux/prctl.h

Process = subprocess.Popen[bytes]


class GivenUp(click.ClickException):
    """A process dies again and again."""


@dataclass(slots=True, kw_only=True)
class Child:
    """A process, how it is started, and when it had to be started again."""

    name: str
    start: Callable[[], Process]
    stop: Callable[[Process], None] = stop
    process: Process | None = None
    restarts: list[float] = field(default_factory=list)


class Supervisor:
    """A context in which children live; on leaving it none of them does."""

    def __init__(self) -> None:
        self._children: list[Child] = []
        self._stopped = False
        self._held = ExitStack()

    def __enter__(self) -> Supervisor:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._children):
            if child.process is not None:
                child.stop(child.process)
        self._held.close()

    @property
    def stopped(self) -> bool:
        """Whether somebody asked us to stop."""
        return self._stopped

    def add(self, name: str, start: Callable[[], Process], stop: Callable[[Process], None] = stop) -> None:
        """Start a child and keep it; `stop` is how it is let go in the end."""
        child = Child(name=name, start=start, stop=stop)
        child.process = start()
        self._children.append(child)

    def add_helpers(self, state: State) -> None:
        """The rack of virtual chips and the key service of a demo; commands that use the latter may outlive us."""
        users = self._held.enter_context(processes.using_keys(state))
        self.add("rack of virtual chips", lambda: processes.start_rack(state))
        self.add(
            "key service",
            lambda: processes.start_keys(state),
            stop=lambda process: processes.leave_keys(state, process, users),
        )

    def watch(self, also: Callable[[], None]) -> None:
        """Until we are asked to stop: restart children that died, and call `also` each time round."""
        while not self._stopped:
            for child in self._children:
                self._look_after(child)
            also()
            time.sleep(LOOK_SECONDS)

    def _look_after(self, child: Child) -> None:
        if child.process is None or child.process.poll() is None:
            return
        ended = child.process.returncode
        now = time.monotonic()
        child.restarts = [at for at in child.restarts if now - at < WITHIN] + [now]
        if len(child.restarts) > PATIENCE:
            raise GivenUp(f"The {child.name} died {PATIENCE + 1} times within a minute, last with status {ended}.")
        click.echo(f"The {child.name} died (status {ended}) and is started again.", err=True)
        bury(child.process)
        child.process = child.start()

    def _stop(self, number: int, frame: object) -> None:
        self._stopped = True


def start_web(environment: Mapping[str, str], *, host: str, port: int, workers: int, log: Path) -> Process:
    """The web server; it stops when we do, even when we are killed."""
    options = ["--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(workers)]
    options += ["--blocking-threads", "4", "--no-ws", "--log-level", "warning", "--workers-kill-timeout", "5"]
    return _start(["-m", "granian", *options, "healthcard.site.wsgi:application"], environment, log)


def start_line(environment: Mapping[str, str], *, log: Path) -> Process:
    """The card line; it stops when we do, even when we are killed."""
    return _start(["-c", "from healthcard.site.main import main; main()", "line"], environment, log)


def start_worker(environment: Mapping[str, str], *, log: Path) -> Process:
    """The worker of periodic tasks; it stops when we do, even when we are killed."""
    return _start(["-m", "healthcard.site.worker"], environment, log)


def start_virtual_station(pairing: Path, state: State, *, log: Path) -> Process:
    """The demo's virtual station; it stops when we do, even when we are killed."""
    module = ["-m", "healthcard.site.virtual_station"]
    foreign = processes.environment()  # it is another machine's program: nothing of ours is its to know
    return _start([*module, str(pairing), str(state.run), str(state.rack_socket)], foreign, log)


def _start(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
    with log.open("ab") as file:
        return subprocess.Popen(  # noqa: S603 - a module of our own, or the server's
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            env=dict(environment),
            preexec_fn=_die_with_parent,  # safe: we have no threads
        )


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGTERM)
        if os.getppid() == 1:
            os.kill(os.getpid(), signal.SIGTERM)
