"""Business data of cards as the record keeps them for a while: sealed for the holder, no longer than needed.

A temporary card's are remembered as they were when it was handed over: what was written on it since is told by that.
"""

from __future__ import annotations

from healthcard.perso.upkeep.business import BusinessData
from healthcard.services.sealing import sealer
from healthcard.storage.models import Card, FirstContent


def sealed(data: BusinessData, card: Card) -> bytes:
    """The data under the seal of the card's holder; they open for this card alone."""
    return sealer().seal(data.encode(), _owner(card))


def opened(raw: bytes, card: Card) -> BusinessData:
    """The data again; raises SealBroken."""
    return BusinessData.decode(sealer().open(raw, _owner(card)))


def remember(card: Card, data: BusinessData) -> None:
    """Within the act that hands a temporary card over: keep what it holds then."""
    FirstContent.objects.create(card=card, sealed=sealed(data, card), items=data.count, digest=data.digest)


def remembered(card: Card) -> BusinessData | None:
    """What a card held when it was handed over; None where nobody kept it. Raises SealBroken."""
    row = FirstContent.objects.filter(card=card, sealed__isnull=False).first()
    return None if row is None or row.sealed is None else opened(bytes(row.sealed), card)


def forget(cards: list[int]) -> None:
    """Within the act that ends the application for a new card: what these cards held at first is needed no more."""
    FirstContent.objects.filter(card__in=cards).update(sealed=None)


def _owner(card: Card) -> bytes:
    return f"business:{card.resident_id}:{card.pk}".encode()
