"""What a new store begins with."""

from __future__ import annotations

from healthcard.keys.entries import COUNTRY, EVERYWHERE, PRODUCTION, Place
from healthcard.keys.hierarchy import HIERARCHY, NATIONAL, TRANSPORT_LEVEL
from healthcard.keys.requests import TRANSPORT
from healthcard.keys.store import KeyStore


def found(store: KeyStore, algorithm: str = HIERARCHY.rules.algorithm) -> None:
    """Generate version 1 of every master, the signing keys and the data root, and save.

    A demo or test store also makes itself the lot keys of the virtual products; a production store receives those
    from the COS makers (第十一条).
    """
    for name in HIERARCHY.masters:
        store.generate(Place(level=NATIONAL, name=name, scope=COUNTRY), algorithm)
    complete(store)
    if store.mark != PRODUCTION:
        for product, diversified in HIERARCHY.transport.items():
            store.generate(transport(product), algorithm, diversified=diversified)
    store.save()


def complete(store: KeyStore) -> None:
    """Give a store the keys of its level that it lacks: a new one all, one of an earlier release what came since."""
    lacking = [(name, service(name)) for name in HIERARCHY.services if service(name) not in store]
    for name, place in lacking:
        store.generate(place, HIERARCHY.services[name].algorithm)
    if lacking:
        store.save()


def service(name: str) -> Place:
    """Where a key that stays at its level stands."""
    level = HIERARCHY.services[name].level
    return Place(level=level, name=name, scope=_scope(level))


def transport(product: str, version: int = 1) -> Place:
    """Where the transport key of a product's lot stands."""
    return Place(level=TRANSPORT_LEVEL, name=TRANSPORT + product, scope=product, version=version)


def _scope(level: str) -> str:
    return COUNTRY if level == NATIONAL else EVERYWHERE
