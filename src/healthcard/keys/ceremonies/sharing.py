"""A key of 16 bytes split among custodians: any m of n shares make it again, fewer tell nothing of it."""

from __future__ import annotations

from collections.abc import Mapping

from Crypto.Protocol.SecretSharing import Shamir

from healthcard.keys.errors import CeremonyRefused
from healthcard.keys.secret import Secret

KEY = 16
FEWEST, MOST = 2, 16


def check(needed: int, shares: int) -> None:
    """Raise CeremonyRefused unless m of n is split knowledge: no one alone, and not all of many."""
    if not FEWEST <= needed <= shares <= MOST:
        raise CeremonyRefused(
            f"{needed} of {shares} shares: at least {FEWEST} people hold the key together, at most {MOST} have shares, "
            "and no more are needed than there are.",
            "第六条第三项",
        )


def split(key: Secret, needed: int, shares: int) -> Mapping[int, Secret]:
    """The shares (16 bytes each) by their number, 1 to n."""
    check(needed, shares)
    return {number: Secret(share) for number, share in Shamir.split(needed, shares, key.reveal())}


def combine(shares: Mapping[int, Secret]) -> Secret:
    """The key of so many shares; of too few or foreign ones another, which opens nothing."""
    return Secret(Shamir.combine([(number, share.reveal()) for number, share in shares.items()]))
