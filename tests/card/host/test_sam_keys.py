"""Keys served by a SAM: byte for byte what clients send it (card.md 3.1, 5.3, 5.4)."""

from __future__ import annotations

import pytest
from host_doubles import ADDRESS, FULL, ScriptedCard

from healthcard.card.host.errors import KeyHolderFailed
from healthcard.card.host.ports import CardAddress
from healthcard.card.host.sam import SamKeys
from healthcard.card.wire.errors import Refused

CHALLENGE = bytes.fromhex("A1A2A3A4A5A6A7A8")
CHIP, CITY = ADDRESS.chip.hex().upper(), ADDRESS.city.hex().upper()


def test_a_sam_is_opened_with_its_pin_in_the_master_file_and_left_where_its_keys_are() -> None:
    sam = ScriptedCard("6102", "AABB9000", "9000", "6102", "AABB9000")
    SamKeys(sam, FULL).open("123456")
    assert sam.sent == [
        "00A40000023F00",
        "00C0000002",
        "0020000003123456",
        "00A4000002DF01",
        "00C0000002",
    ]


def test_a_wrong_sam_pin_is_refused_and_not_repeated() -> None:
    sam = ScriptedCard("9000", "63C2", "9000")
    with pytest.raises(Refused, match="63C2"):
        SamKeys(sam, FULL).open("1234")
    assert len(sam.commands) == 2


def test_a_two_level_key_comes_down_by_chip_and_city() -> None:
    sam = ScriptedCard("9000", "6110", "00112233445566778899AABBCCDDEEFF9000")
    text = bytes.fromhex("1122334455667788") + bytes(8)
    enciphered = SamKeys(sam, FULL).encipher("RK1_DDF1", ADDRESS, CHALLENGE, text)
    assert enciphered.hex().upper() == "00112233445566778899AABBCCDDEEFF"
    assert sam.sent == [
        f"80DE473118{CHIP}{CITY}A1A2A3A4A5A6A7A8",
        "80FA00001011223344556677880000000000000000",
        "00C0000010",
    ]


def test_a_one_level_key_of_the_sam_is_the_citys_already() -> None:
    sam = ScriptedCard("9000", "6104", "A1B2C3D49000")
    mac = SamKeys(sam, FULL).mac("STK_DF01", ADDRESS, CHALLENGE, bytes.fromhex("84D2010404"))
    assert mac.hex().upper() == "A1B2C3D4"
    assert sam.sent[:2] == [
        f"80DE280310{CHIP}A1A2A3A4A5A6A7A8",
        "80FA050020" + "00" * 16 + "84D2010404" + "80" + "00" * 10,
    ]


@pytest.mark.parametrize(
    ("name", "p1", "key_id"),
    [("RK1_DF03", 0x47, 0x34), ("UK1_DDF1", 0x27, 0x2A), ("STK_DF02", 0x48, 0x04), ("LK_DF01", 0x27, 0x27)],
)
def test_levels_and_use_are_in_the_first_parameter(name: str, p1: int, key_id: int) -> None:
    sam = ScriptedCard("9000")
    SamKeys(sam, FULL).encipher(name, ADDRESS, CHALLENGE, bytes(16))
    assert sam.commands[0][:4] == bytes([0x80, 0xDE, p1, key_id])


def test_a_key_set_in_the_sam_is_set_anew_for_every_use() -> None:
    sam = ScriptedCard("9000")
    keys = SamKeys(sam, FULL)
    keys.encipher("STK_DF01", ADDRESS, CHALLENGE, bytes(16))
    keys.mac("STK_DF01", ADDRESS, CHALLENGE, b"x")
    assert [command[1] for command in sam.commands] == [0xDE, 0xFA, 0xDE, 0xFA]


def test_a_key_no_sam_has_is_refused_before_any_command() -> None:
    sam = ScriptedCard("9000")
    with pytest.raises(KeyHolderFailed, match="use the key service"):
        SamKeys(sam, FULL).encipher("TRANSPORT:jia", ADDRESS, CHALLENGE, bytes(16))
    other = CardAddress(chip=ADDRESS.chip, city=ADDRESS.city, version=2)
    with pytest.raises(KeyHolderFailed, match="version 1, the card wants 2"):
        SamKeys(sam, FULL).encipher("RK1_DDF1", other, CHALLENGE, bytes(16))
    assert sam.commands == []
