"""The embedded PostgreSQL: a server of our own in the state folder, started by whoever needs it first and stopped by
whoever leaves last. It listens on one Unix socket in a folder of mode 0700 and asks every role for its password.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from healthcard.storage import postgres
from healthcard.storage.osuser import OsUser, let_reach, let_run, server_user

SUPERUSER = "postgres"
PORT = 5432
START_SECONDS = 60.0  # after a crash it first makes good what its log says
_LONGEST_SOCKET = 100  # sockaddr_un holds 108 bytes with the closing zero

_ACCESS = (
    "# Written by healthcard: passwords for every role, nobody is trusted, no network.\nlocal all all scram-sha-256\n"
)

# Nothing of what people are called or numbered may reach the server's log: neither statements (the client binds some
# values into them), nor their parameters, nor details of rows; errors are the caller's to report.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "60",
    "log_statement": "none",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


_STARTED: dict[Path, subprocess.Popen[bytes]] = {}  # servers that are this process's children, by data folder


class DatabaseFailed(Exception):
    """The embedded server could not be made or started; the message holds what its program said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedServer:
    """A server under `folder` (0700, holds `data/` and the log); `secret` is the superuser's password file (0600).

    `link` is a short path that may point to the data folder when its own path is too long for a socket.
    """

    folder: Path
    secret: Path
    link: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The data folder (PGDATA)."""
        return self.folder / "data"

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    @property
    def socket_folder(self) -> Path:
        """Where clients find the server's socket."""
        return self.data if len(str(self.data / f".s.PGSQL.{PORT}")) < _LONGEST_SOCKET else self.link

    @property
    def exists(self) -> bool:
        """Whether a database was made here."""
        return (self.data / "PG_VERSION").exists()

    @contextmanager
    def serving(self) -> Iterator[bool]:
        """The server runs inside this block; yields whether it was us who started it.

        Every process inside such a block holds a shared lock; the one that can turn its own into an exclusive one is
        the last and stops the server. The kernel drops the locks of a process that dies.
        """
        with (self.folder / "users.lock").open("a") as users:
            with self._gate():
                fcntl.flock(users, fcntl.LOCK_SH)
                started = self.start()
            try:
                yield started
            finally:
                with self._gate():
                    if _alone(users):
                        self.stop()

    @contextmanager
    def _gate(self) -> Iterator[None]:
        with (self.folder / "gate.lock").open("a") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield

    def create(self) -> tuple[Path, ...]:
        """Make the database files unless they exist; returns foreign folders that had to be opened for passing."""
        user = server_user()
        opened = _make_reachable(user)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.folder.chmod(0o700)
        if not self.exists:
            if not self.secret.exists():
                write_secret(self.secret, secrets.token_urlsafe(32))
            self._initialise(user)
        return opened

    def _initialise(self, user: OsUser | None) -> None:
        """Beside the final place, moved there when whole: a crash leaves nothing that looks like a database."""
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        with tempfile.TemporaryFile() as given:  # a name for initdb to read that nobody else can open
            if user is not None:
                os.chown(draft, user.uid, user.gid)
                os.fchown(given.fileno(), user.uid, user.gid)
            given.write(self.secret.read_bytes())
            given.seek(0)
            options = ("-U", SUPERUSER, "-E", "UTF8", "--locale=C", "-A", "scram-sha-256", "--pwfile=/dev/stdin")
            self._need(postgres.run("initdb", draft, *options, stdin=given.fileno()))
        (draft / "pg_hba.conf").write_text(_ACCESS)
        draft.rename(self.data)

    def start(self) -> bool:
        """Start the server unless it runs already; whether it was started."""
        if self.running():
            return False
        if self.socket_folder == self.link:
            self.link.unlink(missing_ok=True)
            self.link.symlink_to(self.data)
        deadline = time.monotonic() + START_SECONDS
        while postgres.barred(self.data) and time.monotonic() < deadline:
            time.sleep(0.01)
        process = postgres.start(self.data, {**SETTINGS, **self.settings}, sockets=self.socket_folder, log=self._log)
        _STARTED[self.data] = process
        while not self._ready(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                raise self._failure("postgres", "")
            time.sleep(0.01)
        return True

    def stop(self) -> None:
        """Stop the server if it runs; open transactions are rolled back."""
        if (process := _STARTED.pop(self.data, None)) is not None:
            process.send_signal(signal.SIGINT)  # "fast" to PostgreSQL
            process.wait()
        elif self.running():
            self._need(postgres.run("pg_ctl", self.data, "-w", "-m", "fast", "stop"))

    def revive(self) -> bool:
        """Start the server again if it died while somebody works with it; whether it had to be."""
        if self.running():
            return False
        with self._gate():
            return self.start()

    def running(self) -> bool:
        """Whether the server of this folder runs, whoever started it."""
        if (process := _STARTED.get(self.data)) is not None and process.poll() is not None:
            del _STARTED[self.data]
        return postgres.lives(self.data)

    def _ready(self, number: int) -> bool:
        """Whether the server of this process number says in its own file (line 8) that it takes connections."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(number) and lines[7].strip() == "ready"

    def superuser(self) -> dict[str, str | int]:
        """Connection parameters of the superuser, for setting up roles only."""
        password = self.secret.read_text()
        return {"host": str(self.socket_folder), "port": PORT, "user": SUPERUSER, "password": password}

    def _need(self, done: subprocess.CompletedProcess[str]) -> None:
        if done.returncode != 0:
            raise self._failure(done.args[0], done.stdout)

    def _failure(self, program: str, said: str) -> DatabaseFailed:
        logged = self._log.read_text().splitlines()[-5:] if self._log.exists() else []
        words = " / ".join([*said.strip().splitlines()[-5:], *logged])
        return DatabaseFailed(f"{Path(program).name} of the embedded database failed in {self.folder}: {words}")


def write_secret(path: Path, value: str) -> None:
    """A new file that only we may read, whole or not there at all; raises FileExistsError when it is there already."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)  # unlike a rename, this fails when the name is taken
    finally:
        draft.unlink(missing_ok=True)


def _make_reachable(user: OsUser | None) -> tuple[Path, ...]:
    if user is None:
        return ()
    folders = postgres.installation()
    for folder in folders:
        let_run(folder)
    return tuple(changed for folder in folders for changed in let_reach(folder, user))


def _alone(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
