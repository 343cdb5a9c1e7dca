"""Power lost at any command: an atomic COS has done all or nothing, the other leaves halves that are seen as such."""

from __future__ import annotations

import pytest
from chip_bench import PRODUCTS, Maker, authenticate, chip_at, enter, key_of, terminal_at
from chip_scenario import OTHER_KEY
from chip_terminal import TEXT, Terminal, div, sealed, token

from healthcard.card.os.chip import Chip, restore
from healthcard.card.os.tear import Tear, TearMode
from healthcard.card.wire.errors import CardGone

ATOMIC = ("jia", "bing")


def torn(chip: Chip, command: bytes, mode: TearMode) -> Terminal:
    """The terminal after the chip was torn at `command`, sent to it as it stands."""
    chip.arm(Tear(at=1, mode=mode))
    with pytest.raises(CardGone):
        chip.transmit(command)
    with pytest.raises(CardGone):
        chip.transmit(command)
    return Terminal(chip)


def making(product: str) -> tuple[Terminal, list[bytes]]:
    terminal = terminal_at(product, "blank")
    maker = Maker(terminal)
    maker.gain_rights()
    return terminal, [*maker.all_commands(), maker.end()]


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("mode", [TearMode.BEFORE, TearMode.AFTER])
def test_a_card_torn_before_or_after_a_command_has_done_nothing_or_all_of_it(product: str, mode: TearMode) -> None:
    terminal, commands = making(product)
    for index, command in enumerate(commands):
        before = terminal.chip.dump()
        probe = restore(before)
        rightful(probe, commands[:index])
        torn(probe, command, mode)
        terminal.ok(command)
        assert probe.dump() == (before if mode is TearMode.BEFORE else terminal.chip.dump())


@pytest.mark.parametrize("product", ATOMIC)
def test_an_atomic_card_torn_in_the_middle_has_done_nothing(product: str) -> None:
    terminal, commands = making(product)
    for index, command in enumerate(commands):
        before = terminal.chip.dump()
        probe = restore(before)
        rightful(probe, commands[:index])
        torn(probe, command, TearMode.HALF)
        assert probe.dump() == before
        terminal.ok(command)


def rightful(chip: Chip, commands: list[bytes]) -> None:
    """Bring `chip` into the session state of the one that had taken `commands`."""
    terminal = Terminal(chip)
    Maker(terminal).gain_rights()
    walk = [command for command in commands if is_place(command)]
    for command in walk:
        terminal.send(command if command[1] == 0xA4 else select_of(command))


def is_place(command: bytes) -> bool:
    return command[1] in (0xA4, 0xE0)


def select_of(create: bytes) -> bytes:
    """The SELECT of what this creation made (jia: P1 P2; bing: first two data bytes; yi: tag 83)."""
    if create[2:4] == b"\x00\x00":
        at = create.index(b"\x83\x02") + 2
        return bytes.fromhex("00A4000002") + create[at : at + 2]
    fid = create[5:7] if create[2] in (1, 2) else create[2:4]
    return bytes.fromhex("00A4000002") + fid


def test_a_half_written_key_is_of_no_use_for_ever() -> None:
    terminal, (first, second, *_) = making("yi")
    terminal.ok(first)
    terminal = torn(terminal.chip, second, TearMode.HALF)
    maker = Maker(terminal)
    maker.gain_rights()
    assert terminal.sw(maker.check(0x01)) == 0x9000
    assert terminal.sw(maker.check(0x04)) == 0x6581
    assert terminal.sw(second) == 0x6581
    assert authenticate(terminal, "BK_MF") == 0x6581
    assert restore(terminal.chip.dump()).dump() == terminal.chip.dump()


def test_a_half_written_pin_is_of_no_use_for_ever() -> None:
    terminal, _ = making("yi")
    maker = Maker(terminal)
    terminal.ok(maker.directory(0xDDF1, b"WS.SYS.DDF01"))
    terminal = torn(terminal.chip, maker.pin(), TearMode.HALF)
    Maker(terminal).gain_rights()
    enter(terminal, "DDF1")
    assert terminal.sw("0020000003123456") == 0x6581
    assert terminal.sw(maker.pin()) == 0x6581


def test_a_half_made_directory_and_file_are_there_and_of_no_use() -> None:
    terminal, _ = making("yi")
    maker = Maker(terminal)
    made = maker.directory(0xDDF1, b"WS.SYS.DDF01")
    terminal = torn(terminal.chip, made, TearMode.HALF)
    assert terminal.sw("00A4000002DDF1") == 0x6581
    Maker(terminal).gain_rights()
    assert terminal.sw(made) == 0x6A89

    terminal, _ = making("yi")
    terminal.ok(made)
    file = bytes.fromhex("80E00000158201288302EF07800200048C05F0F0FFFF00880100")
    terminal = torn(terminal.chip, file, TearMode.HALF)
    enter(terminal, "DDF1")
    assert terminal.sw("00A4000002EF07") == 0x6581
    assert terminal.sw("00B0000001") == 0x6986


def test_half_of_a_written_range_is_there() -> None:
    """128 bytes are four pages of 32, two of which were written; 10 bytes inside a page are cut to five."""
    for offset, length, expected in ((0, 128, 64), (0, 96, 48), (40, 10, 5), (16, 32, 16)):
        terminal = terminal_at("yi", "personalised")
        enter(terminal, "DDF1")
        terminal.ok("00A4000002EF07")
        assert authenticate(terminal, "UK1_DDF1") == 0x9000
        command = bytes([0x00, 0xD6, 0x00, offset, length]) + b"\xaa" * length
        terminal = torn(terminal.chip, command, TearMode.HALF)
        enter(terminal, "DDF1")
        terminal.ok("00A4000002EF07")
        assert authenticate(terminal, "RK1_DDF1") == 0x9000
        content = terminal.ok("00B0000000")
        assert content[offset : offset + length].count(b"\xaa") == expected
        assert content.count(b"\xaa") == expected


