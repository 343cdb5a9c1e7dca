"""The key store: every key at rest under a key that a passphrase unlocks at start."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from healthcard.keys import disk, refused, storefile, tokens
from healthcard.keys.driver import Driver, Handle
from healthcard.keys.entries import GENERATED, IMPORTED, MARKS, PRODUCTION, Entry, Place
from healthcard.keys.errors import NotAllowed, OutOfShape, StoreDamaged, StoreRefused, UnknownKey, WrongPassphrase
from healthcard.keys.hierarchy import ACTIVE, DESTROYED, HIERARCHY
from healthcard.keys.secret import Secret
from healthcard.keys.software import SoftwareDriver
from healthcard.keys.storefile import StoreFile
from healthcard.keys.tokens import TokenPlace
from healthcard.keys.unlocking import SALT, USUAL_COST, Unlocking

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
        self._held: dict[Place, tuple[Entry, Handle | None]] = {}
        self._on_disk = False
        self._seen: tuple[int, int, int] | None = None

    @classmethod
    def create(
        cls, path: Path, mark: str, passphrase: Secret, *, cost: int = USUAL_COST, token: TokenPlace | None = None
    ) -> KeyStore:
        """A new empty store; the first `save` puts it on the disk. Raises StoreRefused for a passphrase too short.

        With `token` that token holds the key the store is wrapped with, and the passphrase is its PIN.
        """
        if mark not in MARKS:
            raise OutOfShape(f"A store is marked one of {', '.join(MARKS)}, not {mark}.")
        unlocking = Unlocking(salt=os.urandom(SALT), cost=cost)
        if token is None:
            _check_passphrase(mark, passphrase)
            return cls(path, mark, unlocking, _software(path, unlocking, passphrase))
        tokens.write(path, token)
        return cls(path, mark, unlocking, _token(path, unlocking, passphrase, empty=True))

    @classmethod
    def open(cls, path: Path, passphrase: Secret) -> KeyStore:
        """Unlock a store. Raises WrongPassphrase, StoreDamaged, or StoreRefused for test keys in production."""
        seen = _state(path)
        file = storefile.decode(disk.read_private(path))
        if file.driver not in DRIVERS:
            raise StoreRefused(f"This store belongs to driver {file.driver}, which this release does not have.")
        driver = DRIVERS[file.driver](path, file.unlocking, passphrase)
        store = cls(path, file.mark, file.unlocking, driver)
        store._on_disk, store._seen = True, seen
        store._fill(file)
        return store

    def renew(self) -> bool:
        """Take in what a ceremony saved since we read the file; whether there was anything. Raises StoreDamaged."""
        seen = _state(self.path)
        if seen is None or seen == self._seen:
            return False
        file = storefile.decode(disk.read_private(self.path))
        if file.unlocking != self._unlocking or file.mark != self.mark:
            raise StoreRefused("Another store was put in place of the one in service. Restart the key service.")
        self._fill(file)
        self._seen = seen
        return True

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
        entry, handle = self._held[self._known(place)]
        if state == DESTROYED:
            self._held[place] = (replace(entry, state=state, kept=b"", drilled=""), None)
        else:
            self._held[place] = (replace(entry, state=state), handle)

    def discard(self, place: Place) -> None:
        """Forget a key, if there is one: it was made for a store whose own is restored now."""
        self._held.pop(place, None)

    def drilled(self, places: Iterable[Place], day: str) -> None:
        """Note the day (ISO) on which keys were restored from their backup to try it; '' takes it back."""
        for place in places:
            entry, handle = self._held[self._known(place)]
            self._held[place] = (replace(entry, drilled=day), handle)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Take back what was changed inside this block when it is left by an error."""
        before = dict(self._held)
        try:
            yield
        except BaseException:
            self._held = before
            raise

    def save(self) -> None:
        """Put the store on the disk, whole or not at all. A new one raises StoreRefused when a file is in its place."""
        disk.write_private(self.path, self._sealed().encode(), replace=self._on_disk)
        self._on_disk = True
        self._seen = _state(self.path)

    def get(self, place: Place) -> tuple[Entry, Handle]:
        """The key at a place; raises UnknownKey, NotAllowed for one that was destroyed."""
        entry, handle = self._held[self._known(place)]
        if handle is None:
            raise NotAllowed(f"The {place} was destroyed. Use a newer version.")
        return entry, handle

    def newest(self, level: str, name: str, scope: str) -> Entry | None:
        """The newest version of a key, whatever its state."""
        versions = [one for one in self if (one.place.level, one.place.name, one.place.scope) == (level, name, scope)]
        return max(versions, key=lambda entry: entry.place.version, default=None)

    def __contains__(self, place: Place) -> bool:
        return place in self._held

    def __iter__(self) -> Iterator[Entry]:
        return (entry for entry, _ in list(self._held.values()))

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

    def _known(self, place: Place) -> Place:
        if place not in self._held:
            raise UnknownKey(f"This store holds no {place}.")
        return place

    def _fill(self, file: StoreFile) -> None:
        """Hold the keys of a file, all or none."""
        _check_seals(file, self.driver)
        held: dict[Place, tuple[Entry, Handle | None]] = {}
        for entry in file.entries:
            if entry.state != DESTROYED:
                refused.check(file.mark, entry.place, entry.algorithm, entry.check)
            held[entry.place] = (entry, None if entry.state == DESTROYED else _recall(self.driver, entry))
        self._held = held

    def _sealed(self) -> StoreFile:
        file = StoreFile(
            mark=self.mark,
            driver=self.driver.name,
            unlocking=self._unlocking,
            lock=self.driver.seal(LOCK),
            entries=tuple(self),
        )
        return replace(file, seal=self.driver.seal(file.sealed_part()))


def _state(path: Path) -> tuple[int, int, int] | None:
    """What changes whenever the file is written; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _software(path: Path, unlocking: Unlocking, passphrase: Secret) -> Driver:
    return SoftwareDriver(unlocking.key(passphrase))


def _token(path: Path, unlocking: Unlocking, pin: Secret, *, empty: bool = False) -> Driver:
    """The driver of the token named beside the store; in an `empty` one its own keys are made first."""
    from healthcard.keys.pkcs11.driver import TokenDriver  # whoever has no token does without the library
    from healthcard.keys.pkcs11.token import Token

    token = Token.open(tokens.read(path), pin)
    if empty:
        token.provide()
    return TokenDriver(token)


DRIVERS: Mapping[str, Callable[[Path, Unlocking, Secret], Driver]] = {
    SoftwareDriver.name: _software,
    TokenPlace.driver: _token,
}


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
