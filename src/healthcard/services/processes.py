"""The processes that help an installation: the key service and the rack of virtual chips.

Each is told what it needs and nothing else: no other role's password is in its environment, it dies with its parent,
and Ctrl-C in the terminal reaches the parent only.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from healthcard.card.host import rack
from healthcard.card.os import vault
from healthcard.keys import demo
from healthcard.services.errors import ServiceError
from healthcard.services.state import State
from healthcard.storage.osuser import OsUser, keys_user

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
    _hand_over(state.keys, keys_user())
    demo.prepare(store(state))
    vault.make(state.chips)
    return new


def start_keys(state: State) -> subprocess.Popen[bytes]:
    """Start the key service of a demo installation and wait until it serves; raises ProcessFailed.

    Started by root it becomes a user of its own, and the store is that user's. It ends with us, or with the last
    command that has `key_users` locked. In production the operator starts it himself: `healthcard keys serve`.
    """
    user = keys_user()
    _hand_over(state.keys, user)
    passphrase = demo.prepare(store(state))
    command = [sys.executable, "-m", KEYS_MODULE, "--store", str(store(state)), "--socket", str(state.key_socket)]
    command += ["--factory-vault", str(vault.path(state.chips)), "--with-parent", "--users", str(state.key_users)]
    command += [] if user is None else ["--user", f"{user.uid}:{user.gid}"]
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


@contextmanager
def using_keys(state: State) -> Iterator[IO[str]]:
    """Inside this block no other command ends the key service it has started; yields what `leave_keys` wants."""
    with state.key_users.open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits for a service that is about to end
        yield users


def leave_keys(state: State, process: subprocess.Popen[bytes], users: IO[str]) -> None:
    """Let go of a key service we have started: it ends, unless other commands work with it; then with the last."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _close(process)
        return
    stop(process)
    state.key_socket.unlink(missing_ok=True)  # it could not do so itself as another user
    fcntl.flock(users, fcntl.LOCK_UN)


def _hand_over(folder: Path, user: OsUser | None) -> None:
    """The folder and what lies in it to the key service's user; root's store of an earlier version too."""
    if user is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, user.uid, user.gid, follow_symlinks=False)


def start_rack(state: State) -> subprocess.Popen[bytes]:
    """Start the rack of this installation's virtual chips and wait until it serves; raises RackError."""
    given = {name: value for name in (vault.VARIABLE,) if (value := os.environ.get(name))}
    return rack.start(state.rack_socket, state.chips, environment=environment(**given))


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a helper and what it has started itself: asked first, killed when it does not listen."""
    process.terminate()
    _close(process)
    try:
        process.wait(timeout=SECONDS / 3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    bury(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


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
