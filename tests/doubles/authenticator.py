"""An authenticator app: the code of this moment for a login, in code of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from urllib.parse import parse_qs, urlsplit


def code_of(login, *, steps=0):
    """The six digits of a login (`services.authority.accounts.Login`), so many steps of 30 seconds from now."""
    return code_from(login.second_factor, steps=steps)


def code_from(address, *, steps=0):
    """The same from an otpauth address."""
    secret = base64.b32decode(parse_qs(urlsplit(address).query)["secret"][0])
    mac = hmac.new(secret, struct.pack(">Q", int(time.time()) // 30 + steps), hashlib.sha1).digest()
    start = mac[-1] % 16
    (number,) = struct.unpack(">I", mac[start : start + 4])
    return str(number % 2**31 % 10**6).zfill(6)
