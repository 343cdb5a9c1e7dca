"""The key under which chips lie on disk: `vault.key` beside their images, 16 raw bytes, readable by its owner alone.

HEALTHCARD_VAULT names another file for it. Whoever holds this file and the images holds every key in the chips.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from healthcard.card.wire.errors import CardError

NAME = "vault.key"
VARIABLE = "HEALTHCARD_VAULT"
SIZE = 16
NONCE = 12
TAG = 16


class VaultError(CardError):
    """The vault key is missing, unfit, or not the one these bytes were sealed under."""


@dataclass(frozen=True, slots=True)
class Vault:
    """A vault key and what it opens."""

    key: bytes = field(repr=False)

    def seal_image(self, plain: bytes, header: bytes) -> bytes:
        """`plain` as nonce(12) | cipher text | tag(16), AES-256-GCM under a key derived for images."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._image_cipher().encrypt(nonce, plain, header)

    def open_image(self, sealed: bytes, header: bytes) -> bytes:
        """What `seal_image` sealed with the same header; raises VaultError."""
        try:
            return self._image_cipher().decrypt(sealed[:NONCE], sealed[NONCE:], header)
        except (InvalidTag, ValueError):
            raise VaultError("another vault key sealed it, or the file is damaged") from None

    def open_envelope(self, envelope: bytes, context: bytes) -> bytes:
        """What the key service sealed for this vault: nonce(12) | SM4-GCM cipher text | tag(16); raises VaultError."""
        nonce, text, tag = envelope[:NONCE], envelope[NONCE:-TAG], envelope[-TAG:]
        if len(nonce) + len(tag) < NONCE + TAG:
            raise VaultError("an envelope is longer than this")
        opener = Cipher(algorithms.SM4(self.key), modes.GCM(nonce, tag)).decryptor()
        opener.authenticate_additional_data(context)
        try:
            return opener.update(text) + opener.finalize()
        except InvalidTag:
            raise VaultError("the envelope is for another vault key, or damaged") from None

    def _image_cipher(self) -> AESGCM:
        return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"healthcard chip image").derive(self.key))


def path(folder: Path) -> Path:
    """Where the vault key for the images in `folder` lies."""
    return Path(os.environ.get(VARIABLE) or folder / NAME)


def make(folder: Path) -> Vault:
    """The vault of `folder`, its key made on first use."""
    place = path(folder)
    if not place.exists():
        _create(place)
    return find(folder)


def find(folder: Path) -> Vault:
    """The vault of `folder`; raises VaultError when its key is missing, open to others, or no key."""
    place = path(folder)
    try:
        with place.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read(SIZE + 1)
    except FileNotFoundError:
        raise VaultError(f"{place} is missing: chip images open only with the key they were saved under") from None
    if stat.S_IMODE(mode) & 0o077:
        raise VaultError(f"{place} is open to others: chmod 600 {place}")
    if len(key) != SIZE:
        raise VaultError(f"{place} is no vault key: it must hold {SIZE} bytes")
    return Vault(key)


def _create(place: Path) -> None:
    """Written aside and linked into place: no reader sees half a key, and the first of two makers wins."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(SIZE))
        os.fsync(handle)
        with contextlib.suppress(FileExistsError):
            place.hardlink_to(aside)
    finally:
        os.close(handle)
        aside.unlink()
