"""WRITE KEY data for whole batches of chips: the one way in which a card key leaves the key service (第十一条)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from healthcard.keys.algorithms import algorithm
from healthcard.keys.blocks import FACTOR, padding
from healthcard.keys.driver import Derived, Field, Given, Same, Value
from healthcard.keys.errors import NotAllowed, OutOfShape, UnknownKey
from healthcard.keys.hierarchy import HIERARCHY, ISSUE
from healthcard.keys.keyring import SAM_STK, Keyring, TransportKey
from healthcard.keys.pins import WIDTH, pins
from healthcard.keys.requests import PIN, RECORD, CardAddress, KeyLoad, Wrapped, unpack

SAM = "sam"  # the product whose chips hold masters
SAM_PIN = "SAM_PIN"
TWO_LEVELS = 2
KEY = 16
MAC = 4

# keyring, name of the load, an address of the group, CHIP8 of all chips -> what the field holds
Valued = Callable[[Keyring, str, CardAddress, bytes], Value]


def wrap_cards(ring: Keyring, product: str, loads: Sequence[KeyLoad], records: bytes) -> Wrapped:
    """The data fields for user cards of one product, their addresses packed. Refuses the product that holds masters."""
    if product == SAM:
        raise NotAllowed("SAMs are loaded by `sam_loads`: what they hold are no card keys.")
    return _wrap(ring, ring.transport(product), loads, records, _card_value)


def wrap_sams(ring: Keyring, loads: Sequence[KeyLoad], records: bytes) -> Wrapped:
    """The data fields for SAMs: national keys where a SAM diversifies by city and chip, else provincial ones."""
    return _wrap(ring, ring.transport(SAM), loads, records, _sam_value)


def _wrap(ring: Keyring, transport: TransportKey, loads: Sequence[KeyLoad], records: bytes, valued: Valued) -> Wrapped:
    if not loads or not records or len(records) % RECORD:
        raise OutOfShape("A batch has at least one load and one address, each address 17 bytes.")
    parts = [records[at : at + RECORD] for at in range(0, len(records), RECORD)]
    blobs = [_uniform(ring, transport, loads, list(group), valued) for _, group in groupby(parts, key=_masters)]
    return Wrapped(lengths=tuple(load.header[-1] for load in loads), blob=b"".join(blobs))


def _masters(record: bytes) -> bytes:
    """What chips must share to be wrapped together: CITY8 and version."""
    return record[FACTOR:]


def _uniform(
    ring: Keyring, transport: TransportKey, loads: Sequence[KeyLoad], records: Sequence[bytes], valued: Valued
) -> bytes:
    """The data fields of chips that come down from the same provincial keys."""
    address = unpack(records[0])
    chips = b"".join(record[:FACTOR] for record in records)
    fields = [_field(load, valued(ring, load.name, address, chips)) for load in loads]
    block = algorithm(transport.handle.algorithm).block
    for load, field in zip(loads, fields, strict=True):
        _check_length(load, field, block)
    return ring.driver.wrap(transport.handle, chips, fields, diversified=transport.diversified)


def _field(load: KeyLoad, value: Value) -> Field:
    return Field(header=load.header, clear=load.clear, prefix=load.prefix, padded=load.padded, value=value)


def _card_value(ring: Keyring, name: str, card: CardAddress, chips: bytes) -> Value:
    if name == PIN:
        return _pins(ring, PIN, card, chips)
    if name not in HIERARCHY.sam_levels:
        raise UnknownKey(f"A card has no key {name}; it has the 21 of table 10-2 and {PIN}.")
    return Derived(parent=ring.provincial(name, card.city, card.version, ISSUE))


def _sam_value(ring: Keyring, name: str, sam: CardAddress, chips: bytes) -> Value:
    if name == PIN:
        return _pins(ring, SAM_PIN, sam, chips)
    if name == SAM_STK:
        return Derived(parent=ring.provincial(name, sam.city, sam.version, ISSUE))
    if name not in HIERARCHY.sam_levels:
        raise UnknownKey(f"A SAM holds no key {name}; it holds the parents of the 21 card keys, {SAM_STK} and {PIN}.")
    if HIERARCHY.sam_levels[name] == TWO_LEVELS:
        return Same(key=ring.national(name, sam.version, ISSUE))
    return Same(key=ring.provincial(name, sam.city, sam.version, ISSUE))


def _pins(ring: Keyring, seed: str, card: CardAddress, chips: bytes) -> Given:
    parent = ring.provincial(seed, card.city, card.version, ISSUE)
    return Given(values=pins(ring.driver, parent, chips), width=WIDTH)


def _check_length(load: KeyLoad, field: Field, block: int) -> None:
    """Lc of the header must count what the field becomes: a chip would refuse the load, and after a try."""
    body = len(load.prefix) + (field.value.width if isinstance(field.value, Given) else KEY)
    enciphered = body + (len(padding(body, block)) if load.padded else 0)
    if enciphered % block:
        raise OutOfShape(f"Load {load.name}: {body} bytes make no whole blocks of {block}; have it padded.")
    total = len(load.clear) + enciphered + MAC
    if load.header[-1] != total:
        raise OutOfShape(f"Load {load.name}: its header counts {load.header[-1]} bytes, the data field has {total}.")
