"""From a name and an address to a handle: how keys come down, and what their state allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from healthcard.keys import custody
from healthcard.keys.driver import Handle
from healthcard.keys.entries import COUNTRY, Entry, Place
from healthcard.keys.errors import NotAllowed, UnknownKey
from healthcard.keys.founding import service
from healthcard.keys.hierarchy import HIERARCHY, ISSUE, NATIONAL, PROVINCIAL, SERVE, TRANSPORT_LEVEL
from healthcard.keys.requests import TRANSPORT, Address
from healthcard.keys.store import KeyStore

SAM_STK = "SAM_STK"
SESSION_KEYS = frozenset((*HIERARCHY.card_keys, SAM_STK))  # what may encipher and MAC under a session key
REMEMBERED = 4096  # provincial keys kept at hand: 34 provinces, 24 masters, two uses, some versions


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportKey:
    """A lot's transport key, and whether each chip has its own below it."""

    handle: Handle
    diversified: bool


class Keyring:
    """The keys of one unlocked store. A store holds national masters, or provincial ones handed over, or both."""

    def __init__(self, store: KeyStore, today: Callable[[], date] = date.today) -> None:
        self.store = store
        self.driver = store.driver
        self._today = today
        self._provincial: dict[tuple[str, bytes, int, str], Handle] = {}

    def renew(self) -> None:
        """Take in what a ceremony changed in the store: from the next request on a compromised key serves no more."""
        if self.store.renew():
            self._provincial = {}

    def national(self, name: str, version: int, use: str) -> Handle:
        """A national master; raises UnknownKey, NotAllowed."""
        return self._held(Place(level=NATIONAL, name=name, scope=COUNTRY, version=version), use)

    def provincial(self, name: str, city: bytes, version: int, use: str) -> Handle:
        """The master of a province: the one handed over, or the national one diversified by CITY8."""
        asked = (name, city, version, f"{use} {self._today()}")  # what was tried yesterday may be too old today
        remembered = self._provincial
        known = remembered.get(asked)
        if known is None:
            known = self._find_provincial(name, city, version, use)
            if len(remembered) >= REMEMBERED:
                remembered.clear()
            remembered[asked] = known
        return known

    def card(self, name: str, card: Address, use: str) -> Handle:
        """A chip's own key `name`, or its transport key as `TRANSPORT:<product>`."""
        if name.startswith(TRANSPORT):
            return self._chip_transport(name.removeprefix(TRANSPORT), card)
        return self.driver.derive(self.provincial(name, card.city, card.version, use), card.chip)

    def session(self, name: str, card: Address, challenge: bytes) -> Handle:
        """The session key of a key that has one; raises NotAllowed for a seed or a signing key."""
        if name not in SESSION_KEYS and not name.startswith(TRANSPORT):
            raise NotAllowed(
                f"{name} has no session keys. Those are: the 21 card keys, {SAM_STK}, {TRANSPORT}<product>."
            )
        return self.driver.session(self.card(name, card, SERVE), challenge)

    def transport(self, product: str) -> TransportKey:
        """The newest transport key of a product that may be used for issue; raises UnknownKey."""
        usable = [entry for entry in self.store if _is_transport(entry, product) and ISSUE in _uses(entry)]
        if not usable:
            raise UnknownKey(
                f"This store holds no transport key for chips of product {product}. It comes from the COS maker; "
                "import it, or in a demo add it with `healthcard keys add-transport`."
            )
        newest = max(usable, key=lambda entry: entry.place.version)
        return TransportKey(handle=self.store.get(newest.place)[1], diversified=newest.diversified)

    def service(self, name: str, use: str = SERVE) -> Handle:
        """A key that stays at its level, version 1; raises UnknownKey, NotAllowed."""
        return self._held(service(name), use)

    def _find_provincial(self, name: str, city: bytes, version: int, use: str) -> Handle:
        place = Place(level=PROVINCIAL, name=name, scope=city[:2].decode("latin-1"), version=version)
        if place in self.store:
            return self._held(place, use)
        return self.driver.derive(self.national(name, version, use), city)

    def _chip_transport(self, product: str, card: Address) -> Handle:
        key = self.transport(product)
        return self.driver.derive(key.handle, card.chip) if key.diversified else key.handle

    def _held(self, place: Place, use: str) -> Handle:
        entry, handle = self.store.get(place)
        if use not in _uses(entry):
            serves = "it serves no new cards" if SERVE in _uses(entry) else "nobody may use it"
            raise NotAllowed(f"The {place} is {entry.state}: {serves}. Use a newer version.")
        if use == ISSUE:
            custody.check(self.store.mark, entry, self._today())
        return handle


def _uses(entry: Entry) -> frozenset[str]:
    return HIERARCHY.uses[entry.state]


def _is_transport(entry: Entry, product: str) -> bool:
    return entry.place.level == TRANSPORT_LEVEL and entry.place.scope == product
