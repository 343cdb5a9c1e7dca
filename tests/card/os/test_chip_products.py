"""What tells the products apart: answer to reset, probe, capacity; and that each stands in its own two files."""

from __future__ import annotations

from pathlib import Path

import pytest
from chip_bench import PRODUCTS, SERIALS, TRANSPORT_KEY, BenchFile, Maker
from chip_terminal import Terminal

import healthcard.card.os
from healthcard.card.os import products
from healthcard.card.os.chip import blank
from healthcard.card.os.commands.making import KeyEntry
from healthcard.card.os.commands.table import commands_of
from healthcard.card.os.crypto import KeyInUse
from healthcard.card.wire import answer
from healthcard.card.wire.layout import File, Layout, load

ROOM = Path(healthcard.card.os.__file__).parent


def new(product: str) -> Terminal:
    terminal = Terminal(blank(product, SERIALS[product], TRANSPORT_KEY))
    Maker(terminal).gain_rights()
    return terminal


def as_bench(file: File) -> BenchFile:
    sized = file.structure in ("T", "V")
    return BenchFile(
        path=file.path,
        kind=file.structure.value,
        size=file.size if sized else 0,
        count=0 if file.structure == "T" else file.records,
        record=file.record_size,
        sfi=file.sfi or 0,
        read=file.read,
        update=file.update,
        erase=file.erase,
        maintain=file.maintain or "never",
        form=file.form.value,
    )


def creation(maker: Maker, layout: Layout) -> list[bytes]:
    out = [maker.key(key.name) for key in layout.keys if key.directory == "MF"]
    for directory in layout.directories[1:]:
        out += [bytes.fromhex("00A4000002DDF1")] if directory.parent == "DDF1" else []
        out.append(maker.directory(directory.fid, directory.name))
        out += [maker.key(key.name) for key in layout.keys if key.directory == directory.path]
        out += [maker.pin()] if directory.path == "DDF1" else []
        out += [maker.file(as_bench(file)) for file in layout.files if file.directory == directory.path]
    return out


def test_the_products_are_those_on_file() -> None:
    assert set(products.PRODUCTS) == set(PRODUCTS)


@pytest.mark.parametrize(("product", "layout"), [("jia", "full"), ("yi", "full"), ("bing", "small"), ("jia", "small")])
def test_a_layout_fits_on_the_product_it_is_for(product: str, layout: str) -> None:
    terminal = new(product)
    for command in creation(Maker(terminal), load(layout)):
        terminal.ok(command)


def test_the_full_layout_does_not_fit_on_16k_and_the_refused_file_is_not_there() -> None:
    terminal = new("bing")
    words = [terminal.sw(command) for command in creation(Maker(terminal), load("full"))]
    assert words.count(0x6A84) > 0
    assert set(words) == {0x9000, 0x6A84}
    assert terminal.sw("00A4000002ED05") == 0x6A82


@pytest.mark.parametrize("product", PRODUCTS)
def test_memory_is_full_when_it_is_full(product: str) -> None:
    terminal = new(product)
    maker = Maker(terminal)
    kind = products.PRODUCTS[product]
    room = kind.capacity - kind.directory_cost - kind.file_cost
    fits = BenchFile(path="MF/EF01", kind="T", size=room, read="free", update="free", form="plain")
    assert terminal.sw(maker.file(_sized(fits, room + 1))) == 0x6A84
    terminal.ok(maker.file(fits))
    assert terminal.sw(maker.key("STK_MF")) == 0x6A84
    assert terminal.sw(maker.directory(0xDDF1, b"WS.SYS.DDF01")) == 0x6A84
    assert terminal.ok("00B0000001") == b"\xff"


def _sized(file: BenchFile, size: int) -> BenchFile:
    return BenchFile(path="MF/EF02", kind="T", size=size, read=file.read, update=file.update, form=file.form)


@pytest.mark.parametrize(
    ("product", "expected", "chip8"),
    [
        ("jia", "3B888001 00F1860100000001 7E", "00F1860100000001"),
        ("yi", "3B888001 00F1860100000002 7D", "00F1860100000002"),
        ("bing", "3B6D0000 00F3 423136 8602 000000000003", "8602000000000003"),
    ],
)
def test_the_answer_to_reset_carries_the_chip_factor(product: str, expected: str, chip8: str) -> None:
    chip = blank(product, SERIALS[product], TRANSPORT_KEY)
    raw = chip.reset()
    assert raw == bytes.fromhex(expected)
    assert answer.parse(raw).chip8(products.PRODUCTS[product].factor).hex().upper() == chip8
    assert chip.chip8.hex().upper() == chip8


def test_jia_and_yi_answer_a_reset_alike_and_a_probe_differently() -> None:
    jia, yi = (Terminal(blank(product, bytes(4), TRANSPORT_KEY)) for product in ("jia", "yi"))
    assert jia.chip.reset() == yi.chip.reset()
    assert (jia.ok("80CA010000"), yi.ok("80CA010000")) == (b"JIA32-10", b"YI-32K20")


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_is_named_in_its_own_two_files_alone(product: str) -> None:
    own = {ROOM / "products" / f"{product}.toml", ROOM / "native" / f"{product}.py"}
    assert all(path.is_file() for path in own)
    others = [path for path in ROOM.rglob("*") if path.suffix in (".py", ".toml") and path not in own]
    assert [path.name for path in others if f'"{product}"' in path.read_text("utf-8")] == []
    assert len(commands_of(product)) > 20


@pytest.mark.parametrize(
    ("product", "serial", "key"),
    [("ding", bytes(4), bytes(16)), ("jia", bytes(6), bytes(16)), ("bing", bytes(4), bytes(16)), ("yi", bytes(4), b"")],
)
def test_a_chip_that_cannot_be_is_not_made(product: str, serial: bytes, key: bytes) -> None:
    with pytest.raises(ValueError, match=product):
        blank(product, serial, key)


def test_secrets_do_not_show() -> None:
    chip = new("jia").chip
    assert "<secret>" in repr(KeyInUse(TRANSPORT_KEY))
    for shown in (repr(chip._core.persistent), repr(KeyEntry(kid=1, usage=1, version=1, tries=1, value=TRANSPORT_KEY))):
        assert TRANSPORT_KEY.hex() not in shown.lower()
        assert repr(TRANSPORT_KEY) not in shown
