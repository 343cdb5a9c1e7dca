"""One-time codes from the clock (RFC 6238): HMAC-SHA-1, 30 seconds, six digits, as every authenticator app has them."""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode
from urllib.parse import quote

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20  # RFC 4226, 4: at least 128 bits, 160 recommended
DRIFT = 1  # RFC 6238, 5.2: one step of delay either way
ISSUER = "healthcard"


def new_secret() -> bytes:
    """The secret (20 bytes) that a login and its authenticator share."""
    return secrets.token_bytes(SECRET_BYTES)


def code(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a time step (seconds since 1970 divided by 30)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = mac[-1] & 0x0F  # RFC 4226, 5.3: dynamic truncation
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def matching_step(secret: bytes, given: str, now: int, last: int) -> int | None:
    """The step near `now` whose code was given and that comes after `last`, the one used before; None: no such step."""
    steps = [step for step in range(now - DRIFT, now + DRIFT + 1) if step > last]
    return next((step for step in steps if hmac.compare_digest(code(secret, step).encode(), given.encode())), None)


def address(secret: bytes, username: str) -> str:
    """What an authenticator app is given, typed in or as a QR code."""
    name = quote(f"{ISSUER}:{username}")
    return f"otpauth://totp/{name}?secret={b32encode(secret).decode()}&issuer={ISSUER}"
