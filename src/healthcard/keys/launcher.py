"""Start the key service beside us and stop it again: for the demo, the first run and tests.

A production service is started by the machine's own supervisor and unlocked by a person (docs/keys.md).
"""

from __future__ import annotations

import selectors
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from healthcard.keys.errors import ServiceGone
from healthcard.keys.secret import Secret

PATIENCE = 30.0


class RunningService:
    """A key service that ends when we do."""

    def __init__(self, process: subprocess.Popen[bytes], socket: Path) -> None:
        self.process = process
        self.socket = socket

    def stop(self) -> None:
        """Ask it to end and wait; after ten seconds make it end."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()

    def __enter__(self) -> RunningService:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def launch(store: Path, socket: Path, passphrase: Secret, log: Path, *, vault: Path | None = None) -> RunningService:
    """Start a key service, unlock it, wait until it is ready. Raises ServiceGone with its reason."""
    command = [sys.executable, "-m", "healthcard.keys.service", "--with-parent"]
    command += ["--store", str(store), "--socket", str(socket)]
    command += ["--factory-vault", str(vault)] if vault else []
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("ab") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
    service = RunningService(process, socket)
    word, _, rest = _unlock(process, passphrase).partition(" ")
    if word != "ready":
        service.stop()
        raise ServiceGone(f"The key service did not start: {rest or 'it said nothing'} (log: {log})")
    return service


def _unlock(process: subprocess.Popen[bytes], passphrase: Secret) -> str:
    """Hand over the passphrase; the line it answers, '' when none comes."""
    if process.stdin is None or process.stdout is None:
        return ""
    try:
        process.stdin.write(passphrase.reveal() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        return ""  # it ended before it read: its log says why
    with selectors.DefaultSelector() as selector, process.stdout as output:
        selector.register(output, selectors.EVENT_READ)
        return output.readline().decode().strip() if selector.select(PATIENCE) else ""
