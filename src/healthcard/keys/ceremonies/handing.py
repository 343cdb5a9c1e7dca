"""Ceremonies by which keys change hands: provincial and third roots in an envelope, transport keys from a COS maker."""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from pathlib import Path

from healthcard.keys.ceremonies import envelopes
from healthcard.keys.ceremonies.envelopes import Sent
from healthcard.keys.ceremonies.paper import Carrier
from healthcard.keys.ceremonies.register import Outcome
from healthcard.keys.ceremonies.sitting import CHECK, PART, Sitting, checks
from healthcard.keys.driver import Handle
from healthcard.keys.entries import Place
from healthcard.keys.founding import service
from healthcard.keys.founding import transport as transport_place
from healthcard.keys.hierarchy import AUTHORITY, CITY, ENVELOPE, HIERARCHY, ISSUE, PROVINCIAL, TRANSPORT_LEVEL
from healthcard.keys.keyring import Keyring
from healthcard.keys.requests import TRANSPORT
from healthcard.keys.secret import Secret

KEY = 16
RECEIVED = frozenset({PROVINCIAL, CITY})
WHY_NO_THIRD = {
    1: "no source says that terminals derive it from a key of a city",
    2: "terminals derive it in two levels, by CITY8 and by the chip, from the national key in a SAM, and take no third",
}


def provincial(sitting: Sitting) -> Outcome:
    """Every master of a province, derived here and sent to that province's own key service."""
    city = sitting.value("city", str)
    if len(city) != 2:
        raise sitting.refused("A province is named by the first two digits of its code")
    return _sent(sitting, PROVINCIAL, city, [(name, _provincial(sitting, name, city)) for name in HIERARCHY.masters])


def third(sitting: Sitting) -> Outcome:
    """The keys of a city below its province's, of those that terminals derive in one level only."""
    city, names = sitting.value("city", str), sitting.names()
    if len(city) != 4:
        raise sitting.refused("A city is named by the first four digits of its code")
    for name in names:
        if name not in HIERARCHY.third:
            why = WHY_NO_THIRD[HIERARCHY.sam_levels.get(name, 1)]
            can = ", ".join(sorted(HIERARCHY.third))
            raise sitting.refused(f"{name} can have no third level: {why}. Those that can: {can}")
    factor = f"{city}0000".encode()
    keys = [(name, sitting.store.driver.derive(_provincial(sitting, name, city[:2]), factor)) for name in names]
    return _sent(sitting, CITY, city, keys)


def receive(sitting: Sitting) -> Outcome:
    """Keys that another key service sent, when its signature, its fingerprint and the summary of the keys agree."""
    level, keys = _opened(sitting)
    if level not in RECEIVED or not {key.name for key in keys} <= {*HIERARCHY.masters}:
        raise sitting.refused("The envelope holds other keys than roots; a transport key comes by `transport_envelope`")
    if envelopes.summary(keys) != sitting.value("summary", str).upper():
        raise sitting.refused("The summary of the keys is not the one the sender read out")
    taken = []
    for key in keys:
        place = Place(level=level, name=key.name, scope=key.scope, version=key.version)
        entry = sitting.store.adopt(place, key.algorithm, key.value)
        if entry.check != key.check:
            raise sitting.refused(f"{key.name} has not the check value it was sent with")
        taken.append(entry)
    return Outcome(checks=checks(taken), said={"summary": envelopes.summary(keys)})


def transport(sitting: Sitting) -> Outcome:
    """A lot's transport key, joined of the parts that its carriers type in, its check value confirmed by two more."""
    return _taken(sitting, sitting.algorithm(), _joined(sitting))


def transport_envelope(sitting: Sitting) -> Outcome:
    """A lot's transport key from the COS maker's envelope, its check value confirmed by two people."""
    level, keys = _opened(sitting)
    if level != TRANSPORT_LEVEL or [key.scope for key in keys] != [sitting.value("product", str)]:
        raise sitting.refused("The envelope does not hold one transport key of this product")
    return _taken(sitting, keys[0].algorithm, keys[0].value)


