"""The signature in the 2D code of a paper: whoever can read it knows that we printed it, and for which application."""

from __future__ import annotations

import hmac
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from healthcard.documents.stamp import SIGNATURE, Stamp, signed_text
from healthcard.services.ports import Ports, given

PAPERS = "papers"  # the purpose of its key


def stamp(kind: str, number: str) -> Stamp:
    """The stamp of one paper: HMAC-SM3 under a key for papers alone, its first 16 bytes."""
    return Stamp(kind=kind, number=number, signature=_signature(kind, number))


def is_ours(found: Stamp) -> bool:
    """Whether we printed the paper that this stamp was found on."""
    return hmac.compare_digest(found.signature, _signature(found.kind, found.number))


def _signature(kind: str, number: str) -> bytes:
    signing = _signer(given()).copy()
    signing.update(signed_text(kind, number))
    return signing.finalize()[:SIGNATURE]


@lru_cache(maxsize=1)
def _signer(ports: Ports) -> HMAC:
    with ports.keys() as keys:
        return HMAC(keys.data_key(PAPERS).reveal(), hashes.SM3())
