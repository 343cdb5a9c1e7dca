"""Secure messaging: blocks, MAC inputs and lengths of card.md 3.3."""

from __future__ import annotations

import pytest
from host_doubles import ADDRESS, FakeKeys
from hypothesis import given
from hypothesis import strategies as st

from healthcard.card.host import secure
from healthcard.card.host.errors import KeyHolderFailed
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.errors import BadCommand

CHALLENGE = bytes(range(8))


def key(keys: FakeKeys) -> secure.MaintenanceKey:
    return secure.MaintenanceKey(keys, "STK_DF01", ADDRESS, CHALLENGE)


# card.md 3.3: the client's own values, for tag, length and value of an item; the last is a cyclic record.
@pytest.mark.parametrize(
    ("clear", "lc"),
    [(3, 0x14), (14, 0x14), (19, 0x24), (22, 0x24), (32, 0x34), (42, 0x34), (102, 0x74), (182, 0xC4), (120, 0x84)],
)
def test_an_update_has_the_length_clients_send(clear: int, lc: int) -> None:
    command = secure.enciphered(Command(cla=4, ins=0xDC, p1=1, p2=4, data=bytes(clear)), key(FakeKeys()))
    assert len(command.data) == lc
    assert command.encode()[:5] == bytes([0x04, 0xDC, 1, 4, lc])


def test_the_block_is_length_data_and_padding() -> None:
    assert secure.plain_block(b"abc") == b"\x03abc\x80" + bytes(11)
    assert secure.plain_block(bytes(15)) == b"\x0f" + bytes(15) + b"\x80" + bytes(15)  # aligned: a full block more


def test_the_mac_covers_the_header_with_its_final_length_and_the_cipher_text() -> None:
    keys = FakeKeys()
    command = secure.enciphered(Command(cla=4, ins=0xDC, p1=2, p2=4, data=b"abc"), key(keys))
    (enciphered, signed) = keys.asked
    assert enciphered == ("encipher", "STK_DF01", CHALLENGE, secure.plain_block(b"abc"))
    assert signed == ("mac", "STK_DF01", CHALLENGE, bytes.fromhex("04DC020414") + command.data[:16])


def test_a_flag_command_is_signed_by_its_header_alone() -> None:
    keys = FakeKeys()
    command = secure.signed(Command(cla=0x84, ins=0xD2, p1=3, p2=4), key(keys))
    assert keys.asked == [("mac", "STK_DF01", CHALLENGE, bytes.fromhex("84D2030404"))]
    assert command.encode()[:5] == bytes.fromhex("84D2030404")
    assert len(command.data) == 4


@given(st.binary(max_size=238))
def test_every_block_is_whole_and_gives_its_data_back(clear: bytes) -> None:
    block = secure.plain_block(clear)
    assert len(block) % 16 == 0
    assert block[1 : 1 + block[0]] == clear
    assert block[1 + block[0] :].rstrip(b"\0") == b"\x80"


def test_data_that_do_not_fit_one_command_are_refused_before_any_key_is_used() -> None:
    keys = FakeKeys()
    with pytest.raises(BadCommand, match="smaller parts"):
        secure.enciphered(Command(cla=4, ins=0xD6, data=bytes(239)), key(keys))
    assert keys.asked == []


class ShortKeys(FakeKeys):
    def encipher(self, name: str, card: object, challenge: bytes, data: bytes) -> bytes:
        return b""


def test_a_holder_of_keys_that_answers_nonsense_is_named() -> None:
    with pytest.raises(KeyHolderFailed, match="0 bytes where 16"):
        secure.enciphered(Command(cla=4, ins=0xDC, data=b"abc"), key(ShortKeys()))