def _opened(sitting: Sitting) -> tuple[str, Sequence[Sent]]:
    """Level and keys of an envelope for this store."""
    sender = _confirmed(sitting, "sender")
    carrier = sitting.value("carrier", Carrier)
    own = sitting.store.driver.release(sitting.store.get(service(ENVELOPE))[1])
    return envelopes.read(Path(carrier.file), sender, own)


def _taken(sitting: Sitting, algorithm: str, value: Secret) -> Outcome:
    """A new version of a product's transport key, when its check value is the maker's and two people confirm it."""
    product, driver = sitting.value("product", str), sitting.store.driver
    check = driver.check_value(driver.adopt(algorithm, value))
    if check.hex().upper() != sitting.value("check", str).upper():
        raise sitting.refused("This is not the key whose check value the COS maker gave")
    _confirm(sitting, check)
    last = sitting.store.newest(TRANSPORT_LEVEL, TRANSPORT + product, product)
    place = transport_place(product, 1 if last is None else last.place.version + 1)
    entry = sitting.store.adopt(place, algorithm, value, diversified=sitting.value("diversified", str) == "yes")
    lots = ", ".join(str(lot) for lot in sitting.value("lots", tuple))
    return Outcome(checks=checks([entry]), said={"lots": lots})


def _joined(sitting: Sitting) -> Secret:
    """The parts, exclusive-or: each alone says nothing of the key."""
    people = sitting.people("parts")
    if len(people) < 2:
        raise sitting.refused("A transport key comes in two parts at least, typed in by different people")
    number = 0
    for person in people:
        text = sitting.ask(person, PART).reveal().decode("ascii", "replace").strip()
        if len(text) != 2 * KEY or not all(sign in "0123456789abcdefABCDEF" for sign in text):
            raise sitting.refused(f"The part of {person.id} has not 32 hex digits")
        number ^= int(text, 16)
    return Secret(number.to_bytes(KEY, "big"))


def _confirm(sitting: Sitting, check: bytes) -> None:
    people = sitting.people("confirmed_by")
    if len(people) != 2:
        raise sitting.refused("Two people confirm the check value of a transport key")
    for person in people:
        said = sitting.ask(person, CHECK).reveal().strip().upper()
        if not hmac.compare_digest(said, check.hex().upper().encode()):
            raise sitting.refused(f"The check value on the paper of {person.id} is another")


def _provincial(sitting: Sitting, name: str, city: str) -> Handle:
    version = sitting.value("version", int)
    return Keyring(sitting.store, lambda: sitting.paper.day).provincial(name, f"{city}000000".encode(), version, ISSUE)


def _sent(sitting: Sitting, level: str, scope: str, keys: Sequence[tuple[str, Handle]]) -> Outcome:
    receiver = _confirmed(sitting, "receiver")
    driver, version = sitting.store.driver, sitting.value("version", int)
    content = [
        Sent(
            name=name,
            scope=scope,
            version=version,
            algorithm=key.algorithm,
            check=driver.check_value(key),
            value=driver.release(key),
        )
        for name, key in keys
    ]
    own = driver.public(sitting.store.get(service(AUTHORITY))[1])
    carrier = sitting.value("carrier", Carrier)
    head = {"number": sitting.paper.number, "level": level}
    fresh = Secret(os.urandom(KEY))
    written = envelopes.write(Path(carrier.file), head, (fresh, content), receiver, (own, sitting.sign))
    return Outcome(
        checks={f"{level}/{key.scope}/{key.name}/{key.version}": key.check.hex().upper() for key in content},
        files={carrier.carrier: written},
        said={
            "summary": envelopes.summary(content),
            "sender": own.hex().upper(),
            "fingerprint": envelopes.fingerprint(own),
        },
    )


def _confirmed(sitting: Sitting, name: str) -> bytes:
    """A public key of the file whose fingerprint was read out by its owner."""
    public = bytes.fromhex(sitting.value(name, str))
    if envelopes.fingerprint(public) != sitting.value("fingerprint", str).upper():
        raise sitting.refused(f"The {name}'s key has not the fingerprint that was read out")
    return public
