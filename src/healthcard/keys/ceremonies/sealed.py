"""Files that leave the key room sealed: shares, copies of the keys, keys in an envelope. JSON, bytes in hex."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from healthcard.keys import disk
from healthcard.keys.errors import StoreDamaged, StoreRefused
from healthcard.keys.secret import Secret

NONCE, TAG = 12, 16
Head = Mapping[str, object]


def canonical(table: Head) -> bytes:
    """The one way a table is written where it is signed or sealed."""
    return json.dumps(table, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(data: bytes) -> str:
    """SM3 in hex."""
    return hashlib.new("sm3", data).hexdigest()


def seal(key: Secret, head: Head, content: bytes) -> dict[str, object]:
    """`head` in clear with `content` under SM4-GCM, bound to the head."""
    nonce = os.urandom(NONCE)
    machine = Cipher(SM4(key.reveal()), modes.GCM(nonce)).encryptor()
    machine.authenticate_additional_data(canonical(head))
    sealed = machine.update(content) + machine.finalize() + machine.tag
    return {**head, "nonce": nonce.hex(), "sealed": sealed.hex()}


def unseal(key: Secret, table: Head) -> bytes | None:
    """The content; None when the key is another or the file was altered."""
    head = {name: value for name, value in table.items() if name not in {"nonce", "sealed"}}
    nonce, sealed = (bytes.fromhex(str(table[name])) for name in ("nonce", "sealed"))
    machine = Cipher(SM4(key.reveal()), modes.GCM(nonce, sealed[-TAG:])).decryptor()
    machine.authenticate_additional_data(canonical(head))
    try:
        return machine.update(sealed[:-TAG]) + machine.finalize()
    except InvalidTag:
        return None


def write(path: Path, table: Head) -> str:
    """Put a table on a carrier, never over another; its SM3. Raises StoreRefused."""
    data = json.dumps(table, indent=1, ensure_ascii=False).encode() + b"\n"
    disk.write_private(path, data, replace=False)
    return digest(data)


def read(path: Path, names: frozenset[str]) -> dict[str, object]:
    """A table with exactly these fields; raises StoreRefused, StoreDamaged."""
    try:
        table = json.loads(disk.read_private(path))
    except (ValueError, RecursionError):
        raise StoreDamaged(f"{path} is no file of a ceremony.") from None
    if not isinstance(table, dict) or table.keys() != names:
        raise StoreRefused(f"{path} is another kind of file than this ceremony reads.")
    return table
