"""The virtual SAM over its own door: APDUs."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sam_maker import (
    KEYS,
    OWN,
    PIN,
    RK1_DDF1,
    SERIAL,
    STK_DF01,
    STK_DF02,
    TRANSPORT_KEY,
    UK1_DDF1,
    div,
    ecb,
    mac,
    open_for_personalisation,
    pad,
    personalised,
    ready,
    send,
    sw,
    wrap,
)

from healthcard.card.os import sam, sam_files, sam_keys
from healthcard.card.os.crypto import KeyInUse
from healthcard.card.wire import answer
from healthcard.card.wire.errors import CardGone
from healthcard.card.wire.facts import FACTS

CHIP8 = bytes.fromhex("00F1860100000001")
CITY8 = b"21000000"
R8 = bytes.fromhex("A1A2A3A4A5A6A7A8")
TEXT = bytes(range(16))


def hexed(command: str, *data: bytes) -> bytes:
    body = b"".join(data)
    return bytes.fromhex(command) + bytes([len(body)]) + body


def session_key(kid: int) -> bytes:
    p1, key = KEYS[kid]
    if p1 >> 5 == 2:
        key = div(key, CITY8)
    return div(div(key, CHIP8), R8)


def deliver(chip, kid):
    p1, _ = KEYS[kid]
    factors = CHIP8 + (CITY8 if p1 >> 5 == 2 else b"")
    return sw(chip, bytes([0x80, 0xDE, p1, kid, len(factors) + 8]) + factors + R8)


def test_a_reset_answers_in_the_contact_form_with_the_serial_at_its_end():
    parsed = answer.parse(sam.blank(SERIAL, TRANSPORT_KEY).reset())
    assert parsed.form is answer.Form.CONTACT
    assert parsed.historical[-6:] == SERIAL


def test_nothing_answers_before_the_first_reset_nor_after_power_off():
    chip = personalised()
    chip.power_off()
    with pytest.raises(CardGone):
        chip.transmit(bytes.fromhex("00A40000023F00"))


def test_selecting_a_directory_leaves_its_fci_for_get_response():
    chip = personalised()
    assert chip.transmit(bytes.fromhex("00A40000023F00")).hex() == "6116"
    fci = chip.transmit(bytes.fromhex("00C0000016")).hex().upper()
    assert fci == "6F1484106A6D6A6B6B7979686A00000000000000A5009000"
    assert chip.transmit(bytes.fromhex("00A4000002DF01")).hex() == "6114"


def test_get_response_gives_parts_and_is_gone_after_another_command():
    chip = personalised()
    chip.transmit(bytes.fromhex("00A40000023F00"))
    assert chip.transmit(bytes.fromhex("00C0000010"))[-2:].hex() == "6106"
    assert chip.transmit(bytes.fromhex("00C0000010"))[-2:].hex() == "6c06"
    assert chip.transmit(bytes.fromhex("00C0000006"))[-2:].hex() == "9000"
    assert sw(chip, "00C0000006") == 0x6985
    chip.transmit(bytes.fromhex("00A40000023F00"))
    chip.transmit(bytes.fromhex("0084000008"))
    assert sw(chip, "00C0000016") == 0x6985


def test_a_wrong_length_is_answered_with_the_right_one():
    chip = personalised()
    sw(chip, "00A40000020015")
    assert chip.transmit(bytes.fromhex("00B0000000")).hex() == "6c0e"
    assert chip.transmit(bytes.fromhex("00B000000E"))[-2:].hex() == "9000"
    assert chip.transmit(bytes.fromhex("00B00A0005")).hex() == "6b00"
    assert chip.transmit(bytes.fromhex("00B0000A05")).hex() == "6c04"


@pytest.mark.parametrize(
    ("directory", "sfi", "fid", "size"),
    [
        ("3F00", 21, "0015", 14),
        ("3F00", 22, "0016", 6),
        ("DF01", 26, "001A", 25),
        ("DF01", 27, "001B", 180),
        ("DF01", 28, "001C", 190),
    ],
)
def test_the_files_of_table_5_6_are_read_by_sfi_and_by_fid(directory, sfi, fid, size):
    chip = personalised()
    sw(chip, f"00A4000002{directory}")
    by_sfi = send(chip, f"00B0{0x80 | sfi:02X}00{size:02X}")
    assert sw(chip, f"00A4000002{fid}") == 0x9000
    assert send(chip, f"00B00000{size:02X}") == by_sfi
    assert (len(by_sfi[0]), by_sfi[1]) == (size, 0x9000)


def test_a_file_of_the_other_directory_is_not_found():
    assert sw(personalised(), "00A4000002001A") == 0x6A82


def test_files_are_written_after_issue_only_with_the_mac_of_the_last_challenge():
    chip = personalised()
    data = bytes.fromhex("370102000001")
    assert sw(chip, hexed("00D69600", data)) == 0x6985
    challenge, _ = send(chip, "0084000008")
    header = bytes.fromhex("04D696000A")
    right = mac(div(OWN, challenge), pad(header + data))
    assert sw(chip, header + data + bytes(4)) == 0x6988
    assert sw(chip, header + data + right) == 0x6984, "a challenge serves once"
    challenge, _ = send(chip, "0084000008")
    assert sw(chip, header + data + mac(div(OWN, challenge), pad(header + data))) == 0x9000
    assert send(chip, "00B0960006") == (data, 0x9000)


def test_three_wrong_pins_block_the_sam_for_ever_and_the_count_survives_power():
    chip = personalised()
    wrong = bytes.fromhex("0020000003111111")
    assert sw(chip, wrong) == 0x63C2
    chip.reset()
    assert sw(chip, wrong) == 0x63C1
    chip = sam.restore(chip.dump())
    chip.reset()
    assert [sw(chip, wrong), sw(chip, wrong)] == [0x63C0, 0x6983]
    assert sw(chip, hexed("00200000", PIN)) == 0x6983


def test_the_right_pin_gives_all_tries_back_and_lasts_until_the_power_goes():
    chip = personalised()
    sw(chip, "0020000003111111")
    assert sw(chip, hexed("00200000", PIN)) == 0x9000
    assert sw(chip, "00200000") == 0x9000
    chip.reset()
    assert sw(chip, "00200000") == 0x63C3


def test_a_pin_is_changed_by_who_knows_it():
    chip = personalised()
    new = bytes.fromhex("9753")
    assert sw(chip, hexed("805E0100", bytes.fromhex("111111"), b"\xff", new)) == 0x63C2
    assert sw(chip, hexed("805E0100", PIN, b"\xff", bytes.fromhex("97A3"))) == 0x6A80
    assert sw(chip, hexed("805E0100", PIN, b"\xff", bytes(4))) == 0x6700
    assert sw(chip, hexed("805E0100", PIN, b"\xff", new)) == 0x9000
    assert sw(chip, hexed("00200000", PIN)) == 0x63C2
    assert sw(chip, hexed("00200000", new)) == 0x9000


@pytest.mark.parametrize("kid", KEYS)
def test_a_delivered_key_enciphers_as_the_card_will(kid):
    chip = ready()
    assert deliver(chip, kid) == 0x9000
    assert chip.transmit(hexed("80FA0000", TEXT)).hex() == "6110"
    assert chip.transmit(bytes.fromhex("00C0000010")) == ecb(session_key(kid), TEXT) + b"\x90\x00"


def test_the_whole_way_of_a_two_level_key_is_the_one_openssl_computes():
    def openssl(key, data):
        command = ["openssl", "enc", "-sm4-ecb", "-nopad", "-K", key.hex()]
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout

    key = KEYS[RK1_DDF1][1]
    for factor in (CITY8, CHIP8, R8):
        key = openssl(key, factor + bytes(byte ^ 0xFF for byte in factor))
    chip = ready()
    deliver(chip, RK1_DDF1)
    assert send(chip, hexed("80FA0000", TEXT)) == (openssl(key, TEXT), 0x9000)


@pytest.mark.parametrize("kid", [STK_DF01, STK_DF02])
def test_a_mac_is_the_same_in_one_call_and_in_parts(kid):
    chip = ready()
    iv, data = bytes(range(16)), bytes(range(64))
    deliver(chip, kid)
    assert chip.transmit(hexed("80FA0500", iv, data)).hex() == "6104"
    whole = chip.transmit(bytes.fromhex("00C0000004"))[:4]
    assert whole == mac(session_key(kid), data, iv)
    deliver(chip, kid)
    assert sw(chip, hexed("80FA0700", iv, data[:16])) == 0x9000
    assert sw(chip, hexed("80FA0300", data[16:48])) == 0x9000
    assert send(chip, hexed("80FA0100", data[48:])) == (whole, 0x9000)


def test_a_delivered_key_serves_one_cipher_only():
    chip = ready()
    deliver(chip, STK_DF01)
    assert sw(chip, hexed("80FA0000", TEXT)) == 0x9000
    assert sw(chip, hexed("80FA0500", bytes(16), TEXT)) == 0x6985


def test_enciphering_in_parts_keeps_the_key_until_the_last_part():
    chip = ready()
    deliver(chip, STK_DF01)
    assert send(chip, hexed("80FA0200", TEXT)) == (ecb(session_key(STK_DF01), TEXT), 0x9000)
    assert sw(chip, hexed("80FA0000", TEXT)) == 0x9000
    assert sw(chip, hexed("80FA0000", TEXT)) == 0x6985


@pytest.mark.parametrize(
    ("why", "command", "expected"),
    [
        ("P1 of another use", hexed("80DE4831", CHIP8, CITY8, R8), 0x6985),
        ("levels of another key", hexed("80DE2731", CHIP8, R8), 0x6985),
        ("no such key", hexed("80DE4777", CHIP8, CITY8, R8), 0x6A88),
        ("city factor missing", hexed("80DE4731", CHIP8, R8), 0x6700),
        ("the SAM's own key", hexed("80DE0800", R8), 0x6A88),
        ("cipher without key", hexed("80FA0000", TEXT), 0x6985),
        ("unknown command", bytes.fromhex("80E0000000"), 0x6D00),
        ("unknown class", bytes.fromhex("A0A40000023F00"), 0x6E00),
        ("too short", bytes.fromhex("00A4"), 0x6700),
        ("extended length", bytes.fromhex("00A40000000002DF01"), 0x6700),
    ],
)
def test_what_does_not_fit_is_refused_by_its_own_status_word(why, command, expected):
    assert sw(ready(), command) == expected, why


@pytest.mark.parametrize(
    ("why", "kid", "command", "expected"),
    [
        ("half a block", STK_DF01, hexed("80FA0000", TEXT[:15]), 0x6700),
        ("an initial value and nothing more", STK_DF01, hexed("80FA0500", TEXT), 0x6700),
        ("a last part without a first", STK_DF01, hexed("80FA0100", TEXT), 0x6985),
        ("no such mode", STK_DF01, hexed("80FA0400", TEXT), 0x6A86),
        ("a MAC with an authentication key", UK1_DDF1, hexed("80FA0500", TEXT, TEXT), 0x6985),
    ],
)
def test_a_refused_cipher_takes_the_key_away(why, kid, command, expected):
    chip = ready()
    deliver(chip, kid)
    assert sw(chip, command) == expected, why
    assert sw(chip, hexed("80FA0000", TEXT)) == 0x6985


def test_keys_serve_nobody_without_pin_outside_df01_or_after_leaving_it():
    chip = personalised()
    sw(chip, "00A4000002DF01")
    assert deliver(chip, RK1_DDF1) == 0x6982
    sw(chip, "00A40000023F00")
    sw(chip, hexed("00200000", PIN))
    assert deliver(chip, RK1_DDF1) == 0x6985
    sw(chip, "00A4000002DF01")
    assert deliver(chip, RK1_DDF1) == 0x9000
    sw(chip, "00A4000002DF01")
    assert sw(chip, hexed("80FA0000", TEXT)) == 0x6985


def test_a_blank_sam_takes_keys_only_under_its_transport_key():
    chip = sam.blank(SERIAL, TRANSPORT_KEY)
    chip.reset()
    load = wrap(bytes.fromhex("84D40200"), b"\x03\x03" + PIN)
    assert sw(chip, load) == 0x6982
    assert open_for_personalisation(chip, bytes(16)) == 0x63CE
    assert open_for_personalisation(chip) == 0x9000
    assert sw(chip, wrap(bytes.fromhex("84D40200"), b"\x03\x03" + PIN, bytes(16))) == 0x6988
    assert sw(chip, "80100000") == 0x6985, "no end without a PIN"
    assert sw(chip, load) == 0x9000


@pytest.mark.parametrize(
    ("why", "directory", "header", "plain"),
    [
        ("a card key in the MF", "3F00", "84D40131", b"\x47\x01" + bytes(16)),
        ("the own key in DF01", "DF01", "84D40100", b"\x08\x01" + bytes(16)),
        ("no levels", "DF01", "84D40131", b"\x07\x01" + bytes(16)),
        ("no use", "DF01", "84D40131", b"\x40\x01" + bytes(16)),
        ("a short key", "DF01", "84D40131", b"\x47\x01" + bytes(15)),
        ("a PIN that is no BCD", "3F00", "84D40200", b"\x03\x03\x12\x3a\x56"),
        ("a PIN of another length than it says", "3F00", "84D40200", b"\x03\x03\x12\x34"),
        ("a PIN without tries", "3F00", "84D40200", b"\x00\x02\x12\x34"),
    ],
)
def test_a_load_that_cannot_serve_is_refused(why, directory, header, plain):
    chip = sam.blank(SERIAL, TRANSPORT_KEY)
    chip.reset()
    open_for_personalisation(chip)
    sw(chip, f"00A4000002{directory}")
    before = chip.dump()
    assert sw(chip, wrap(bytes.fromhex(header), plain)) == 0x6A80, why
    assert chip.dump() == before


def test_the_check_value_of_a_key_is_shown_to_personalisation_only():
    chip = sam.blank(SERIAL, TRANSPORT_KEY)
    chip.reset()
    open_for_personalisation(chip)
    sw(chip, "00A4000002DF01")
    sw(chip, wrap(bytes.fromhex("84D40131"), b"\x47\x01" + KEYS[RK1_DDF1][1]))
    assert send(chip, "80CA003103") == (ecb(KEYS[RK1_DDF1][1], bytes(16))[:3], 0x9000)
    chip = ready()
    assert sw(chip, "80CA003103") == 0x6985


def test_after_its_end_personalisation_never_opens_again():
    chip = personalised()
    assert open_for_personalisation(chip) == 0x6985
    assert sw(chip, wrap(bytes.fromhex("84D40200"), b"\x03\x03" + PIN)) == 0x6985
    assert sw(chip, "80100000") == 0x6985


def test_fifteen_wrong_transport_keys_make_a_blank_sam_useless():
    chip = sam.blank(SERIAL, TRANSPORT_KEY)
    for left in range(14, -1, -1):
        chip.reset()
        assert open_for_personalisation(chip, bytes(16)) == 0x63C0 | left
    assert open_for_personalisation(chip) == 0x6983


def test_a_sam_says_what_product_it_is():
    assert send(ready(), "80CA010000") == (b"SAM-1.00", 0x9000)


def test_memory_goes_through_its_dump_unchanged_and_counts_its_writes():
    chip = personalised()
    assert sam.restore(chip.dump()).dump() == chip.dump()
    before = chip.writes
    sw(chip, hexed("00200000", PIN))
    assert chip.writes == before
    sw(chip, "0020000003111111")
    assert chip.writes > before


@pytest.mark.parametrize("dump", [b"", b"[]", b"{}", b'{"format":1}', b'{"format":2}', b"\xff"])
def test_a_dump_of_something_else_is_refused(dump):
    with pytest.raises(ValueError):
        sam.restore(dump)


def test_no_repr_shows_a_key_or_the_pin():
    chip = ready()
    deliver(chip, STK_DF01)
    shown = repr([chip, vars(chip), chip._session.memory, chip._session.memory.keys, chip._session.memory.pin])
    for secret in (PIN, TRANSPORT_KEY, OWN, *(key for _, key in KEYS.values())):
        assert secret.hex() not in shown.lower()
        assert repr(secret)[2:-1] not in shown


def test_an_authentication_that_was_none_takes_no_rights_back():
    chip = sam.blank(SERIAL, TRANSPORT_KEY)
    chip.reset()
    entry = wrap(bytes.fromhex("84D40100"), b"\x08\x01" + OWN)
    assert open_for_personalisation(chip) == 0x9000
    assert sw(chip, hexed("0082007F", bytes(16), b"\x01")) == 0x6984, "nobody asked for a challenge"
    assert sw(chip, entry) == 0x9000
    assert open_for_personalisation(chip, bytes(16)) == 0x63CE
    assert sw(chip, entry) == 0x6982


def test_keys_come_in_as_plain_blocks_whatever_the_mode_of_updates(monkeypatch):
    """A key load is the COS maker's affair; the mode of updates is the card's."""
    exchanged = replace(FACTS, encipher="CBC", mac="CMAC")
    for module in (sam_files, sam_keys):
        monkeypatch.setattr(module, "KeyInUse", partial(KeyInUse, facts=exchanged))
    chip = ready()
    assert deliver(chip, STK_DF01) == 0x9000
    twice = TEXT * 2
    first = ecb(session_key(STK_DF01), TEXT)
    second = ecb(session_key(STK_DF01), bytes(a ^ b for a, b in zip(first, TEXT, strict=True)))
    assert send(chip, hexed("80FA0000", twice)) == (first + second, 0x9000)


HEADERS = st.sampled_from(sorted(sam.COMMANDS)) | st.tuples(st.integers(0, 255), st.integers(0, 255))
PARAMETERS = st.sampled_from([0, 1, 2, 3, 4, 5, 7, 0x31, 0x47, 0x28, 0x95]) | st.integers(0, 255)
COMMANDS = st.builds(
    lambda head, p1, p2, body, data: bytes([*head, p1, p2]) + (bytes([len(data)]) + data if body else data),
    HEADERS,
    PARAMETERS,
    PARAMETERS,
    st.booleans(),
    st.binary(max_size=64),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(COMMANDS | st.binary(max_size=300), min_size=10, max_size=20))
def test_any_bytes_are_answered_and_open_nothing(commands):
    chip = personalised()
    memory = chip._session.memory
    before = chip.dump()
    for command in commands:
        reply = chip.transmit(command)
        assert 2 <= len(reply) <= 258
        if reply[-2:] == b"\x90\x00":
            assert command[1] in {0xA4, 0xB0, 0x84, 0xCA, 0xC0}, f"{command.hex()} needs a state it cannot have"
    memory.pin.left = memory.pin.most
    assert chip.dump() == before
