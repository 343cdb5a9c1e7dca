"""A secured update whose MAC is right and whose clear block is not: a client's mistake, never written."""

from __future__ import annotations

import pytest
from chip_bench import PRODUCTS, authenticate, enter, key_of, terminal_at
from chip_terminal import div, ecb, mac

RECORD = bytes.fromhex("070420310101")


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize(
    "block",
    [
        b"\x06" + RECORD + bytes(9),  # no 80
        b"\x06" + RECORD + b"\x81" + bytes(8),  # another mark
        b"\x06" + RECORD + b"\x80" + bytes(8) + bytes(16),  # padding longer than a block
        b"\x06" + RECORD + b"\x80" + bytes(7) + b"\x01",  # something behind the padding
        b"\x05" + RECORD + b"\x80" + bytes(8),  # length too small
        b"\x07" + RECORD + b"\x80" + bytes(8),  # length too great
        b"\x80" + bytes(15),  # nothing at all
        bytes(16),
    ],
)
def test_a_block_that_is_no_block_is_refused(product: str, block: bytes) -> None:
    terminal = terminal_at(product, "personalised")
    enter(terminal, "DDF1")
    terminal.ok("00A4000002EF08")
    assert authenticate(terminal, "UK1_DDF1") == 0x9000
    before = terminal.chip.dump()
    session = div(key_of("STK_DDF1"), terminal.challenge())
    body = ecb(session, block)
    head = bytes.fromhex("04DC0104") + bytes([len(body) + 4])
    assert terminal.sw(head + body + mac(session, head + body)) == 0x6A80
    assert terminal.chip.dump() == before
