"""Personal data at rest: SM4-GCM for what is kept, a keyed digest (HMAC-SM3) for finding it again.

Both keys come from the key service for this purpose alone and stay in this process's memory.
"""

from __future__ import annotations

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hmac import HMAC

from healthcard.domain.resident import Document
from healthcard.domain.traces import Trace
from healthcard.services.errors import ServiceError
from healthcard.services.ports import Ports, given
from healthcard.services.workshop import binding

RESIDENTS, IDENTITY = "residents", "identity"  # the purposes of the two data keys
INSTITUTIONS = "institutions"  # its keys open nothing of residents
_VERSION = b"\x01"
_MARK = b"healthcard key binding 1"  # no document digests to the same: those have a colon
_NONCE, _TAG = 12, 16


class SealBroken(ServiceError):
    """Sealed data does not open: another key, another row, or changed bytes."""


class Sealer:
    """Seals rows and digests identities; never shows its keys."""

    def __init__(self, *, seal_key: bytes, digest_key: bytes) -> None:
        """Two keys of 16 bytes."""
        self._algorithm = SM4(seal_key)
        self._digest = HMAC(digest_key, hashes.SM3())

    def __repr__(self) -> str:
        return "<Sealer>"

    def digest(self, document: Document) -> bytes:
        """The 32 bytes by which a person is found: the same for the same normalised document, and for no other."""
        return self._hmac(f"{document.kind}:{document.number}".encode())

    def trace(self, trace: Trace) -> bytes:
        """The 32 bytes by which people are found by something else: no document's kind is as long as a trace's."""
        return self._hmac(f"{trace.kind}:{trace.text}".encode())

    def absorbed(self, resident_id: int) -> bytes:
        """The 32 bytes a record is known by that ended in another one: a digest of no document."""
        return self._hmac(f"absorbed record:{resident_id}".encode())

    def mark(self) -> bytes:
        """The 32 bytes by which a database knows the keys it was filled with."""
        return self._hmac(_MARK)

    def seal(self, plain: bytes, owner: bytes) -> bytes:
        """version 1 | nonce 12 | cipher text | tag 16, which opens only together with `owner` (the row's digest)."""
        nonce = os.urandom(_NONCE)
        encryptor = Cipher(self._algorithm, GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(_VERSION + owner)
        text = encryptor.update(plain) + encryptor.finalize()
        return _VERSION + nonce + text + encryptor.tag

    def open(self, sealed: bytes, owner: bytes) -> bytes:
        """What was sealed for `owner`; raises SealBroken."""
        if sealed[:1] != _VERSION or len(sealed) < 1 + _NONCE + _TAG:
            raise SealBroken("This is no sealed row of a version we know.")
        nonce, text, tag = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE : -_TAG], sealed[-_TAG:]
        decryptor = Cipher(self._algorithm, GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(_VERSION + owner)
        try:
            return decryptor.update(text) + decryptor.finalize()
        except InvalidTag as error:
            raise SealBroken("A sealed row does not open: its key or its bytes were exchanged.") from error

    def _hmac(self, data: bytes) -> bytes:
        hmac = self._digest.copy()
        hmac.update(data)
        return hmac.finalize()


def sealer() -> Sealer:
    """The sealer of this process, its keys those of this database; raises OtherKeys."""
    found = _sealer(given())
    binding.check(found.mark())
    return found


def sealer_for_institutions() -> Sealer:
    """The sealer of what institutions tell and are given: all that the process which serves them can open."""
    return _for_institutions(given())


@lru_cache(maxsize=1)
def _for_institutions(ports: Ports) -> Sealer:
    with ports.keys() as keys:
        seal_key, digest_key = keys.data_key(INSTITUTIONS), keys.data_key(f"{INSTITUTIONS}.digest")
    return Sealer(seal_key=seal_key.reveal(), digest_key=digest_key.reveal())


@lru_cache(maxsize=1)
def _sealer(ports: Ports) -> Sealer:
    with ports.keys() as keys:
        seal_key, digest_key = keys.data_key(RESIDENTS), keys.data_key(IDENTITY)
    return Sealer(seal_key=seal_key.reveal(), digest_key=digest_key.reveal())
