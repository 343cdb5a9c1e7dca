"""How both sides prove themselves with the secret of their pairing: HMAC-SHA-256 over what is said, and when.

When: `epoch` is random and new each time the server's line starts, `counter` rises with every message of the station.
A message heard once is no message the second time; an answer is signed for the very message that was asked.
"""

from __future__ import annotations

import hmac

STATION, SERVER, PAIRED = "healthcard station 1", "healthcard server 1", "healthcard paired 1"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of a pairing code: none that is taken for another
READ_AS = str.maketrans("OIL", "011")


def asked(key: bytes, *, station: int, epoch: str, counter: int, message: str) -> str:
    """The signature of a station's message."""
    return _mac(key, STATION, station, epoch, counter, message)


def answered(key: bytes, *, station: int, epoch: str, counter: int, message: str) -> str:
    """The signature of the server's answer to the message of that epoch and counter."""
    return _mac(key, SERVER, station, epoch, counter, message)


def paired(code: str, *, challenge: str, station: int, secret: str) -> str:
    """The server's proof that it knows the code and means this pairing."""
    return _mac(code.encode(), PAIRED, challenge, station, secret)


def same(one: str, other: str) -> bool:
    """Whether two signatures are the same."""
    return hmac.compare_digest(one.encode(), other.encode())


def read_code(typed: str) -> str:
    """A code as it was meant: capital letters, no gaps, O I L read as the digits they look like."""
    kept = "".join(letter for letter in typed.upper() if letter.isalnum())
    return kept.translate(READ_AS)


def _mac(key: bytes, *parts: object) -> str:
    said = "\n".join(str(part) for part in parts)  # only the last part may hold line ends
    return hmac.digest(key, said.encode(), "sha256").hex()
