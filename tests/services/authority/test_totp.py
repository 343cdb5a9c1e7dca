"""One-time codes against the vectors of RFC 6238, appendix B (SHA-1, eight digits)."""

from __future__ import annotations

import pytest

from doubles.authenticator import code_from
from healthcard.services.authority import totp

SECRET = b"12345678901234567890"
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}


@pytest.mark.parametrize(("seconds", "expected"), VECTORS.items())
def test_a_code_is_that_of_the_standard(seconds, expected):
    assert totp.code(SECRET, seconds // totp.STEP_SECONDS, digits=8) == expected
    assert totp.code(SECRET, seconds // totp.STEP_SECONDS) == expected[-6:]


STEPS = [(99, 0, 99), (100, 0, 100), (101, 0, 101), (98, 0, None), (102, 0, None), (100, 100, None), (101, 100, 101)]


@pytest.mark.parametrize(("step", "last", "found"), STEPS)
def test_a_code_counts_one_step_either_way_and_never_again(step, last, found):
    assert totp.matching_step(SECRET, totp.code(SECRET, step), 100, last) == found


@pytest.mark.parametrize("given", ["", "000000000", "１２３４５６", "12345", "\u0661" * 6])
def test_what_is_no_code_does_not_match(given):
    assert totp.matching_step(SECRET, given, 100, 0) is None


def test_an_authenticator_app_understands_the_address():
    address = totp.address(SECRET, "clerk")
    assert address.startswith("otpauth://totp/healthcard%3Aclerk?secret=")
    assert len(code_from(address)) == 6
