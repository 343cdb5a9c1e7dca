"""The issuer certificate of item 5: 180 bytes by one table, signed with SM2, altered nowhere."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import date

import pytest

from healthcard.keys import certificates
from healthcard.keys.certificates import FORM, IssuerCertificate
from healthcard.keys.errors import BadCertificate, OutOfShape
from healthcard.keys.secret import Secret
from healthcard.keys.software import SoftwareDriver

DRIVER = SoftwareDriver(Secret(bytes(32)))
AUTHORITY, ISSUER = DRIVER.generate("SM2"), DRIVER.generate("SM2")
PUBLIC = DRIVER.public(AUTHORITY)
CONTENT = IssuerCertificate(
    issuer="1234567890123456789012",
    valid_from=date(2026, 1, 1),
    valid_to=date(2046, 12, 31),
    public=DRIVER.public(ISSUER),
)
SPKI = bytes.fromhex("3059301306072A8648CE3D020106082A811CCF5501822D03420004")  # SubjectPublicKeyInfo of an SM2 key


def made(content=CONTENT):
    return certificates.compose(content, PUBLIC, lambda body: DRIVER.sign(AUTHORITY, body))


def test_a_certificate_has_180_bytes_and_says_what_was_put_in():
    certificate = made()
    assert len(certificate) == 180
    assert certificates.verify(certificate, PUBLIC) == CONTENT


@pytest.mark.parametrize("issuer", ["1", "12", "123456789", "1" * 21, "0" * 22])
def test_issuer_codes_of_every_length_come_back(issuer):
    content = replace(CONTENT, issuer=issuer)
    assert certificates.verify(made(content), PUBLIC) == content


@pytest.mark.parametrize("issuer", ["", "1" * 23, "12F4", "１２３", "-1"])
def test_an_issuer_code_is_digits(issuer):
    with pytest.raises(OutOfShape, match="1 to 22 digits"):
        made(replace(CONTENT, issuer=issuer))


def test_a_certificate_does_not_end_before_it_begins():
    with pytest.raises(OutOfShape, match="can not begin"):
        made(replace(CONTENT, valid_to=date(2025, 12, 31)))


def test_every_altered_byte_is_found():
    certificate = made()
    for at in range(len(certificate)):
        altered = certificate[:at] + bytes([certificate[at] ^ 0x01]) + certificate[at + 1 :]
        with pytest.raises(BadCertificate):
            certificates.verify(altered, PUBLIC)


@pytest.mark.parametrize("bytes_", [b"", bytes(180), b"\xff" * 180, bytes(179), bytes(181)])
def test_other_bytes_are_no_certificate(bytes_):
    with pytest.raises(BadCertificate):
        certificates.verify(bytes_, PUBLIC)


def test_another_authority_is_told_apart_from_a_bad_signature():
    with pytest.raises(BadCertificate, match="Another authority"):
        certificates.verify(made(), DRIVER.public(ISSUER))
    forged = certificates.compose(CONTENT, PUBLIC, lambda body: DRIVER.sign(ISSUER, body))
    with pytest.raises(BadCertificate, match="signature does not fit"):
        certificates.verify(forged, PUBLIC)


def test_the_signature_comes_last_for_it_covers_all_before_it():
    assert FORM.fields[-1].name == "signature"
    assert sum(field.length for field in FORM.fields) <= FORM.length


def test_the_openssl_command_accepts_the_signature(tmp_path):
    certificate = made()
    body, signature = certificate[:93], certificate[93:157]
    integers = [signature[:32], signature[32:]]
    parts = b"".join(_integer(number) for number in integers)
    (tmp_path / "body").write_bytes(body)
    (tmp_path / "signature").write_bytes(b"\x30" + bytes([len(parts)]) + parts)
    (tmp_path / "public.der").write_bytes(SPKI + PUBLIC)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", tmp_path / "public.der"]
    command += ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
    command += ["-in", tmp_path / "body", "-sigfile", tmp_path / "signature"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Signature Verified Successfully" in done.stdout, done.stderr


def _integer(number):
    """A DER INTEGER of 32 unsigned bytes."""
    shortest = number.lstrip(b"\x00")
    shortest = b"\x00" + shortest if not shortest or shortest[0] & 0x80 else shortest
    return b"\x02" + bytes([len(shortest)]) + shortest
