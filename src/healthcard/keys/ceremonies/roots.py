"""Ceremonies that make masters and end them: root, rotation, SAM keys, compromise, destruction."""

from __future__ import annotations

from collections.abc import Sequence

from healthcard.keys.ceremonies.paper import KeyName
from healthcard.keys.ceremonies.register import Outcome
from healthcard.keys.ceremonies.sitting import Sitting, checks, label
from healthcard.keys.entries import COUNTRY, Entry, Place
from healthcard.keys.founding import transport
from healthcard.keys.hierarchy import ACTIVE, COMPROMISED, DESTROYED, HIERARCHY, NATIONAL, RETIRED
from healthcard.keys.loading import SAM
from healthcard.keys.requests import TRANSPORT

SAM_SEEDS = ("SAM_PIN", "SAM_STK")


def root(sitting: Sitting) -> Outcome:
    """Version 1 of every national master, in a store that has none."""
    algorithm = sitting.algorithm()
    there = [name for name in HIERARCHY.masters if _newest(sitting, name)]
    if there:
        raise sitting.refused(f"The store has root keys already, {there[0]} for one; new versions come by rotation")
    places = [Place(level=NATIONAL, name=name, scope=COUNTRY) for name in HIERARCHY.masters]
    return Outcome(checks=checks([sitting.store.generate(place, algorithm) for place in places]))


def rotate(sitting: Sitting) -> Outcome:
    """A new version of some national masters; the one before serves cards in the field only."""
    return Outcome(checks=checks(_renewed(sitting, sitting.names())))


def sam(sitting: Sitting) -> Outcome:
    """New seeds of the SAMs' PINs and maintenance keys, and the transport key their loads travel under."""
    algorithm = sitting.algorithm()
    last = sitting.store.newest("transport", TRANSPORT + SAM, SAM)
    place = transport(SAM, 1 if last is None else last.place.version + 1)
    made = [*_renewed(sitting, SAM_SEEDS), sitting.store.generate(place, algorithm, diversified=True)]
    return Outcome(checks=checks(made))


def compromise(sitting: Sitting) -> Outcome:
    """Nobody uses the key from the next request on."""
    place = _named(sitting)
    _enter(sitting, place, COMPROMISED, refuse=(COMPROMISED, DESTROYED))
    said = {"next": "Rotate the key, and find its cards: healthcard keys lineage"}
    return Outcome(checks=checks([_entry(sitting, place)]), said=said)


def destroy(sitting: Sitting) -> Outcome:
    """The key's bytes leave the store; its row stays. Copies of it lie on the carriers of earlier backups."""
    place = _named(sitting)
    _enter(sitting, place, DESTROYED, refuse=(ACTIVE, DESTROYED))
    said = {"next": "Destroy the carriers of every backup that still has this key"}
    return Outcome(checks=checks([_entry(sitting, place)]), said=said)


def _renewed(sitting: Sitting, names: Sequence[str]) -> list[Entry]:
    made = []
    for name in names:
        last = _newest(sitting, name)
        if last is None:
            raise sitting.refused(f"The store has no national key {name} to go on from")
        place = Place(level=NATIONAL, name=name, scope=COUNTRY, version=last.place.version + 1)
        made.append(sitting.store.generate(place, last.algorithm))
        if last.state == ACTIVE:
            sitting.store.enter(last.place, RETIRED)
    return made


def _newest(sitting: Sitting, name: str) -> Entry | None:
    return sitting.store.newest(NATIONAL, name, COUNTRY)


def _named(sitting: Sitting) -> Place:
    key = sitting.value("key", KeyName)
    return Place(level=key.level, name=key.name, scope=key.scope, version=key.version)


def _entry(sitting: Sitting, place: Place) -> Entry:
    found = [entry for entry in sitting.store if entry.place == place]
    if not found:
        raise sitting.refused(f"The store holds no {place}")
    return found[0]


def _enter(sitting: Sitting, place: Place, state: str, *, refuse: Sequence[str]) -> None:
    now = _entry(sitting, place).state
    if now in refuse:
        hint = "; rotate or mark it compromised first" if now == ACTIVE else ""
        raise sitting.refused(f"The key {label(place)} is {now}{hint}")
    sitting.store.enter(place, state)
