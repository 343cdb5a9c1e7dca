"""Chips as judges: what the office wraps a virtual SAM must be able to use, and compute with as the office does."""

from __future__ import annotations

import pytest

from healthcard.card.host.sam import SamKeys
from healthcard.card.os import sam
from healthcard.card.wire import layout
from healthcard.keys.requests import CardAddress, KeyLoad, pack
from healthcard.perso import sam as making
from keys import masters
from keys.openssl_keys import OpensslKey

SERIAL = bytes.fromhex("000000000042")
FULL = layout.load("full")


class OfficeKeys:
    """The office with the client's way of taking addresses."""

    def __init__(self, office):
        self.encipher, self.mac = office.encipher, office.mac
        self._office = office

    def sam_loads(self, loads, sams):
        return self._office.sam_loads(loads, pack(sams)).rows()


@pytest.fixture
def made(office):
    """A SAM made with the office's keys, and its address."""
    lot = OpensslKey("SM4", masters.master("TRANSPORT:sam"))
    chip = sam.blank(SERIAL, lot.below(sam.chip8(SERIAL)).value)
    return chip, making.issue(chip, OfficeKeys(office), masters.CITY)


def test_a_sam_computes_for_every_key_what_the_key_service_computes(office, made):
    chip, address = made
    keys = SamKeys(chip, FULL)
    keys.open(office.sam_pin(address).hex())
    card = CardAddress(chip=masters.CHIP, city=masters.CITY, version=1)
    compared = 0
    for key in FULL.keys:
        by_sam = keys.encipher(key.name, card, masters.CHALLENGE, bytes(range(32)))
        assert by_sam == office.encipher(key.name, card, masters.CHALLENGE, bytes(range(32))), key.name
        if key.usage == "maintain":
            by_sam = keys.mac(key.name, card, masters.CHALLENGE, b"some data")
            assert by_sam == office.mac(key.name, card, masters.CHALLENGE, b"some data"), key.name
        compared += 1
    assert compared == 21


def test_a_sam_refuses_another_pin_than_the_one_given_for_it(office, made):
    chip, address = made
    other = CardAddress(chip=bytes(8), city=masters.CITY, version=1)
    assert office.sam_pin(other) != office.sam_pin(address)
    chip.reset()
    chip.transmit(bytes.fromhex("00A40000023F00"))
    assert chip.transmit(bytes.fromhex("0020000003") + office.sam_pin(other))[:1] == b"\x63"


def test_a_load_for_one_sam_is_refused_by_another(office):
    lot = OpensslKey("SM4", masters.master("TRANSPORT:sam"))
    chip = sam.blank(SERIAL, lot.below(sam.chip8(SERIAL)).value)
    chip.reset()
    address = CardAddress(chip=sam.chip8(SERIAL), city=masters.CITY, version=1)
    other = CardAddress(chip=sam.chip8(bytes(6)), city=masters.CITY, version=1)
    challenge = chip.transmit(bytes.fromhex("0084000008"))
    challenge = challenge[:8] if challenge[0] != 0x61 else chip.transmit(bytes.fromhex("00C0000008"))[:8]
    token = office.encipher("TRANSPORT:sam", address, challenge, bytes(16))
    folded = bytes(a ^ b for a, b in zip(token[:8], token[8:], strict=True))
    assert chip.transmit(bytes.fromhex("0082007F11") + folded + bytes(8) + b"\x01") == b"\x90\x00"
    assert chip.transmit(bytes.fromhex("00A4000002DF01"))[:1] == b"\x61"
    load = KeyLoad(name="RK1_DDF1", header=bytes.fromhex("84D4013124"), prefix=b"\x47\x01")
    for whose, expected in ((other, "6988"), (address, "9000")):
        field = office.sam_loads([load], pack([whose])).rows()[0][0]
        assert chip.transmit(load.header + field).hex() == expected
