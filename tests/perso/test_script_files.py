"""Script files of COS products: read strictly, told apart by answer to reset and probe."""

from __future__ import annotations

from importlib.resources import files

import pytest
from perso_bench import CHIPS, PRODUCTS, blank, product

from healthcard.card.wire.errors import CardGone, UnknownCard
from healthcard.perso import products
from healthcard.perso.errors import BadScript
from healthcard.perso.products import recognise
from healthcard.perso.template import parse_command

JIA = files("healthcard.perso").joinpath("cos/jia.toml").read_text("utf-8")


class Recorded:
    """A chip whose commands are kept."""

    def __init__(self, chip: object) -> None:
        self.chip = chip
        self.commands: list[bytes] = []

    def reset(self) -> bytes:
        return self.chip.reset()

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        return self.chip.transmit(command)


class Answering:
    """A card with this answer to reset and nothing to say."""

    def __init__(self, answer: str) -> None:
        self.answer = bytes.fromhex(answer)

    def reset(self) -> bytes:
        return self.answer

    def transmit(self, command: bytes) -> bytes:
        return b"\x6d\x00"


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_blank_chip_is_recognised(name: str) -> None:
    found = recognise(blank(name))
    assert (found.product.name, found.chip8.hex().upper()) == (name, CHIPS[name])


def test_products_with_one_answer_to_reset_are_told_apart_by_the_probe() -> None:
    jia, yi = Recorded(blank("jia")), Recorded(blank("yi"))
    assert jia.reset()[:8] == yi.reset()[:8]
    assert (recognise(jia).product.name, recognise(yi).product.name) == ("jia", "yi")
    assert jia.commands == [bytes.fromhex("80CA010000")]


def test_a_product_with_an_answer_of_its_own_is_not_probed() -> None:
    bing = Recorded(blank("bing"))
    assert recognise(bing).product.name == "bing"
    assert bing.commands == []


@pytest.mark.parametrize(
    "answer",
    ["", "3B00", "3B88800100F18601000000071E", "3B6D000000F3423137860200000000000A", "3B8880010081866B0000000763"],
)
def test_an_unknown_card_is_refused_in_plain_words(answer: str) -> None:
    with pytest.raises(UnknownCard, match="第十条"):
        recognise(Answering(answer))


def test_a_card_that_fits_the_answer_but_no_probe_is_refused() -> None:
    with pytest.raises(UnknownCard, match="probe"):
        recognise(Answering(blank("jia").reset().hex()))


def test_a_dead_card_is_gone() -> None:
    class Dead(Answering):
        def transmit(self, command: bytes) -> bytes:
            raise CardGone("no answer")

    with pytest.raises(CardGone):
        recognise(Dead(blank("jia").reset().hex()))


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ('name = "jia"', 'nom = "jia"'),
        ("atomic = true", "atomic = true\ncolour = 1"),
        ("00F1 8601 xxxxxxxx", "00F1 8601 yyyyyyyy"),
        ('forms = ["pcsc", "ats"]', 'forms = ["wireless"]'),
        ('factor = "front"', 'factor = "middle"'),
        ("{fid} | {type} {size}", "{fid | {type} {size}"),
        ("{fid} | {type} {size}", "{fid} | [{type} {size}"),
        ("{kid} > 03", "{kid} > 03 04"),
        ('never = "FF"', 'nobody = "FF"'),
        ('end = "80 10 00 00"', ""),
        ("tries = 15", "tries = "),
    ],
)
def test_a_script_file_with_a_slip_is_refused(was: str, is_now: str) -> None:
    assert was in JIA
    with pytest.raises(BadScript):
        products.load(JIA.replace(was, is_now, 1))


def test_templates_make_the_commands_of_each_product() -> None:
    values = {"fid": b"\xef\x05", "size": b"\x01\x1c", "records": b"\x0a", "record_size": b"\x00"}
    values |= {"sfi": b"\x05", "access": bytes.fromhex("F0FFFFFF00")}
    made = {
        name: product(name).create["V"].command(type=bytes([product(name).codes.type["V"]]), **values).encode().hex()
        for name in PRODUCTS
    }
    assert made == {
        "jia": "80e0ef050b" + "2c0aff05f0ffffff00011c",
        "yi": "80e0000019" + "82012c8302ef058002011c81020a008801058c05f0ffffff00",
        "bing": "80e002000d" + "ef0503f0ffffff00050aff011c",
    }


def test_a_group_is_left_out_when_its_value_is_absent() -> None:
    template = parse_command("80 E0 00 00 | 01 [88 01 {sfi}] {#name} {name}")
    assert template.command(sfi=None, name=b"ab").encode().hex() == "80e0000004" + "01" + "026162"
    assert template.command(sfi=b"\x05", name=b"").encode().hex() == "80e0000005" + "01880105" + "00"


def test_a_value_the_script_asks_for_must_be_given() -> None:
    with pytest.raises(BadScript, match="sfi"):
        parse_command("80 E0 00 00 | {sfi}").command()
    with pytest.raises(BadScript, match="nothing to put"):
        parse_command("80 E0 00 00 | {sfi}").command(sfi=None)
    with pytest.raises(BadScript, match="header of 4"):
        parse_command("80 E0 {fid}").command(fid=b"\x01")
