"""Ceremonies that keep keys from being lost: split, re-sharing, backup, restore drill, restore."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from healthcard.keys.ceremonies import copies, shares, sharing
from healthcard.keys.ceremonies.paper import Carrier, Person
from healthcard.keys.ceremonies.register import Outcome
from healthcard.keys.ceremonies.shares import Share
from healthcard.keys.ceremonies.sitting import KNOWN, NEW, Sitting, checks, label
from healthcard.keys.entries import EVERYWHERE, PRODUCTION, Entry, Place
from healthcard.keys.hierarchy import ACTIVE, BACKUP, CUSTODY, DESTROYED, HIERARCHY
from healthcard.keys.officers import NAME, Officers
from healthcard.keys.secret import Secret
from healthcard.keys.store import SHORTEST_PASSPHRASE

ALGORITHM = "SM4"


def split(sitting: Sitting) -> Outcome:
    """A first backup key, split among its custodians."""
    if sitting.store.newest(CUSTODY, BACKUP, EVERYWHERE) is not None:
        raise sitting.refused("The backup key is split already; when a custodian changes, share it anew (reshare)")
    return _shared(sitting, 1)


def reshare(sitting: Sitting) -> Outcome:
    """A new backup key for new custodians. The old shares open no new copy; what was tried has to be tried again."""
    before = _backup_key(sitting)
    leaves = sitting.value("leaves", Person)
    if leaves.id in {one.person.id for one in sitting.custodians()}:
        raise sitting.refused(f"{leaves.id} leaves and can not hold a share of the new set")
    outcome = _shared(sitting, before.place.version + 1)
    sitting.store.enter(before.place, DESTROYED)
    sitting.store.drilled([entry.place for entry in sitting.store if entry.drilled], "")
    next_ = "Hold a backup and a restore drill now: until then no cards are made. Destroy the old carriers and copies"
    return Outcome(checks=outcome.checks, files=outcome.files, said={"next": next_})


def backup(sitting: Sitting) -> Outcome:
    """Copies of every key, sealed under the backup key, in two places at least."""
    wanted = [one for one in sitting.value("copies", tuple) if isinstance(one, Carrier)]
    if len({one.place for one in wanted}) < 2:
        raise sitting.refused("Copies of the keys lie in two places at least")
    version, key = _released(sitting)
    head = {"set": version, "mark": sitting.store.mark, "number": sitting.paper.number}
    kept = [entry for entry in sitting.store if entry.state != DESTROYED and entry.place.level != CUSTODY]
    rows = [(entry, sitting.store.driver.release(sitting.store.get(entry.place)[1])) for entry in kept]
    files = {one.carrier: copies.write(Path(one.file), key, head, rows) for one in wanted}
    return Outcome(checks=checks(kept), files=files)


def drill(sitting: Sitting) -> Outcome:
    """Shares and a copy brought together and every key compared with the store: it may make cards for 180 days."""
    found = _opened(sitting)
    tried = []
    for entry in sitting.store:
        kept = found.get(entry.place)
        if kept is None or entry.state == DESTROYED:
            continue
        if sitting.store.driver.check_value(sitting.store.driver.adopt(kept.algorithm, kept.value)) != entry.check:
            raise sitting.refused(f"The copy's {label(entry.place)} is another key than the store's: make a new backup")
        tried.append(entry)
    if not tried:
        raise sitting.refused("The copy holds no key of this store")
    sitting.store.drilled([entry.place for entry in tried], sitting.paper.day.isoformat())
    return Outcome(checks=checks(tried), said={"untried": ", ".join(_untried(sitting, tried)) or "none"})


def restore(sitting: Sitting) -> Outcome:
    """Every key of a copy, in a store that has made none of its own yet but those of its services."""
    own = [entry.place for entry in sitting.store if entry.place.name not in HIERARCHY.services]
    if own:
        raise sitting.refused(f"The store holds keys already, {label(own[0])} for one; restore into a new store")
    found = _opened(sitting)
    restored = []
    for place, kept in found.items():
        sitting.store.discard(place)
        entry = sitting.store.adopt(place, kept.algorithm, kept.value, diversified=kept.diversified)
        if entry.check != kept.check:
            raise sitting.refused(f"The copy's {label(place)} has not the check value it was written with")
        restored.append(entry)
    next_ = "Split a new backup key, make a backup and hold a drill: until then no cards are made"
    return Outcome(checks=checks(restored), said={"next": next_})


def officers(sitting: Sitting) -> Outcome:
    """Who, two together, may let stopped making go on; each with a passphrase of his own."""
    people = sitting.people("officers")
    if len(people) < 2:
        raise sitting.refused("Two key officers at least: making that was stopped goes on by two")
    passphrases = {person.id: _new_passphrase(sitting, person) for person in people}
    store = sitting.store
    Officers(store.path.with_name(NAME), store.driver.seal, store.mark).register(passphrases, cost=sitting.cost)
    return Outcome(said={"officers": ", ".join(passphrases)})


def _shared(sitting: Sitting, version: int) -> Outcome:
    needed, custodians = sitting.value("needed", int), sitting.custodians()
    sharing.check(needed, len(custodians))
    place = Place(level=CUSTODY, name=BACKUP, scope=EVERYWHERE, version=version)
    passphrases = [_new_passphrase(sitting, one.person) for one in custodians]
    entry = sitting.store.generate(place, ALGORITHM)
    key = sitting.store.driver.release(sitting.store.get(place)[1])
    files = {}
    for (number, value), one, passphrase in zip(
        sharing.split(key, needed, len(custodians)).items(), custodians, passphrases, strict=True
    ):
        share = Share(set=version, needed=needed, number=number, holder=one.person.id, carrier=one.carrier.carrier)
        path = Path(one.carrier.file)
        files[one.carrier.carrier] = shares.write(path, share, value, passphrase, cost=sitting.cost)
    return Outcome(checks=checks([entry]), files=files)


def _new_passphrase(sitting: Sitting, person: Person) -> Secret:
    passphrase = sitting.ask(person, NEW)
    shortest = SHORTEST_PASSPHRASE[PRODUCTION]
    if len(passphrase.reveal().decode("utf-8", "replace")) < shortest:
        raise sitting.refused(f"The passphrase of {person.id} has fewer than {shortest} characters")
    return passphrase


def _backup_key(sitting: Sitting) -> Entry:
    newest = sitting.store.newest(CUSTODY, BACKUP, EVERYWHERE)
    if newest is None or newest.state != ACTIVE:
        raise sitting.refused("There is no backup key yet; have it split among custodians first")
    return newest


def _released(sitting: Sitting) -> tuple[int, Secret]:
    place = _backup_key(sitting).place
    return place.version, sitting.store.driver.release(sitting.store.get(place)[1])


def _opened(sitting: Sitting) -> Mapping[Place, copies.Kept]:
    """The keys of the copy that was brought, opened by the shares that were brought."""
    brought: dict[int, Secret] = {}
    seen = []
    for one in sitting.custodians():
        share, value = shares.read(Path(one.carrier.file), sitting.ask(one.person, KNOWN))
        if (share.holder, share.carrier) != (one.person.id, one.carrier.carrier):
            raise sitting.refused(f"The share on carrier {one.carrier.carrier} is not that of {one.person.id}")
        brought[share.number] = value
        seen.append(share)
    if len({share.set for share in seen}) > 1:
        raise sitting.refused("The shares are of different sets")
    if len(brought) < seen[0].needed:
        raise sitting.refused(f"{len(brought)} shares were brought, {seen[0].needed} are needed")
    copy = sitting.value("copy", Carrier)
    kept = copies.read(Path(copy.file), sharing.combine(brought))
    return {one.place: one for one in kept}


def _untried(sitting: Sitting, tried: list[Entry]) -> list[str]:
    done = {entry.place for entry in tried}
    rest = [entry.place for entry in sitting.store if entry.state != DESTROYED and entry.place.level != CUSTODY]
    return [label(place) for place in rest if place not in done]
