"""An assumed fact exchanged on both sides of the wire: cards are still made, proved, updated and read.

The chip is given its facts, the key service its rules: what an edit of `facts.toml` and `hierarchy.toml` does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from perso_bench import CHIPS, PRODUCTS, SERIAL_LENGTH, plan

from doubles.journal import MemoryJournal
from doubles.keys import MemoryKeys, diversified
from healthcard.card.host.ports import CardAddress
from healthcard.card.host.reading import read_card
from healthcard.card.host.session import Access, CardSession
from healthcard.card.os import chip as user_card
from healthcard.card.os.chip import Chip
from healthcard.card.wire.errors import Refused
from healthcard.card.wire.facts import FACTS, Facts
from healthcard.keys.entries import TEST
from healthcard.keys.hierarchy import HIERARCHY
from healthcard.keys.office import KeyOffice
from healthcard.keys.requests import KeyLoad, pack
from healthcard.keys.software import SoftwareDriver
from healthcard.keys.store import KeyStore
from healthcard.keys.unlocking import Unlocking
from healthcard.perso.execution import execute
from healthcard.perso.plan import Plan
from healthcard.perso.rehearsal import rehearse
from healthcard.perso.results import Finished
from keys import masters

ECB = replace(FACTS, encipher="ECB", mac="CBC-MAC")
CBC = replace(ECB, encipher="CBC")
CMAC = replace(ECB, mac="CMAC")
ADDRESSES = "DF01/EF05"  # its updates travel enciphered
ADDRESS = bytes([22, 100]) + bytes(range(1, 101))


class OfficeKeys(MemoryKeys):
    """The key service's own code over test keys, working by `facts`; without its process."""

    def __init__(self, folder: Path, facts: Facts) -> None:
        rules = replace(HIERARCHY.rules, encipher=facts.encipher, mac=facts.mac)
        unlocking = Unlocking(salt=os.urandom(16), cost=masters.CHEAP)
        driver = SoftwareDriver(unlocking.key(masters.PASSPHRASE), rules=rules)
        self._office = KeyOffice(masters.fill(KeyStore(folder / "store.json", TEST, unlocking, driver)))

    def encipher(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        return self._office.encipher(name, card, challenge, data)

    def mac(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        return self._office.mac(name, card, challenge, data)

    def wrap(self, product: str, loads: Sequence[KeyLoad], cards: Sequence[CardAddress]) -> list[tuple[bytes, ...]]:
        return self._office.wrap(product, loads, pack(cards)).rows()

    def check_values(self, names: Sequence[str], card: CardAddress) -> Mapping[str, bytes]:
        return self._office.check_values(names, card)

    def transport_key(self, product: str, chip8: bytes) -> bytes:
        lot = masters.master(f"TRANSPORT:{product}")
        return diversified(lot, chip8) if HIERARCHY.transport[product] else lot


def blank(name: str, keys: MemoryKeys, facts: Facts) -> Chip:
    chip8 = bytes.fromhex(CHIPS[name])
    return user_card.blank(name, chip8[-SERIAL_LENGTH[name] :], keys.transport_key(name, chip8), facts=facts)


def made(name: str, keys: MemoryKeys, facts: Facts) -> tuple[Chip, Plan]:
    """A card that was rehearsed, all its files, keys and locks tried, and then made."""
    planned, chip = plan(name, keys=keys), blank(name, keys, facts)
    rehearsed = rehearse(planned, lambda product, _: blank(product, keys, facts), keys)
    assert isinstance(execute(rehearsed, chip, MemoryJournal(), keys), Finished)
    return chip, planned


def move(chip: Chip, planned: Plan, keys: MemoryKeys) -> bytes:
    """Write the holder's new address as a client does; what the card then has of it."""
    session = CardSession(chip, planned.image.layout, keys, planned.address)
    content = read_card(session, session.reset())
    assert {file.status for file in content.files} == {"ok"}
    session.open(ADDRESSES, Access.UPDATE)
    session.update_record(ADDRESSES, 2, ADDRESS)
    session.open(ADDRESSES)
    return session.read_record(ADDRESSES, 2)


@pytest.mark.parametrize("facts", [CBC, CMAC], ids=["CBC", "CMAC"])
@pytest.mark.parametrize("name", PRODUCTS)
def test_a_card_of_another_mode_is_made_read_and_updated_by_the_key_service(
    name: str, facts: Facts, tmp_path: Path
) -> None:
    keys = OfficeKeys(tmp_path, facts)
    chip, planned = made(name, keys, facts)
    assert move(chip, planned, keys) == ADDRESS


@pytest.mark.parametrize("facts", [CBC, CMAC], ids=["CBC", "CMAC"])
def test_the_key_service_of_the_tests_follows_the_facts_too(facts: Facts) -> None:
    keys = MemoryKeys(facts=facts)
    assert move(*made("jia", keys, facts), keys) == ADDRESS


@pytest.mark.parametrize(("ours", "theirs"), [(CBC, ECB), (ECB, CBC), (CMAC, CBC)], ids=["card", "keys", "MAC"])
def test_a_fact_exchanged_on_one_side_alone_is_noticed(ours: Facts, theirs: Facts) -> None:
    chip, planned = made("jia", MemoryKeys(facts=ours), ours)
    with pytest.raises(Refused):
        move(chip, planned, MemoryKeys(facts=theirs))
