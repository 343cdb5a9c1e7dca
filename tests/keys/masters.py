"""Keys for tests: the same in every run, so that vectors can be frozen; production refuses each (refused.toml)."""

from __future__ import annotations

import hashlib

from healthcard.keys.algorithms import ALGORITHMS
from healthcard.keys.entries import COUNTRY, EVERYWHERE, TEST, Place
from healthcard.keys.founding import complete, transport
from healthcard.keys.hierarchy import HIERARCHY, NATIONAL, PROVINCIAL
from healthcard.keys.requests import CardAddress
from healthcard.keys.secret import Secret
from healthcard.keys.store import KeyStore

PASSPHRASE = Secret(b"a passphrase that only tests use")
CHEAP = 2**14
CITY = b"21000000"
CHIP = bytes.fromhex("00F1860100000007")
CHALLENGE = bytes.fromhex("1122334455667788")
CARD = CardAddress(chip=CHIP, city=CITY, version=1)
SOFTWARE = [name for name, row in ALGORITHMS.items() if row.cipher]
LOTS = tuple(f"TRANSPORT:{product}" for product in HIERARCHY.transport)
NAMES = (*HIERARCHY.masters, *LOTS, "DATA")


def master(name: str) -> bytes:
    """The test key called `name`, 16 bytes."""
    return hashlib.sha256(f"healthcard test key {name}".encode()).digest()[:16]


def fill(store: KeyStore, algorithm: str = "SM4") -> KeyStore:
    """Put the test keys into a store, and signing keys of its own."""
    for name in HIERARCHY.masters:
        store.adopt(Place(level=NATIONAL, name=name, scope=COUNTRY), algorithm, Secret(master(name)))
    for product, diversified in HIERARCHY.transport.items():
        value = Secret(master(f"TRANSPORT:{product}"))
        store.adopt(transport(product), algorithm, value, diversified=diversified)
    store.adopt(Place(level=PROVINCIAL, name="DATA", scope=EVERYWHERE), algorithm, Secret(master("DATA")))
    complete(store)
    store.save()
    return store


def make(path, algorithm: str = "SM4") -> KeyStore:
    """A store of test keys on the disk, unlocked."""
    return fill(KeyStore.create(path, TEST, PASSPHRASE, cost=CHEAP), algorithm)
