"""The state folder: everything an installation keeps on disk, each part in a folder of its own, all of mode 0700."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_LONGEST = 80  # leaves 27 bytes for the name of a socket


@dataclass(frozen=True, slots=True)
class State:
    """The folder at `home`; nothing is created before `ensure`."""

    home: Path

    @property
    def pg(self) -> Path:
        """The embedded database."""
        return self.home / "pg"

    @property
    def keys(self) -> Path:
        """The key service's store; nobody else reads it."""
        return self.home / "keys"

    @property
    def chips(self) -> Path:
        """Images of virtual chips."""
        return self.home / "chips"

    @property
    def secrets(self) -> Path:
        """Passwords of this installation, one file each, 0600."""
        return self.home / "secrets"

    @property
    def logs(self) -> Path:
        """What the processes of `healthcard run` said."""
        return self.home / "logs"

    @property
    def run(self) -> Path:
        """Sockets of running processes: in the state folder, or under a short name when its path is too long.

        Anybody may make that short name: raises PermissionError when somebody else did.
        """
        inside = self.home / "run"
        if len(os.fsencode(inside)) <= _LONGEST:
            return inside
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        short = Path(tempfile.gettempdir()) / f"healthcard-{os.geteuid()}-{digest}"
        if os.path.lexists(short):
            _ours(short)
        return short

    @property
    def key_socket(self) -> Path:
        """The door of the key service."""
        return self.run / "keys.sock"

    @property
    def key_users(self) -> Path:
        """Locked by every command that works with the key service, so that the last one ends it."""
        return self.run / "keys.users"

    @property
    def rack_socket(self) -> Path:
        """The door of the rack of virtual chips."""
        return self.run / "rack.sock"

    @property
    def line_socket(self) -> Path:
        """The door of the card line."""
        return self.run / "line.sock"

    def ensure(self) -> None:
        """Create what is missing and take away what others may do here."""
        self.home.mkdir(parents=True, exist_ok=True)
        for folder in (self.home, self.pg, self.keys, self.chips, self.secrets, self.logs, self.run):
            folder.mkdir(mode=0o700, exist_ok=True)
            _ours(folder, handed_over=folder == self.keys)
            folder.chmod(0o700)


def here(environ: Mapping[str, str] = os.environ) -> State:
    """The state folder a process works in: $HEALTHCARD_HOME, or ./var."""
    return State(Path(environ.get("HEALTHCARD_HOME") or "var").expanduser().absolute())


def _ours(folder: Path, *, handed_over: bool = False) -> None:
    """Raise PermissionError for somebody else's folder; what root has `handed_over` to a user of its own is ours."""
    status = folder.lstat()
    ours = status.st_uid == os.geteuid() or (handed_over and os.geteuid() == 0)
    if not stat.S_ISDIR(status.st_mode) or not ours:
        raise PermissionError(f"{folder} belongs to somebody else: remove it, or choose another HEALTHCARD_HOME")
