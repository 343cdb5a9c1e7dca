"""What an issuer adds to a person to make a card: the data of one issue (DDF1/EF05 and the expiry)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from healthcard.card.host.address import city_factor
from healthcard.perso.digest import sm3

SECURITY_DIGITS = 3  # item 9, N3


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueData:
    """One issue of one card.

    issuer_name: at most 30 bytes GBK; issuer_code: WS 218, at most 22 digits; issuer_certificate: 180 bytes; serial:
    发卡序列号, 10 characters, never reused; city_code: 6 digits GB/T 2260; category: item 1, one character of the
    issuer's table; security_code: 3 digits; expiry: the last day the card is valid.
    """

    issuer_name: str
    issuer_code: str
    issuer_certificate: bytes
    issue_date: date
    expiry: date
    serial: str
    city_code: str
    category: str
    security_code: str

    @property
    def city8(self) -> bytes:
        """CITY8: the city factor of the card's keys (card.md 5.4)."""
        return city_factor(self.city_code)


def security_code(issuer_code: str, serial: str) -> str:
    """安全码 of a card, 3 digits. The rule is assumed (docs/specs.md): SM3 of issuer code and serial, mod 1000.

    It tells two cards of one person apart on paper; it is printed and read freely, so it proves nothing.
    """
    number = int.from_bytes(sm3(f"{issuer_code}|{serial}".encode("ascii"))[:8], "big")
    return f"{number % 10**SECURITY_DIGITS:0{SECURITY_DIGITS}d}"
