"""The issuer certificate on every card (item 5, 180 bytes): composed, signed and verified by one table of fields."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SM3, Hash
from gmssl_pyx import GmsslInnerError, sm2_verify

from healthcard.keys.errors import BadCertificate, OutOfShape

HALF = 32
ISSUER_DIGITS = 22
FILL_DIGIT = "F"
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the table: name, length in bytes, and its value where it is constant."""

    name: str
    length: int
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The table: fields in order, whole length, filler byte."""

    length: int
    filler: bytes
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerCertificate:
    """What a verified certificate says: issuer code (digits), days of validity, the issuer's public key x | y."""

    issuer: str
    valid_from: date
    valid_to: date
    public: bytes


def load(text: str) -> Form:
    """Parse the table."""
    table = tomllib.loads(text)
    return Form(
        length=table["length"],
        filler=bytes.fromhex(table["filler"]),
        fields=tuple(Field(**row) for row in table["field"]),
    )


FORM = load(files("healthcard.keys").joinpath("certificates.toml").read_text("utf-8"))


def compose(content: IssuerCertificate, authority: bytes, sign: Sign) -> bytes:
    """The certificate, 180 bytes; `authority` is the signer's public key, `sign` gives r | s. Raises OutOfShape."""
    _check_content(content)
    values = {
        "issuer": bytes.fromhex(content.issuer.ljust(ISSUER_DIGITS, FILL_DIGIT)),
        "valid_from": _day(content.valid_from),
        "valid_to": _day(content.valid_to),
        "authority": authority_id(authority),
        "public": content.public,
    }
    body = b"".join(_value(field, values) for field in FORM.fields if field.name != "signature")
    return (body + sign(body)).ljust(FORM.length, FORM.filler)


def verify(certificate: bytes, authority: bytes) -> IssuerCertificate:
    """What the certificate says, when the authority with this public key (64 bytes) signed it; else BadCertificate."""
    if len(certificate) != FORM.length:
        raise BadCertificate(f"An issuer certificate has {FORM.length} bytes, this one {len(certificate)}.")
    parts, rest = _split(certificate)
    constants = {field.name: bytes.fromhex(field.value) for field in FORM.fields if field.value}
    if any(parts[name] != value for name, value in constants.items()) or rest.strip(FORM.filler):
        raise BadCertificate("These bytes are no issuer certificate of our form.")
    if parts["authority"] != authority_id(authority):
        raise BadCertificate("Another authority signed this certificate; verify it with that one's key.")
    if not signed(authority, certificate[: -len(rest) - 2 * HALF], parts["signature"]):
        raise BadCertificate("The signature does not fit: the certificate was altered or never signed.")
    return _content(parts)


def authority_id(public: bytes) -> bytes:
    """8 bytes that tell an authority's key from others."""
    machine = Hash(SM3())
    machine.update(public)
    return machine.finalize()[:8]


def _check_content(content: IssuerCertificate) -> None:
    code = content.issuer
    if not (code.isascii() and code.isdigit() and len(code) <= ISSUER_DIGITS):
        raise OutOfShape(f"An issuer code has 1 to {ISSUER_DIGITS} digits (WS 218).")
    if content.valid_to < content.valid_from:
        raise OutOfShape(f"A certificate valid to {content.valid_to} can not begin on {content.valid_from}.")


def _day(day: date) -> bytes:
    return bytes.fromhex(day.strftime("%Y%m%d").rjust(8, "0"))


def _value(field: Field, values: Mapping[str, bytes]) -> bytes:
    return bytes.fromhex(field.value) if field.value else values[field.name]


def _split(certificate: bytes) -> tuple[dict[str, bytes], bytes]:
    parts, at = {}, 0
    for field in FORM.fields:
        parts[field.name] = certificate[at : at + field.length]
        at += field.length
    return parts, certificate[at:]


def signed(authority: bytes, body: bytes, signature: bytes) -> bool:
    """Whether the SM2 key with this public half (64 bytes) made `signature` (r | s, 64 bytes) over `body`."""
    r, s = (int.from_bytes(half, "big") for half in (signature[:HALF], signature[HALF:]))
    try:
        return sm2_verify(authority, body, encode_dss_signature(r, s)) is True
    except GmsslInnerError:
        return False


def _content(parts: Mapping[str, bytes]) -> IssuerCertificate:
    return IssuerCertificate(
        issuer=parts["issuer"].hex().upper().rstrip(FILL_DIGIT),
        valid_from=_date(parts["valid_from"]),
        valid_to=_date(parts["valid_to"]),
        public=parts["public"],
    )


def _date(packed: bytes) -> date:
    try:
        return date.fromisoformat(packed.hex())
    except ValueError:
        raise BadCertificate("A day of validity is no day.") from None
