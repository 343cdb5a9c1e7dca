"""Private files: read only when no other user may touch them, written so that a crash leaves the old or the new one.

Root may have handed the folder over to the key service's own user: then its files are that user's, whoever writes them.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from healthcard.keys.errors import StoreRefused
from healthcard.keys.peers import ROOT

PRIVATE = 0o600
OTHERS = 0o077
LARGEST = 16 * 1024 * 1024


def read_private(path: Path) -> bytes:
    """The bytes of a regular file of this user that no other may touch; raises StoreRefused otherwise."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise StoreRefused(f"{path} can not be read: {error.strerror}.") from None
    try:
        status = os.fstat(descriptor)
        _check_private(path, status)
        if status.st_size > LARGEST:
            raise StoreRefused(f"{path} is larger than {LARGEST} bytes: this is no file of ours.")
        return _read(descriptor)
    finally:
        os.close(descriptor)


def write_private(path: Path, data: bytes, *, replace: bool) -> None:
    """Put `data` in place of `path` in one step, on the disk when this returns; mode 0600, its folder 0700 when made.

    Raises StoreRefused when `path` is there already and `replace` is false, or when the folder does not take it.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            _write_through(draft, data)
            give_to_owner(draft)
            if replace:
                draft.replace(path)
            else:
                os.link(draft, path)  # unlike a rename, this fails when the name is taken
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        raise StoreRefused(f"{path} is there already and is not written over. Move it away first.") from None
    except OSError as error:
        raise StoreRefused(f"{path} can not be written: {error.strerror}.") from None


def check_private(path: Path) -> None:
    """Raise StoreRefused unless this is a regular file of this user that no other may touch."""
    _check_private(path, path.lstat())


def give_to_owner(path: Path) -> None:
    """Leave a file that root has made to the owner of its folder."""
    if os.geteuid() == ROOT:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)


def _is_ours(path: Path, status: os.stat_result) -> bool:
    if os.geteuid() == ROOT and status.st_uid == path.parent.stat().st_uid:
        return True
    return status.st_uid == os.geteuid()


def _check_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise StoreRefused(f"{path} is no regular file.")
    if not _is_ours(path, status):
        raise StoreRefused(f"{path} belongs to user {status.st_uid}, we are {os.geteuid()}: run as its owner.")
    if status.st_mode & OTHERS:
        raise StoreRefused(f"{path} is open to others (mode {stat.S_IMODE(status.st_mode):o}): chmod 600, and ask why.")


def _read(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        return file.read()


def _write_through(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
