"""A chip's state as bytes: the same for the same state, whole, versioned, and readable by every later version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chip_bench import FILES, PRODUCTS, STAGES, Maker, authenticate, chip_at, dump, enter, terminal_at
from chip_terminal import Terminal
from hypothesis import given, settings
from hypothesis import strategies as st

from healthcard.card.os.chip import restore
from healthcard.card.os.snapshot import UnknownSnapshot

FROZEN = Path(__file__).parent / "frozen"
DIRECTORIES = {"DDF1", "DF01", "DF02", "DF03"}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("product", PRODUCTS)
def test_a_dump_restores_to_the_same_dump(product: str, stage: str) -> None:
    chip = chip_at(product, stage)
    assert chip.dump() == dump(product, stage)
    chip.reset()
    assert chip.dump() == dump(product, stage)


@pytest.mark.parametrize("path", sorted(FROZEN.rglob("*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_chip_of_an_earlier_version_still_lives(path: Path) -> None:
    """Frozen when the version came out; the file is never changed."""
    raw = path.read_bytes().rstrip(b"\n")
    chip = restore(raw)
    terminal = Terminal(chip)
    assert chip.product == path.stem.split("-")[0]
    if path.stem.endswith("blank"):
        Maker(terminal).gain_rights()
        return
    enter(terminal, "DDF1")
    terminal.ok("00A4000002EF06")
    assert authenticate(terminal, "RK1_DDF1") == 0x9000
    assert terminal.ok("00B2010400") == bytes.fromhex("0B04D5C5C8FD")
    enter(terminal, "DF02")
    terminal.ok("00A4000002EF07")
    assert authenticate(terminal, "RK1_DF02") == 0x9000
    assert terminal.ok("00B2010400") == b"\x07" * 20


def test_every_product_and_version_is_frozen() -> None:
    for product in PRODUCTS:
        for stage in ("blank", "used"):
            assert (FROZEN / "1" / f"{product}-{stage}.json").is_file()


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_current_version_writes_what_was_frozen(product: str) -> None:
    for stage in ("blank", "used"):
        raw = (FROZEN / "1" / f"{product}-{stage}.json").read_bytes().rstrip(b"\n")
        assert restore(raw).dump() == raw


def test_what_is_no_chip_is_refused() -> None:
    good = json.loads(dump("jia", "personalised"))
    for change in ({"version": 2}, {"format": "other"}, {"product": "ding"}, {"root": None}, {"serial": "zz"}):
        with pytest.raises(UnknownSnapshot):
            restore(json.dumps({**good, **change}).encode())
    del good["transport"]
    for raw in (b"", b"{}", b"[]", b"\xff", json.dumps(good).encode()):
        with pytest.raises(UnknownSnapshot):
            restore(raw)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 5000), st.integers(0, 255))
def test_a_spoilt_dump_is_refused_or_lives(at: int, byte: int) -> None:
    raw = bytearray(dump("jia", "made"))
    raw[at % len(raw)] = byte
    try:
        chip = restore(bytes(raw))
    except UnknownSnapshot:
        return
    Terminal(chip).send("00A40000023F00")


def test_the_bench_has_a_file_of_every_structure_in_every_directory_kind() -> None:
    assert {file.kind for file in FILES} == set("TFVY")
    assert {file.path.split("/")[0] for file in FILES} == DIRECTORIES
    assert terminal_at("jia", "made").chip.life == "created"
