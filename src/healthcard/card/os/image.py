"""Chips and SAMs on disk: one encrypted file each, replaced as a whole.

`HCIMAGE` | version(1) | nonce(12) | cipher text | tag(16); the clear text is kind(1) | dump. The vault key lies beside
(see `vault`). While a chip is in use its file is locked: one chip cannot be in two readers.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from healthcard.card.os import chip as user_card
from healthcard.card.os import sam, vault
from healthcard.card.os.chip import Chip
from healthcard.card.os.sam import Sam
from healthcard.card.wire.errors import CardError

SUFFIX = ".img"
MAGIC = b"HCIMAGE"
VERSION = 1
HEADER = MAGIC + bytes([VERSION])
CHIP, SAM = 1, 2

AnyChip = Chip | Sam

_RESTORE: dict[int, Callable[[bytes], AnyChip]] = {CHIP: user_card.restore, SAM: sam.restore}


class ImageError(CardError):
    """A chip image that cannot be opened or saved; the message names the file and the reason."""


class ImageInUse(ImageError):
    """Another process has this chip in a reader."""


def save(path: Path, chip: AnyChip) -> None:
    """Write the image of `chip` to `path`, on disk when this returns; makes the folder's vault key on first use."""
    os.close(_replace(path, chip, durable=True))


def load(path: Path) -> AnyChip:
    """The chip in the image at `path`, without power; raises ImageError."""
    return _parse(path, _read(path))


class HeldImage:
    """A chip taken from its image and locked there until `release`; `keep` writes back what has changed."""

    def __init__(self, path: Path) -> None:
        """Raises ImageError, ImageInUse."""
        self.path = path
        self._lock = _lock(path)
        try:
            self.chip = load(path)
        except CardError:
            os.close(self._lock)
            raise
        self._kept = self.chip.writes
        self._durable = True

    def __enter__(self) -> HeldImage:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def keep(self, *, durable: bool = False) -> None:
        """Write the image if the chip has changed: our own crash loses nothing then; `durable`: nor does power loss."""
        if self.chip.writes == self._kept and (self._durable or not durable):
            return
        written = self.chip.writes
        fresh = _replace(self.path, self.chip, durable=durable)
        os.close(self._lock)
        self._lock, self._kept, self._durable = fresh, written, durable

    def release(self) -> None:
        """Power off, write back durably, unlock."""
        self.chip.power_off()
        try:
            self.keep(durable=True)
        finally:
            os.close(self._lock)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path.name} cannot be read: {error.strerror}") from None


def _parse(path: Path, raw: bytes) -> AnyChip:
    if raw[: len(MAGIC)] != MAGIC:
        raise ImageError(f"{path} is no chip image")
    if raw[: len(HEADER)] != HEADER:
        raise ImageError(f"{path} was written by a later version of this program")
    try:
        plain = vault.find(path.parent).open_image(raw[len(HEADER) :], HEADER)
    except vault.VaultError as error:
        raise ImageError(f"{path} does not open: {error}") from None
    if plain[:1] not in (bytes([kind]) for kind in _RESTORE):
        raise ImageError(f"{path} holds no chip this version knows")
    try:
        return _RESTORE[plain[0]](plain[1:])
    except ValueError as error:
        raise ImageError(f"{path} does not restore: {error}") from None


def _replace(path: Path, chip: AnyChip, *, durable: bool) -> int:
    """Put the new file in the old one's place; returns a handle that locks it, taken before anyone could open it."""
    kind = SAM if isinstance(chip, Sam) else CHIP
    sealed = HEADER + vault.make(path.parent).seal_image(bytes([kind]) + chip.dump(), HEADER)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with open(handle, "wb", closefd=False) as file:
            file.write(sealed)
        if durable:
            os.fsync(handle)
        aside.replace(path)
        if durable:
            _sync_folder(path.parent)
    except OSError as error:
        os.close(handle)
        with contextlib.suppress(FileNotFoundError):
            aside.unlink()
        raise ImageError(f"{path} cannot be written: {error.strerror}") from None
    return handle


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lock(path: Path) -> int:
    """A locked handle on the file that is at `path` now: one replaced while we waited for it is tried again."""
    while True:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise ImageError(f"{path.name} cannot be read: {error.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except BlockingIOError:
            os.close(handle)
            raise ImageInUse(f"{path} is in use: another process has this chip in a reader") from None
        os.close(handle)
