"""What a new store begins with."""

from __future__ import annotations

from healthcard.keys.entries import COUNTRY, EVERYWHERE, PRODUCTION, Place
from healthcard.keys.hierarchy import AUDIT, HIERARCHY, NATIONAL, TRANSPORT_LEVEL
from healthcard.keys.requests import TRANSPORT
from healthcard.keys.store import KeyStore


def found(store: KeyStore, algorithm: str = HIERARCHY.rules.algorithm) -> None:
    """Generate version 1 of every master, the signing keys and the data root, and save.

    A demo or test store also makes itself the lot keys of the virtual products; a production store receives those
    from the COS makers (第十一条).
    """
    for name in HIERARCHY.masters:
        store.generate(Place(level=NATIONAL, name=name, scope=COUNTRY), algorithm)
    for name, row in HIERARCHY.services.items():
        store.generate(Place(level=row.level, name=name, scope=_scope(row.level)), row.algorithm)
    if store.mark != PRODUCTION:
        for product, diversified in HIERARCHY.transport.items():
            store.generate(transport(product), algorithm, diversified=diversified)
    store.save()


def complete(store: KeyStore) -> None:
    """Give a store of an earlier release the key that signs the audit's anchors."""
    row = HIERARCHY.services[AUDIT]
    place = Place(level=row.level, name=AUDIT, scope=_scope(row.level))
    if place not in store:
        store.generate(place, row.algorithm)
        store.save()


def transport(product: str, version: int = 1) -> Place:
    """Where the transport key of a product's lot stands."""
    return Place(level=TRANSPORT_LEVEL, name=TRANSPORT + product, scope=product, version=version)


def _scope(level: str) -> str:
    return COUNTRY if level == NATIONAL else EVERYWHERE
