"""How a station and the line prove themselves to each other: HMAC-SHA-256 with the secret of their pairing.

What a station signs names the line's epoch (random, new at every start) and a counter that rises: nothing heard once
is heard again. The answer is signed for that very message. Pure Python on the other side, hence no SM3.
"""

from __future__ import annotations

import hmac
import threading
from dataclasses import dataclass

from healthcard.services.errors import NotAuthenticated

STATION, SERVER, PAIRED = "healthcard station 1", "healthcard server 1", "healthcard paired 1"
WIDTH = 64  # messages on the way at one time: several sessions are carried at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A station's message and its signature (64 hexadecimal digits)."""

    station: int
    epoch: str
    counter: int
    message: str
    mac: str

    def check(self, key: bytes) -> None:
        """Raise NotAuthenticated unless the station of `key` signed it."""
        due = _mac(key, STATION, self.station, self.epoch, self.counter, self.message)
        if not hmac.compare_digest(due.encode(), self.mac.encode()):
            raise NotAuthenticated(
                "This message is not signed by a station of ours: pair it anew. 签名不符，请重新配对。"
            )

    def proof(self, key: bytes, answer: str) -> str:
        """The signature of `answer` to this very message."""
        return _mac(key, SERVER, self.station, self.epoch, self.counter, answer)


def paired(code: str, *, challenge: str, station: int, secret: str) -> str:
    """Our proof that we know the code of this pairing."""
    return _mac(code.encode(), PAIRED, challenge, station, secret)


class Window:
    """Which counters of one station were heard: the highest, and of those shortly before it which ones."""

    def __init__(self) -> None:
        self.highest = 0
        self._heard = 0  # bit n: the counter `highest - n`
        self._lock = threading.Lock()

    def take(self, counter: int) -> bool:
        """Whether `counter` is new; from now on it is not."""
        with self._lock:
            return self._taken(counter)

    def _taken(self, counter: int) -> bool:
        ahead = counter - self.highest
        if ahead > 0:
            self._heard = (self._heard << min(ahead, WIDTH) | 1) & ((1 << WIDTH) - 1)
            self.highest = counter
            return True
        bit = 1 << -ahead
        if -ahead >= WIDTH or self._heard & bit:
            return False
        self._heard |= bit
        return True


def _mac(key: bytes, *parts: object) -> str:
    said = "\n".join(str(part) for part in parts)  # only the last part may hold line ends
    return hmac.digest(key, said.encode(), "sha256").hex()
