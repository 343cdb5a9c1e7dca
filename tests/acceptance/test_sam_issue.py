"""A SAM is loaded by the key service in the rack, and then serves a terminal as the key service itself would."""

from __future__ import annotations

import pytest

from healthcard.card.host.channel import Channel
from healthcard.card.host.ports import CardAddress
from healthcard.card.host.rack import RackClient, running
from healthcard.card.host.sam import SamKeys
from healthcard.card.os import image
from healthcard.card.wire import answer
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.layout import load
from healthcard.keys import demo
from healthcard.keys.office import KeyOffice
from healthcard.keys.requests import KeyLoad, pack
from healthcard.keys.secret import Secret
from healthcard.keys.store import KeyStore

CITY = b"32000000"
T8 = bytes.fromhex("1122334455667788")
CHALLENGE = bytes.fromhex("A1A2A3A4A5A6A7A8")
LAYOUT = load("full")


@pytest.fixture(scope="module")
def rack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("factory")
    with running(folder / "s", folder / "chips"), RackClient(folder / "s") as client:
        yield client, folder


@pytest.fixture(scope="module")
def office(rack, tmp_path_factory):
    _, folder = rack
    path = tmp_path_factory.mktemp("keys") / "store.json"
    passphrase = demo.prepare(path)
    return KeyOffice(KeyStore.open(path, passphrase), vault=Secret((folder / "chips" / "vault.key").read_bytes()))


def key_load(name, p1, p2, prefix):
    return KeyLoad(name=name, header=bytes([0x84, 0xD4, p1, p2, 0x14 if p1 == 2 else 0x24]), prefix=bytes(prefix))


def issue(chip, office):
    """From blank to in use; its address."""
    channel = Channel(chip)
    chip8 = answer.parse(channel.reset()).chip8(answer.FactorRule.REAR)
    address = CardAddress(chip=chip8, city=CITY)
    challenge = channel.expect(Command(cla=0, ins=0x84, le=8)).data
    block = office.encipher("TRANSPORT:sam", address, challenge, T8 + bytes(8))
    token = bytes(a ^ b for a, b in zip(block[:8], block[8:], strict=True))
    channel.order(Command(cla=0, ins=0x82, p2=0x7F, data=token + T8 + b"\x01"))
    loads = [key_load("PIN", 2, 0, [3, 3]), key_load("SAM_STK", 1, 0, [8, 1])]
    loads += [
        key_load(key.name, 1, key.sam, [key.levels << 5 | (8 if key.usage == "maintain" else 7), 1])
        for key in LAYOUT.keys
    ]
    (fields,) = office.sam_loads(loads, pack([address])).rows()
    for number, (wanted, field) in enumerate(zip(loads, fields, strict=True)):
        if number == 2:
            channel.expect(Command(cla=0, ins=0xA4, data=bytes.fromhex("DF01")))
        channel.order(Command(cla=0x84, ins=0xD4, p1=wanted.header[2], p2=wanted.header[3], data=field))
    channel.order(Command(cla=0x80, ins=0x10))
    return address


def test_a_sam_does_for_every_key_what_the_key_service_does(rack, office):
    client, folder = rack
    with client.blank("sam", bytes.fromhex("000000000042"), office.factory_envelope("sam"), "sam-1") as chip:
        address = issue(chip, office)
        keys = SamKeys(chip, LAYOUT)
        keys.open(office.sam_pin(address).hex())
        card = CardAddress(chip=bytes.fromhex("00F1860100000001"), city=CITY)
        for key in LAYOUT.keys:
            text = T8 + bytes(8)
            assert keys.encipher(key.name, card, CHALLENGE, text) == office.encipher(key.name, card, CHALLENGE, text)
            if key.usage == "maintain":
                data = bytes(range(41))
                assert keys.mac(key.name, card, CHALLENGE, data) == office.mac(key.name, card, CHALLENGE, data)
    stored = image.load(folder / "chips" / "sam-1.img")
    assert stored.reset()[-6:].hex() == "000000000042"


def test_the_files_of_a_sam_in_use_are_written_with_the_key_service(rack, office):
    client, _ = rack
    with client.blank("sam", bytes.fromhex("000000000043"), office.factory_envelope("sam")) as chip:
        address = issue(chip, office)
        channel = Channel(chip)
        channel.expect(Command(cla=0, ins=0xA4, data=bytes.fromhex("3F00")))
        terminal = bytes.fromhex("320100000007")
        challenge = channel.expect(Command(cla=0, ins=0x84, le=8)).data
        mac = office.mac("SAM_STK", address, challenge, bytes.fromhex("04D696000A") + terminal)
        channel.order(Command(cla=4, ins=0xD6, p1=0x96, data=terminal + mac))
        assert channel.expect(Command(cla=0, ins=0xB0, p1=0x96, le=6)).data == terminal
