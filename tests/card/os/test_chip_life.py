"""The chip's own life: stages, and that blocked for ever means for ever (第十三条), whatever road is tried."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from chip_bench import (
    KEY_NAMES,
    LAYOUT,
    PRODUCTS,
    Maker,
    authenticate,
    block_application,
    block_card,
    dump,
    enter,
    key_of,
    terminal_at,
)
from chip_terminal import Terminal, flagged

from healthcard.card.os.chip import Chip, restore

LEFT = ("00A4", "0084", "80CA")


def forged(product: str, **changes: object) -> Chip:
    """A chip as no road leads to: still in the making and already blocked."""
    state = json.loads(dump(product, "made"))
    state.update(changes)
    return restore(json.dumps(state).encode())


def with_block(product: str, directory: str, block: int) -> Chip:
    state = json.loads(dump(product, "made"))
    for row in (state["root"]["directories"][0], *state["root"]["directories"][0]["directories"]):
        if row["fid"] == LAYOUT.directory(directory).fid:
            row["block"] = block
    return restore(json.dumps(state).encode())


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_chip_goes_through_its_stages_in_one_direction(product: str) -> None:
    terminal = terminal_at(product, "blank")
    maker = Maker(terminal)
    assert terminal.chip.life == "blank"
    maker.gain_rights()
    assert terminal.chip.life == "blank"
    terminal.ok(maker.key("STK_MF"))
    assert terminal.chip.life == "created"
    for command in maker.all_commands()[1:]:
        terminal.ok(command)
    terminal.ok(maker.end())
    assert terminal.chip.life == "personalised"
    terminal.chip.reset()
    enter(terminal, "DDF1")
    assert terminal.chip.life == "personalised"
    assert authenticate(terminal, "RK1_DDF1") == 0x9000
    assert terminal.chip.life == "in use"
    block_application(terminal, "DF01", 1)
    assert terminal.chip.life == "in use"
    block_card(terminal)
    assert terminal.chip.life == "blocked"
    assert restore(terminal.chip.dump()).life == "blocked"


def every_road(terminal: Terminal) -> Iterator[bytes]:
    """Every command of the product, and all that could be meant to bring something back."""
    maker = Maker(terminal)
    yield from maker.all_commands()
    yield from (maker.erase(), maker.end(), maker.check(0x84), maker.pin())
    for name in KEY_NAMES:
        challenge = terminal.raw(bytes.fromhex("0084000008"))[0].ljust(8, b"\x00")
        yield flagged(key_of(name) if len(challenge) == 8 else bytes(16), bytes.fromhex("84180000"), b"")
        yield maker.key(name)
    for ins in range(256):
        for cla in (0x00, 0x04, 0x80, 0x84):
            yield bytes([cla, ins, 0x00, 0x00])
            yield bytes([cla, ins, 0x01, 0x04, 0x04]) + bytes(4)


@pytest.mark.parametrize("product", PRODUCTS)
def test_no_command_brings_a_blocked_card_back(product: str) -> None:
    terminal = terminal_at(product, "blocked")
    before = terminal.chip.dump()
    for command in every_road(terminal):
        assert terminal.raw(command) == (b"", 0x6A81)
    assert terminal.chip.dump() == before


@pytest.mark.parametrize("product", PRODUCTS)
def test_no_command_brings_an_application_blocked_for_ever_back(product: str) -> None:
    terminal = terminal_at(product, "personalised")
    block_application(terminal, "DF01", 1)
    before = terminal.chip.dump()
    for command in every_road(terminal):
        _, sw = terminal.raw(command)
        assert sw != 0x9000 or command[:2].hex().upper() in LEFT, command.hex()
        assert terminal.chip.dump() == before, command.hex()
    enter(terminal, "DDF1")
    assert terminal.sw("00A4000002DF01") == 0x9303


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_right_key_and_mac_do_not_unblock_for_ever(product: str) -> None:
    """Still inside the application it just blocked, with everything right."""
    terminal = terminal_at(product, "personalised")
    block_application(terminal, "DF01", 1)
    assert authenticate(terminal, "LK_DF01") == 0x9303
    assert terminal.flag("84180000", key_of("STK_DF01")) == 0x9303
    assert terminal.flag("841E0000", key_of("STK_DF01")) == 0x9303


@pytest.mark.parametrize("product", PRODUCTS)
def test_personalisation_rights_do_not_free_an_application_blocked_for_ever(product: str) -> None:
    """A state no road leads to: even if the block came before the end, the transport key does not lift it."""
    terminal = Terminal(with_block(product, "DF01", 2))
    maker = Maker(terminal)
    maker.gain_rights()
    before = terminal.chip.dump()
    for place in ("MF", "DDF1"):
        enter(terminal, place)
        assert terminal.sw(maker.erase()) == (0x6D00 if product == "yi" else 0x9303)
    assert terminal.sw("00A4000002DF01") == 0x9303
    assert terminal.sw(maker.directory(0xDF01, b"ANOTHER")) == 0x6A89
    assert terminal.sw("00A40400069156000132" + "00") == 0x9303
    assert terminal.chip.dump() == before


@pytest.mark.parametrize("product", PRODUCTS)
def test_nothing_is_made_inside_a_blocked_application(product: str) -> None:
    terminal = Terminal(with_block(product, "DF01", 1))
    maker = Maker(terminal)
    maker.gain_rights()
    enter(terminal, "DDF1")
    assert terminal.sw("00A4000002DF01") == 0x6283
    before = terminal.chip.dump()
    commands = [maker.key("UK1_DF01"), maker.directory(0xDF07, b"X"), maker.check(0x84), maker.end()]
    if product != "yi":
        commands.append(maker.erase())
    assert {terminal.sw(command) for command in commands} == {0x6985}
    assert terminal.chip.dump() == before


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_transport_key_does_not_bring_a_blocked_card_back(product: str) -> None:
    terminal = Terminal(forged(product, blocked=True))
    before = terminal.chip.dump()
    for command in every_road(terminal):
        assert terminal.raw(command) == (b"", 0x6A81)
    assert terminal.chip.dump() == before


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_directory_inside_a_blocked_one_is_blocked_too(product: str) -> None:
    terminal = Terminal(with_block(product, "DDF1", 2))
    assert terminal.sw("00A4000002DDF1") == 0x9303
    assert terminal.sw("00A4040006915600013200") == 0x9303
