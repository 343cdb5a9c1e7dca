"""Frozen vectors: recomputed by the openssl command, and taken or given by the chip itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from chip_bench import LAYOUT, SERIALS, TRANSPORT_KIDS, Maker, authenticate, dump, enter, terminal_at
from chip_openssl import derive, fold, mac4, padded, sm4
from chip_terminal import Terminal

from healthcard.card.os.chip import Chip, blank, restore
from healthcard.card.os.crypto import KeyInUse
from healthcard.card.wire.facts import FACTS

FOLDER = Path(__file__).parents[2] / "vectors"


def vectors(name: str) -> list[Any]:
    rows = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["vectors"]
    return [pytest.param(Row(row), id=f"{name}: {row['name']}") for row in rows]


class Row:
    """A vector: hex fields as bytes."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row

    def __getattr__(self, name: str) -> bytes:
        return bytes.fromhex(self.row[name])


def chip_with(key_name: str, value: bytes, challenge: bytes) -> Terminal:
    """A personalised chip whose key `key_name` has this value, and whose challenges are all the same."""
    state = json.loads(dump("jia", "personalised"))
    key = LAYOUT.key(key_name)
    for directory in _directories(state["root"]):
        if directory["fid"] == LAYOUT.directory(key.directory).fid:
            found = next(entry for kid, entry in directory["keys"] if kid == key.kid)
            found["value"] = value.hex()
    return Terminal(restore(json.dumps(state).encode(), random=lambda count: challenge[:count]))


def _directories(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [row, *(found for child in row["directories"] for found in _directories(child))]


@pytest.mark.parametrize("row", vectors("sm4"))
def test_the_published_block_comes_out(row: Row) -> None:
    assert sm4("ecb", row.key, row.plain) == row.cipher
    assert KeyInUse(row.key).encipher_blocks(row.plain) == row.cipher
    assert KeyInUse(row.key).decipher(row.cipher) == row.plain


@pytest.mark.parametrize("row", vectors("diversification"))
def test_a_card_key_comes_down_by_city_then_chip(row: Row) -> None:
    assert derive(row.master, row.city8) == row.city_key
    assert derive(row.city_key, row.chip8) == row.card_key
    assert sm4("ecb", row.card_key, bytes(16))[:3] == row.check_value
    assert KeyInUse(row.card_key).check_value() == row.check_value


@pytest.mark.parametrize("row", vectors("external_authentication"))
def test_an_external_authentication_is_taken(row: Row) -> None:
    session = derive(row.card_key, row.challenge)
    assert session == row.session
    assert fold(session, row.text) == row.token
    name = {0x04: "RK1_DDF1", 0x05: "UK1_DDF1"}[row.kid[0]]
    terminal = chip_with(name, row.card_key, row.challenge)
    enter(terminal, "DDF1")
    assert terminal.challenge() == row.challenge
    terminal.ok(row.command)


@pytest.mark.parametrize("row", vectors("internal_authentication"))
def test_an_internal_authentication_is_answered(row: Row) -> None:
    session = derive(row.card_key, row.seed)
    assert (session, fold(session, row.text)) == (row.session, row.answer)
    terminal = chip_with("IRK_DDF1", row.card_key, bytes(8))
    enter(terminal, "DDF1")
    assert terminal.ok(row.command) == row.answer


@pytest.mark.parametrize("row", vectors("secure_update"))
def test_a_secured_update_opens_to_its_data(row: Row) -> None:
    session = derive(row.card_key, row.challenge)
    text = sm4(FACTS.encipher.lower(), session, padded(bytes([len(row.data)]) + row.data))
    header = row.header + row.lc
    assert (session, text, mac4(session, header + text)) == (row.session, row.cipher, row.mac)
    assert row.command == header + row.cipher + row.mac
    own = KeyInUse(row.card_key).session(row.challenge)
    assert own.mac(header + row.cipher) == row.mac
    assert own.decipher(row.cipher) == padded(bytes([len(row.data)]) + row.data)


def test_secured_lengths_are_those_clients_send() -> None:
    """card.md 3.3: 14 (up to 12 bytes), 24, 34, 74, C4 (180), cyclic 84 and 24."""
    lengths = {row.values[0].row["name"]: row.values[0].row["lc"] for row in vectors("secure_update")}
    assert lengths["a date"] == "14"
    assert lengths["exactly one block less the length byte"] == "24"
    assert lengths["a name of 30 bytes"] == "34"
    assert lengths["an address of 100 bytes"] == "74"
    assert lengths["a cyclic record of 120 bytes"] == "84"
    assert lengths["a cyclic record of 24 bytes"] == "24"


@pytest.mark.parametrize("row", vectors("secure_update")[:1])
def test_the_chip_takes_the_frozen_update(row: Row) -> None:
    terminal = chip_with("STK_DDF1", row.card_key, row.challenge)
    enter(terminal, "DDF1")
    terminal.ok("00A4000002EF08")
    assert authenticate(terminal, "UK1_DDF1") == 0x9000
    terminal.challenge()
    terminal.ok(row.command)
    assert authenticate(terminal, "RK1_DDF1") == 0x9000
    assert terminal.ok("00B2010400") == row.data


@pytest.mark.parametrize("row", vectors("mac"))
def test_a_mac_over_a_header_is_right(row: Row) -> None:
    session = derive(row.card_key, row.challenge)
    assert session == row.session
    assert mac4(session, row.header + b"\x04") == row.mac
    assert row.command == row.header + b"\x04" + row.mac
    assert KeyInUse(row.card_key).session(row.challenge).mac(row.header + b"\x04") == row.mac


@pytest.mark.parametrize("row", vectors("mac")[:1])
def test_the_chip_takes_the_frozen_mark(row: Row) -> None:
    terminal = chip_with("STK_DF03", row.card_key, row.challenge)
    enter(terminal, "DF03")
    terminal.ok("00A4000002EF05")
    assert authenticate(terminal, "UK1_DF03") == 0x9000
    terminal.challenge()
    terminal.ok(row.command)


@pytest.mark.parametrize("row", vectors("key_load"))
def test_a_key_load_is_taken(row: Row) -> None:
    plain = row.prefix + row.value
    text = sm4("ecb", row.transport_key, padded(plain) if row.row["padded"] else plain)
    head = row.header + bytes([len(row.clear + text) + 4])
    assert row.data == row.clear + text + mac4(row.transport_key, head + row.clear + text)
    assert row.command == head + row.data
    terminal = Terminal(_blank(row))
    maker = Maker(terminal)
    product = row.row["product"]
    assert terminal.authenticate(TRANSPORT_KIDS[product], row.transport_key) == 0x9000
    terminal.ok(maker.directory(0xDDF1, b"WS.SYS.DDF01"))
    terminal.ok(row.command)
    if "PIN" in row.row["name"]:
        terminal.ok("0020000003123456")
    else:
        assert terminal.ok(maker.check(0x04)) == sm4("ecb", row.value, bytes(16))[:3]


def _blank(row: Row) -> Chip:
    return blank(row.row["product"], SERIALS[row.row["product"]], row.transport_key)


def test_a_spoilt_vector_would_be_noticed() -> None:
    row = vectors("mac")[0].values[0]
    assert mac4(row.session, row.header + b"\x05") != row.mac
    assert terminal_at("jia", "personalised").sw(row.command) != 0x9000
