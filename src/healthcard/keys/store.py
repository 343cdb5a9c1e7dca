"""The key store: every key at rest under a key that a passphrase unlocks at start."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from healthcard.keys import disk, refused, storefile
from healthcard.keys.driver import Driver, Handle
from healthcard.keys.entries import GENERATED, IMPORTED, MARKS, PRODUCTION, Entry, Place
from healthcard.keys.errors import NotAllowed, OutOfShape, StoreDamaged, StoreRefused, UnknownKey, WrongPassphrase
from healthcard.keys.hierarchy import ACTIVE, HIERARCHY
from healthcard.keys.secret import Secret
from healthcard.keys.software import SoftwareDriver
from healthcard.keys.storefile import StoreFile
from healthcard.keys.unlocking import SALT, USUAL_COST, Unlocking

DRIVERS: Mapping[str, Callable[[Secret], Driver]] = {SoftwareDriver.name: SoftwareDriver}  # by what unlocks them
LOCK = b"healthcard key store lock 1"
SHORTEST_PASSPHRASE = {PRODUCTION: 12}  # characters; other marks: not empty


class KeyStore:
    """An unlocked store: entries to look at, handles to use, and the file behind them."""

    def __init__(self, path: Path, mark: str, unlocking: Unlocking, driver: Driver) -> None:
        """Use `create` or `open`."""
        self.path = path
        self.mark = mark
        self.driver = driver
        self._unlocking = unlocking
        self._held: dict[Place, tuple[Entry, Handle]] = {}
        self._on_disk = False

    @classmethod
    def create(cls, path: Path, mark: str, passphrase: Secret, *, cost: int = USUAL_COST) -> KeyStore:
        """A new empty store; the first `save` puts it on the disk. Raises StoreRefused for a passphrase too short."""
        if mark not in MARKS:
            raise OutOfShape(f"A store is marked one of {', '.join(MARKS)}, not {mark}.")
        _check_passphrase(mark, passphrase)
        unlocking = Unlocking(salt=os.urandom(SALT), cost=cost)
        return cls(path, mark, unlocking, SoftwareDriver(unlocking.key(passphrase)))

    @classmethod
    def open(cls, path: Path, passphrase: Secret) -> KeyStore:
        """Unlock a store. Raises WrongPassphrase, StoreDamaged, or StoreRefused for test keys in production."""
        file = storefile.decode(disk.read_private(path))
        if file.driver not in DRIVERS:
            raise StoreRefused(f"This store belongs to driver {file.driver}, which this release does not have.")
        driver = DRIVERS[file.driver](file.unlocking.key(passphrase))
        _check_seals(file, driver)
        store = cls(path, file.mark, file.unlocking, driver)
        store._on_disk = True
        for entry in file.entries:
            refused.check(file.mark, entry.place, entry.algorithm, entry.check)
            store._held[entry.place] = (entry, _recall(driver, entry))
        return store

    def generate(self, place: Place, algorithm: str, *, diversified: bool = False) -> Entry:
        """Make a key inside the driver. `save` puts it on the disk. Raises StoreRefused, AlgorithmRefused."""
        return self._take(place, self.driver.generate(algorithm), GENERATED, diversified=diversified)

    def adopt(self, place: Place, algorithm: str, value: Secret, *, diversified: bool = False) -> Entry:
        """Take in a key made elsewhere, such as a lot's transport key (第十一条); as `generate` otherwise."""
        return self._take(place, self.driver.adopt(algorithm, value), IMPORTED, diversified=diversified)

    def enter(self, place: Place, state: str) -> None:
        """Put a key into another state of the hierarchy's table; raises UnknownKey, OutOfShape."""
        if state not in HIERARCHY.uses:
            raise OutOfShape(f"A key is in one of the states {', '.join(HIERARCHY.uses)}, not {state}.")
        entry, handle = self.get(place)
        self._held[place] = (replace(entry, state=state), handle)

    def save(self) -> None:
        """Put the store on the disk, whole or not at all. A new one raises StoreRefused when a file is in its place."""
        disk.write_private(self.path, self._sealed().encode(), replace=self._on_disk)
        self._on_disk = True

    def get(self, place: Place) -> tuple[Entry, Handle]:
        """The key at a place; raises UnknownKey."""
        try:
            return self._held[place]
        except KeyError:
            raise UnknownKey(f"This store holds no {place}.") from None

    def __contains__(self, place: Place) -> bool:
        return place in self._held

    def __iter__(self) -> Iterator[Entry]:
        return (entry for entry, _ in self._held.values())

    def _take(self, place: Place, handle: Handle, origin: str, *, diversified: bool) -> Entry:
        if place in self._held:
            raise NotAllowed(f"This store holds the {place} already; a new key is a new version.")
        check = self.driver.check_value(handle)
        refused.check(self.mark, place, handle.algorithm, check)
        entry = Entry(
            place=place,
            algorithm=handle.algorithm,
            state=ACTIVE,
            origin=origin,
            check=check,
            kept=self.driver.keep(handle, place.label(handle.algorithm)),
            diversified=diversified,
        )
        self._held[place] = (entry, handle)
        return entry

    def _sealed(self) -> StoreFile:
        file = StoreFile(
            mark=self.mark,
            driver=self.driver.name,
            unlocking=self._unlocking,
            lock=self.driver.seal(LOCK),
            entries=tuple(self),
        )
        return replace(file, seal=self.driver.seal(file.sealed_part()))


def _check_passphrase(mark: str, passphrase: Secret) -> None:
    shortest = SHORTEST_PASSPHRASE.get(mark, 1)
    if len(passphrase.reveal().decode("utf-8", "replace")) < shortest:
        raise StoreRefused(f"The passphrase of a store marked {mark} has at least {shortest} characters.")


def _check_seals(file: StoreFile, driver: Driver) -> None:
    if not hmac.compare_digest(file.lock, driver.seal(LOCK)):
        raise WrongPassphrase("The passphrase does not open this store. Nothing was changed; try again.")
    if not hmac.compare_digest(file.seal, driver.seal(file.sealed_part())):
        raise StoreDamaged(storefile.DAMAGED.format("its seal does not fit"))


def _recall(driver: Driver, entry: Entry) -> Handle:
    handle = driver.recall(entry.algorithm, entry.kept, entry.place.label(entry.algorithm))
    if driver.check_value(handle) != entry.check:
        raise StoreDamaged(storefile.DAMAGED.format(f"the {entry.place} has another check value"))
    return handle