def test_half_of_a_record_is_there_while_the_card_is_made() -> None:
    terminal, commands = making("yi")
    at = next(index for index, command in enumerate(commands) if command[1] == 0xDC)
    for command in commands[:at]:
        terminal.ok(command)
    torn(terminal.chip, bytes.fromhex("00DC010408") + bytes.fromhex("0106AABBCCDDEEFF"), TearMode.HALF)
    terminal.chip.reset()
    enter(terminal, "DDF1")
    terminal.ok("00A4000002EF05")
    assert terminal.ok("00B2010400") == bytes.fromhex("0106AABBFFFFFFFF")


def test_a_record_appended_in_half_is_not_yet_the_newest() -> None:
    terminal = terminal_at("yi", "personalised")
    _fill_cyclic(terminal, b"\x01" * 20)
    assert authenticate(terminal, "UK3_DF02") == 0x9000
    session = div(key_of("STK_DF02"), terminal.challenge())
    terminal = torn(terminal.chip, sealed(session, bytes.fromhex("04DC0003"), b"\x02" * 20), TearMode.HALF)
    enter(terminal, "DF02")
    terminal.ok("00A4000002EF07")
    assert authenticate(terminal, "RK1_DF02") == 0x9000
    assert terminal.ok("00B2010400") == b"\x01" * 20
    assert terminal.sw("00B2020400") == 0x6A83
    _fill_cyclic(terminal, b"\x03" * 20)
    assert authenticate(terminal, "RK1_DF02") == 0x9000
    assert terminal.ok("00B2010400") == b"\x03" * 20
    assert terminal.ok("00B2020400") == b"\x01" * 20


def _fill_cyclic(terminal: Terminal, record: bytes) -> None:
    enter(terminal, "DF02")
    terminal.ok("00A4000002EF07")
    assert authenticate(terminal, "UK3_DF02") == 0x9000
    assert terminal.seal("04DC0003", record, key_of("STK_DF02")) == 0x9000


@pytest.mark.parametrize("mode", [TearMode.HALF, TearMode.AFTER])
def test_a_guess_torn_away_has_cost_its_try(mode: TearMode) -> None:
    """The counter falls before anything is compared, so pulling the card saves no guess."""
    terminal = terminal_at("yi", "personalised")
    enter(terminal, "DDF1")
    for _ in range(2):
        session = div(OTHER_KEY, terminal.challenge())
        guess = bytes.fromhex("0082000411") + token(session, TEXT) + TEXT + b"\x01"
        terminal = torn(terminal.chip, guess, mode)
        enter(terminal, "DDF1")
    assert terminal.authenticate(0x04, OTHER_KEY) == 0x63CC


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_tear_is_counted_from_its_arming_over_resets_and_happens_once(product: str) -> None:
    chip = chip_at(product, "personalised")
    chip.reset()
    chip.arm(Tear(at=3, mode=TearMode.AFTER))
    select = bytes.fromhex("00A40000023F00")
    chip.transmit(select)
    chip.reset()
    chip.transmit(select)
    with pytest.raises(CardGone):
        chip.transmit(select)
    with pytest.raises(CardGone):
        chip.transmit(select)
    chip.reset()
    for _ in range(5):
        assert chip.transmit(select)[-2:] == b"\x90\x00" or product == "bing"
    chip.arm(Tear(at=1, mode=TearMode.BEFORE))
    chip.arm(None)
    chip.transmit(select)


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_chip_without_power_is_gone(product: str) -> None:
    chip = chip_at(product, "personalised")
    with pytest.raises(CardGone, match="reset"):
        chip.transmit(bytes.fromhex("0084000008"))
    chip.reset()
    chip.transmit(bytes.fromhex("0084000008"))
    chip.power_off()
    with pytest.raises(CardGone):
        chip.transmit(bytes.fromhex("0084000008"))


@pytest.mark.parametrize("product", PRODUCTS)
def test_power_takes_the_session_and_leaves_the_memory(product: str) -> None:
    terminal = terminal_at(product, "personalised")
    enter(terminal, "DDF1")
    terminal.ok("00A4000002EF06")
    assert authenticate(terminal, "RK1_DDF1") == 0x9000
    terminal.challenge()
    kept = terminal.chip.dump()
    terminal.chip.power_off()
    terminal.chip.reset()
    assert terminal.chip.dump() == kept
    assert terminal.sw("00B2010400") == 0x6986
    enter(terminal, "DDF1")
    terminal.ok("00A4000002EF06")
    assert terminal.sw("00B2010400") == 0x6982
    shown = bytes.fromhex("0082000411") + bytes(17)
    assert terminal.sw(shown[:-1] + b"\x01") == 0x6984


def test_writes_are_counted_for_whoever_keeps_the_image() -> None:
    terminal = terminal_at("jia", "personalised")
    before = terminal.chip.writes
    enter(terminal, "DDF1")
    terminal.challenge()
    assert terminal.chip.writes == before
    assert terminal.authenticate(0x04, OTHER_KEY) == 0x63CE
    assert terminal.chip.writes > before
