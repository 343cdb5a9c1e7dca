"""An assumed fact is exchanged in the table of facts: the chip follows without a change of code."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chip_bench import (
    PIN,
    PRODUCTS,
    TRANSPORT_KEY,
    TRANSPORT_KIDS,
    authenticate,
    block_application,
    dump,
    enter,
    key_of,
)
from chip_terminal import TEXT, Terminal, div, pad, token
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.cmac import CMAC

from healthcard.card.os.chip import blank, restore
from healthcard.card.wire.facts import FACTS, Facts


def with_facts(facts: Facts, product: str = "jia") -> Terminal:
    return Terminal(restore(dump(product, "personalised"), facts=facts))


def test_another_mode_of_encipherment_is_a_value() -> None:
    terminal = with_facts(replace(FACTS, encipher="CBC"))
    enter(terminal, "DF01")
    terminal.ok("00A4000002EF05")
    assert authenticate(terminal, "UK1_DF01") == 0x9000
    session = div(key_of("STK_DF01"), terminal.challenge())
    record = b"\x16\x64" + bytes(range(100))
    body = Cipher(SM4(session), modes.CBC(bytes(16))).encryptor().update(pad(bytes([len(record)]) + record))
    head = bytes.fromhex("04DC0204") + bytes([len(body) + 4])
    mac = Cipher(SM4(session), modes.CBC(bytes(16))).encryptor().update(pad(head + body))[-16:][:4]
    assert terminal.sw(head + body + mac) == 0x9000
    assert authenticate(terminal, "RK1_DF01") == 0x9000
    assert terminal.ok("00B2020400") == record


def test_another_mac_is_a_value() -> None:
    terminal = with_facts(replace(FACTS, mac="CMAC"))
    enter(terminal, "DF03")
    terminal.ok("00A4000002EF05")
    assert authenticate(terminal, "UK1_DF03") == 0x9000
    machine = CMAC(SM4(div(key_of("STK_DF03"), terminal.challenge())))
    machine.update(bytes.fromhex("84D2010404"))
    assert terminal.sw(bytes.fromhex("84D2010404") + machine.finalize()[:4]) == 0x9000


def test_another_cipher_and_another_formula_are_values() -> None:
    terminal = with_facts(replace(FACTS, cipher="AES", session="~R|R"))
    enter(terminal, "DDF1")
    challenge = terminal.challenge()
    turned = bytes(0xFF - byte for byte in challenge)
    session = Cipher(AES(key_of("RK1_DDF1")), modes.ECB()).encryptor().update(turned + challenge)
    both = Cipher(AES(session), modes.ECB()).encryptor().update(TEXT + bytes(8))
    shown = bytes(left ^ right for left, right in zip(both[:8], both[8:], strict=True))
    assert terminal.sw(bytes.fromhex("0082000411") + shown + TEXT + b"\x01") == 0x9000


def test_a_counter_that_success_does_not_restore_is_a_value() -> None:
    terminal = with_facts(replace(FACTS, restored_by_success=False))
    enter(terminal, "DDF1")
    for word in (0x63CE, 0x63CD):
        assert terminal.authenticate(0x04, bytes(16)) == word
    assert authenticate(terminal, "RK1_DDF1") == 0x9000
    assert terminal.authenticate(0x04, bytes(16)) == 0x63CC


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_the_pin_stops_is_a_table(product: str) -> None:
    for stops, word in ((("VERIFY",), 0x9000), (("VERIFY", "DDF1/EF08"), 0x6982)):
        terminal = with_facts(replace(FACTS, pin_lock_stops=stops), product)
        enter(terminal, "DDF1")
        terminal.ok("00A4000002EF08")
        assert authenticate(terminal, "UK1_DDF1") == 0x9000
        record = bytes.fromhex("070420310101")
        assert terminal.seal("04DC0104", record, key_of("STK_DDF1")) == word
        terminal.ok(bytes.fromhex("0020000003") + PIN)
        assert terminal.seal("04DC0104", record, key_of("STK_DDF1")) == 0x9000


def test_a_locked_pin_stops_the_commands_the_table_names() -> None:
    terminal = with_facts(replace(FACTS, pin_lock_stops=("VERIFY", "INTERNAL AUTHENTICATE")))
    enter(terminal, "DDF1")
    internal = bytes.fromhex("0088000010") + bytes(16)
    terminal.ok(internal)
    for word in (0x63C2, 0x63C1, 0x63C0, 0x6983):
        assert terminal.sw("0020000003999999") == word
    assert terminal.sw(internal) == 0x6983


def test_a_spent_pin_stays_spent_whatever_its_lock_stops() -> None:
    terminal = with_facts(replace(FACTS, pin_lock_stops=()))
    enter(terminal, "DDF1")
    for word in (0x63C2, 0x63C1, 0x63C0):
        assert terminal.sw("0020000003999999") == word
    for _ in range(2):
        assert terminal.sw(bytes.fromhex("0020000003") + PIN) == 0x6983
        assert terminal.sw(bytes.fromhex("805E010007") + PIN + b"\xff" + PIN) == 0x6983
        assert terminal.sw("00200000") == 0x6983
    assert terminal.flag("84240000", key_of("STK_DDF1")) == 0x9000
    terminal.ok(bytes.fromhex("0020000003") + PIN)


def test_the_key_of_reload_and_unblock_is_a_name() -> None:
    terminal = with_facts(replace(FACTS, pin_unblock_key="STK_MF"))
    enter(terminal, "DDF1")
    assert terminal.flag("84240000", key_of("STK_DDF1")) == 0x6988
    assert terminal.flag("84240000", key_of("STK_MF")) == 0x9000


def test_the_length_of_a_pin_and_its_reference_are_values() -> None:
    terminal = with_facts(replace(FACTS, pin_digits=(6, 6), pin_reference=1))
    enter(terminal, "DDF1")
    assert terminal.sw("0020000003123456") == 0x6A86
    assert terminal.sw("00200001021234") == 0x6A80
    terminal.ok("0020000103123456")


def test_the_parameters_of_a_block_are_values() -> None:
    terminal = with_facts(replace(FACTS, block_temporary=5, block_permanent=7))
    enter(terminal, "DF01")
    assert authenticate(terminal, "LK_DF01") == 0x9000
    assert terminal.flag("841E0000", key_of("STK_DF01")) == 0x6A86
    block_application(terminal, "DF01", 7)
    enter(terminal, "DDF1")
    assert terminal.sw("00A4000002DF01") == 0x9303


def test_the_version_of_a_new_chips_transport_key_is_a_value() -> None:
    terminal = Terminal(blank("jia", bytes(4), TRANSPORT_KEY, facts=replace(FACTS, key_version=7)))
    kid = TRANSPORT_KIDS["jia"]
    assert terminal.authenticate(kid, TRANSPORT_KEY) == 0x6A88
    assert terminal.authenticate(kid, TRANSPORT_KEY, version=7) == 0x9000


def test_challenges_come_from_the_source_the_chip_was_given() -> None:
    numbers = iter(range(256))
    chip = restore(dump("jia", "personalised"), random=lambda count: bytes([next(numbers)]) * count)
    terminal = Terminal(chip)
    assert [terminal.challenge() for _ in range(3)] == [b"\x00" * 8, b"\x01" * 8, b"\x02" * 8]
    enter(terminal, "DDF1")
    shown = token(div(key_of("RK1_DDF1"), b"\x03" * 8), TEXT)
    terminal.challenge()
    assert terminal.sw(bytes.fromhex("0082000411") + shown + TEXT + b"\x01") == 0x9000
