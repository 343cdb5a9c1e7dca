"""What an act of a ceremony works with, and what every act may ask of its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from healthcard.keys.algorithms import ALGORITHMS
from healthcard.keys.ceremonies.paper import Ceremony, Custodian, Person
from healthcard.keys.entries import Entry, Place
from healthcard.keys.errors import CeremonyRefused
from healthcard.keys.founding import service
from healthcard.keys.hierarchy import HIERARCHY
from healthcard.keys.secret import Secret
from healthcard.keys.store import KeyStore
from healthcard.keys.unlocking import USUAL_COST

NEW, KNOWN, PART, CHECK = "new passphrase", "passphrase", "part of the key (32 hex digits)", "check value on your paper"
Ask = Callable[[Person, str], Secret]  # somebody types something that nobody else sees
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """The ceremony's file, the store it works on, how people are asked; `cost` is that of their passphrases."""

    paper: Ceremony
    store: KeyStore
    ask: Ask
    cost: int = USUAL_COST

    def value(self, name: str, kind: type[T]) -> T:
        """A field of the file, already of its type."""
        value = self.paper.values[name]
        if not isinstance(value, kind):
            raise TypeError(f"{name} of a ceremony is no {kind.__name__}")
        return value

    def custodians(self) -> Sequence[Custodian]:
        """Who holds or brings shares."""
        return [one for one in self.value("custodians", tuple) if isinstance(one, Custodian)]

    def people(self, name: str) -> Sequence[Person]:
        """A list of people."""
        return [one for one in self.value(name, tuple) if isinstance(one, Person)]

    def names(self) -> Sequence[str]:
        """The keys named, each a master of the hierarchy; raises CeremonyRefused."""
        names = [str(one) for one in self.value("names", tuple)]
        for name in names:
            if name not in HIERARCHY.masters:
                raise self.refused(f"The hierarchy has no master {name}")
        return names

    def algorithm(self) -> str:
        """The algorithm of new keys, one that enciphers."""
        name = self.value("algorithm", str)
        if name not in ALGORITHMS or not ALGORITHMS[name].block:
            raise self.refused(f"Masters are of an algorithm that enciphers; {name} is none")
        return name

    def sign(self, message: bytes) -> bytes:
        """The signature (r | s) of this store as it sends keys."""
        return self.store.driver.sign(self.store.get(service("AUTHORITY"))[1], message)

    def refused(self, what: str) -> CeremonyRefused:
        """The refusal of this ceremony, with its article."""
        return CeremonyRefused(f"{what}. Nothing was changed.", self.paper.row.article)


def checks(entries: Iterable[Entry]) -> dict[str, str]:
    """Check values by key, as they are read out."""
    return {label(entry.place): entry.check.hex().upper() for entry in entries}


def label(place: Place) -> str:
    """A key in a transcript: level/scope/name/version."""
    return f"{place.level}/{place.scope}/{place.name}/{place.version}"
