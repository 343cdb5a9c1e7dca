"""The OS users our processes run as when we are root: PostgreSQL refuses to run as root, the key service should not.

Nobody's folder is opened for reading: the data folder is entered as the current directory before the rights are
dropped, so that every folder above it may stay 0700; the server's programs are the only thing that user must reach.
"""

from __future__ import annotations

import os
import pwd
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

SERVER_USER = "pgserver"
KEYS_USER = "healthcard-keys"
_ACCESS_LIST = "system.posix_acl_access"
_OWNER, _USER, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20  # linux/posix_acl.h
_NO_ID = 0xFFFFFFFF
_SEARCH = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OsUser:
    """A user of the operating system by number."""

    uid: int
    gid: int


def server_user() -> OsUser | None:
    """The user to run the server as: None = ourselves; when we are root, `pgserver`, created if it is missing."""
    return _system_user(SERVER_USER) if os.geteuid() == 0 else None


def keys_user() -> OsUser | None:
    """The user to run the key service as: None = ourselves; when we are root, `healthcard-keys`, created if missing.

    None as well where no user can be created: the service then runs as root, and its status says so.
    """
    try:
        return _system_user(KEYS_USER) if os.geteuid() == 0 else None
    except (PermissionError, subprocess.CalledProcessError):
        return None


def _system_user(name: str) -> OsUser:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        _create_user(name)
        entry = pwd.getpwnam(name)
    return OsUser(uid=entry.pw_uid, gid=entry.pw_gid)


def _create_user(name: str) -> None:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
    if program is None:
        raise PermissionError(
            f"PostgreSQL does not run as root and this system has no useradd: create a user {name!r}, "
            "or run healthcard as an ordinary user"
        )
    command = [program, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed arguments


def let_reach(folder: Path, user: OsUser) -> tuple[Path, ...]:
    """Let `user` pass through every folder above and including `folder` (search, not list); which ones were changed."""
    return tuple(path for path in (folder, *folder.parents) if _let_search(path, user))


def _let_search(folder: Path, user: OsUser) -> bool:
    status = folder.stat()
    if status.st_uid == user.uid or status.st_mode & _SEARCH:
        return False
    entries = _access_list(folder)
    mask = next((rights for tag, rights, _ in entries if tag in (_MASK, _GROUP)), 0)  # sorted: the mask comes first
    ours = (_USER, _SEARCH, user.uid)
    if ours in entries and mask & _SEARCH:  # a later chmod of the folder takes it out of the mask
        return False
    kept = [entry for entry in entries if entry[0] != _MASK and entry != ours]
    try:
        os.setxattr(folder, _ACCESS_LIST, _packed([*kept, ours, (_MASK, mask | _SEARCH, _NO_ID)]))
    except OSError:  # a file system without access lists
        folder.chmod(status.st_mode | _SEARCH)
    return True


def _access_list(folder: Path) -> list[tuple[int, int, int]]:
    """Entries (tag, permissions, id) of the folder's access list; made from its mode when it has none."""
    try:
        raw = os.getxattr(folder, _ACCESS_LIST)
    except OSError:
        mode = folder.stat().st_mode
        return [(_OWNER, mode >> 6 & 7, _NO_ID), (_GROUP, mode >> 3 & 7, _NO_ID), (_OTHER, mode & 7, _NO_ID)]
    return sorted((struct.unpack_from("<HHI", raw, at) for at in range(4, len(raw), 8)), reverse=True)


def _packed(entries: list[tuple[int, int, int]]) -> bytes:
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in sorted(entries, key=lambda e: (e[0], e[2])))


def let_run(programs: Path) -> None:
    """Make a program folder readable for everybody: an installation under umask 077 is not. It holds no secret."""
    for path in (programs, *programs.rglob("*")):
        wanted = 0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444
        if path.stat().st_mode & wanted != wanted:
            path.chmod(path.stat().st_mode | wanted)
