"""The processes that help an installation: the key service and the rack of virtual chips.

Each is told what it needs and nothing else: no other role's password is in its environment, it dies with its parent,
and Ctrl-C in the terminal reaches the parent only.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from healthcard.card.host import rack
from healthcard.card.os import vault
from healthcard.keys import demo
from healthcard.services.errors import ServiceError
from healthcard.services.state import State

KEYS_MODULE = "healthcard.keys.service"
STORE = "store.json"
SECONDS = 30.0
_NEEDED = frozenset({"PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"})


class ProcessFailed(ServiceError):
    """A helper process did not begin; the message holds its reason."""


def store(state: State) -> Path:
    """Where the key store lies."""
    return state.keys / STORE


def environment(**given: str) -> Mapping[str, str]:
    """What every process may know, and what this one is given besides."""
    return {name: value for name, value in os.environ.items() if name in _NEEDED} | given


def prepare_demo_keys(state: State) -> bool:
    """Make the demo's key store and the vault of its virtual chips; whether the store is new."""
    new = not store(state).exists()
    demo.prepare(store(state))
    vault.make(state.chips)
    return new


def start_keys(state: State) -> subprocess.Popen[bytes]:
    """Start the key service of a demo installation and wait until it serves; raises ProcessFailed.

    In production the operator starts it himself and types the passphrase: `healthcard keys serve`.
    """
    passphrase = demo.prepare(store(state))
    command = [sys.executable, "-m", KEYS_MODULE, "--store", str(store(state)), "--socket", str(state.key_socket)]
    command += ["--factory-vault", str(vault.path(state.chips)), "--with-parent"]
    with (state.logs / "keys.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            env=environment(),
        )
    _write(process, passphrase.reveal() + b"\n")
    said = _line(process)
    if not said.startswith("ready"):
        process.kill()
        process.wait()
        raise ProcessFailed(f"The key service did not start: {said or 'it said nothing'} (see {state.logs}/keys.log).")
    return process


def start_rack(state: State) -> subprocess.Popen[bytes]:
    """Start the rack of this installation's virtual chips and wait until it serves; raises RackError."""
    given = {name: value for name in (vault.VARIABLE,) if (value := os.environ.get(name))}
    return rack.start(state.rack_socket, state.chips, environment=environment(**given))


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a helper and what it has started itself: asked first, killed when it does not listen."""
    process.terminate()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    try:
        process.wait(timeout=SECONDS / 3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    bury(process)


def bury(process: subprocess.Popen[bytes]) -> None:
    """After a helper has ended: end what it had started itself. Each helper leads a group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _write(process: subprocess.Popen[bytes], line: bytes) -> None:
    if process.stdin is None:
        raise ProcessFailed("The key service was started without its input.")
    process.stdin.write(line)
    process.stdin.flush()


def _line(process: subprocess.Popen[bytes]) -> str:
    """The first line of its output, '' when none comes in time."""
    if process.stdout is None or not select.select([process.stdout], [], [], SECONDS)[0]:
        return ""
    return process.stdout.readline().decode("utf-8", "replace").strip()
