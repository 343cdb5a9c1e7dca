"""Keys on their way to another key store: an SM2 envelope only its receiver opens, signed by who sends it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gmssl_pyx import GmsslInnerError, sm2_decrypt, sm2_encrypt

from healthcard.keys import certificates
from healthcard.keys.ceremonies import sealed
from healthcard.keys.errors import CeremonyRefused, StoreDamaged
from healthcard.keys.secret import Secret

ENVELOPE = "healthcard key envelope"
FIELDS = frozenset({"form", "number", "receiver", "sender", "wrapped", "level", "nonce", "sealed", "signature"})
ROW = ("name", "scope", "version", "algorithm", "check", "value")
PUBLIC = 64
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A key on its way: name, scope and version it will have, its check value."""

    name: str
    scope: str
    version: int
    algorithm: str
    check: bytes
    value: Secret


def fingerprint(public: bytes) -> str:
    """8 bytes in hex by which two people at two ends compare a public key over the telephone."""
    return hashlib.new("sm3", public).hexdigest()[:16].upper()


def summary(keys: Sequence[Sent]) -> str:
    """8 bytes in hex over every name, version and check value of an envelope, compared likewise."""
    lines = sorted(f"{key.name} {key.scope} {key.version} {key.check.hex()}" for key in keys)
    return hashlib.new("sm3", "\n".join(lines).encode()).hexdigest()[:16].upper()


def write(
    path: Path,
    head: Mapping[str, str],
    content: tuple[Secret, Sequence[Sent]],
    public: bytes,
    sender: tuple[bytes, Sign],
) -> str:
    """Write an envelope for the receiver's `public` key, under a fresh key; SM3 of the file.

    `head` has its number and the level of its keys; `content` the fresh key (16 bytes) and what it covers; `sender`
    the public key and signature of who sends it.
    """
    fresh, keys = content
    rows = json.dumps([_row(key) for key in keys]).encode()
    wrapped = sm2_encrypt(public, fresh.reveal())
    whole = {"form": ENVELOPE, **head, "receiver": public.hex(), "sender": sender[0].hex(), "wrapped": wrapped.hex()}
    table = sealed.seal(fresh, whole, rows)
    return sealed.write(path, {**table, "signature": sender[1](sealed.canonical(table)).hex()})


def read(path: Path, sender: bytes, private: Secret) -> tuple[str, tuple[Sent, ...]]:
    """Level and keys of an envelope; raises CeremonyRefused for another sender or receiver, StoreDamaged.

    `private` is the receiver's SM2 key pair, private | public.
    """
    table = sealed.read(path, FIELDS)
    own = private.reveal()[-PUBLIC:]
    if table["receiver"] != own.hex():
        raise CeremonyRefused("This envelope is for another receiver: its key is not that of this store.")
    signature = bytes.fromhex(str(table.pop("signature")))
    if table["sender"] != sender.hex() or not certificates.signed(sender, sealed.canonical(table), signature):
        raise CeremonyRefused("The envelope was not signed by the sender this ceremony names, or was altered since.")
    try:
        fresh = Secret(sm2_decrypt(private.reveal()[:-PUBLIC], bytes.fromhex(str(table["wrapped"]))))
    except (GmsslInnerError, ValueError):
        raise StoreDamaged("The envelope does not open with this store's key.") from None
    content = sealed.unseal(fresh, table)
    if content is None:
        raise StoreDamaged("The envelope is not what was sent.")
    return str(table["level"]), tuple(_sent(row) for row in json.loads(content))


def _row(key: Sent) -> dict[str, object]:
    values = (key.name, key.scope, key.version, key.algorithm, key.check.hex(), key.value.reveal().hex())
    return dict(zip(ROW, values, strict=True))


def _sent(row: Mapping[str, object]) -> Sent:
    return Sent(
        name=str(row["name"]),
        scope=str(row["scope"]),
        version=int(str(row["version"])),
        algorithm=str(row["algorithm"]),
        check=bytes.fromhex(str(row["check"])),
        value=Secret(bytes.fromhex(str(row["value"]))),
    )
