"""`healthcard card` and `healthcard trace`: what the operator sees, and what he never sees."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

sys.path.insert(0, str(Path(__file__).parent.parent / "card"))  # card_maker

import card_maker
from card_maker import SAM_PIN

from healthcard.card.host.session import CardSession
from healthcard.card.os import chip as user_card
from healthcard.card.os import image
from healthcard.card.wire.errors import CardGone
from healthcard.card.wire.layout import load
from healthcard.cli import card_table
from healthcard.cli.main import cli

PRODUCTS = ("jia", "yi", "bing")
TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of finished and blank cards of every product, and of a SAM."""
    folder = tmp_path_factory.mktemp("shelf")
    for product in PRODUCTS:
        image.save(folder / f"{product}.img", card_maker.make(product).chip)
        image.save(folder / f"{product}-other.img", card_maker.make(product, person=2).chip)
        image.save(folder / f"{product}-blank.img", card_maker.blank(product).chip)
    image.save(folder / "sam.img", card_maker.make_sam(load("full")))
    return folder


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key service and no rack of this machine takes part."""
    monkeypatch.setenv("HEALTHCARD_HOME", str(tmp_path / "none"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["card", *map(str, arguments)])


def run_with_sam(shelf: Path, *arguments: str | Path, pin: str = SAM_PIN) -> Result:
    with pin_on_descriptor(pin) as descriptor:
        return run(*arguments, "--sam", shelf / "sam.img", "--sam-pin-fd", str(descriptor))


@contextmanager
def pin_on_descriptor(pin: str) -> Iterator[int]:
    reading, writing = os.pipe()
    os.write(writing, pin.encode() + b"\n")
    os.close(writing)
    yield reading
    os.close(reading)


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_card_is_printed_whole_with_a_sam(shelf: Path, product: str) -> None:
    result = run_with_sam(shelf, "read", "--image", shelf / f"{product}.img")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert any(line.split() == ["DDF1/EF06", "11", "姓名", "11人1"] for line in lines)
    assert any(line.split()[:1] == ["DF03/ED01"] for line in lines)
    assert "refused" not in result.stdout


def test_json_has_every_file_and_item(shelf: Path) -> None:
    result = run_with_sam(shelf, "read", "--image", shelf / "jia.img", "--json")
    told = json.loads(result.stdout)
    assert told["layout"] == "full"
    assert [file["path"] for file in told["files"]] == [file.path for file in load("full").files]
    assert {file["status"] for file in told["files"]} == {"ok"}
    (name,) = [item for item in told["files"][1]["records"][0]["items"] if item["no"] == 11]
    assert name == {
        "no": 11,
        "zh": "姓名",
        "en": "name",
        "value": "11人1",
        "meaning": "",
        "raw": card_maker.value(load("full").item(11)).hex().upper(),
    }


def test_a_code_is_printed_with_its_meaning(shelf: Path) -> None:
    result = run_with_sam(shelf, "read", "--image", shelf / "jia-other.img")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["DDF1/EF06", "12", "性别", "02", "女性"] in lines
    assert ["DDF1/EF06", "13", "民族代码", "20", "傈僳族"] in lines
    assert ["DF02/EF05", "41", "ABO血型代码", "02", "B型"] in lines
    assert ["DDF1/EF06", "11", "姓名", "11人2"] in lines
    told = json.loads(run_with_sam(shelf, "read", "--image", shelf / "jia-other.img", "--json").stdout)
    items = {item["no"]: item for file in told["files"] for record in file["records"] for item in record["items"]}
    assert (items[12]["value"], items[12]["meaning"]) == ("02", "女性")
    assert (items[35]["value"], items[35]["meaning"]) == ("20", "已婚")
    assert items[42]["meaning"] == "", "no table has the code 20"


def test_each_of_several_cards_is_told_of_when_files_stayed_closed(shelf: Path) -> None:
    result = run("read", "--image", shelf / "jia.img", "--image", shelf / "bing.img")
    assert result.exit_code == 1
    assert result.stderr.count("protected files were not opened") == 2


def test_several_images_are_read_one_after_the_other(shelf: Path) -> None:
    result = run("read", "--image", shelf / "jia.img", "--image", shelf / "bing.img", "--json")
    assert [told["layout"] for told in json.loads(result.stdout)] == ["full", "small"]


def test_without_keys_the_issuers_file_is_printed_and_the_rest_explained(shelf: Path) -> None:
    result = run("read", "--image", shelf / "jia.img")
    assert result.exit_code == 1
    assert "发卡机构名称" in result.stdout
    assert "refused: RK1_DDF1 is needed" in result.stdout
    assert "start the key service" in result.stderr


def test_personal_numbers_are_covered_unless_shown(shelf: Path) -> None:
    covered = run_with_sam(shelf, "read", "--image", shelf / "jia.img").stdout
    assert "15人1" not in covered
    assert "15人1" in run_with_sam(shelf, "read", "--image", shelf / "jia.img", "--show").stdout


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_blank_chip_is_told_as_such(shelf: Path, product: str) -> None:
    result = run("read", "--image", shelf / f"{product}-blank.img")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the chip is blank")
    assert "personalise it first" in result.stderr


class OddReader:
    """A reader with something in it that answers a reset so, or not at all."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer

    def __enter__(self) -> OddReader:
        return self

    def __exit__(self, *nothing: object) -> None:
        pass

    def reset(self) -> bytes:
        if self.answer is None:
            raise CardGone("the card does not answer: it lies wrong, or it is dead")
        return bytes.fromhex(self.answer)

    def transmit(self, command: bytes) -> bytes:
        return bytes.fromhex("6D00")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "it is dead"),
        ("3B00", "no health card answers a reset with 3B00"),
        ("3B888001AABBCCDD0000000108", "No COS product on file"),
        ("3B88800100F186010000002A55", "No COS product on file"),  # the answer of jia and yi, the probe of neither
    ],
)
def test_what_is_no_card_of_ours_is_told(monkeypatch: pytest.MonkeyPatch, answer: str | None, words: str) -> None:
    monkeypatch.setattr("healthcard.cli.card.in_reader", lambda name: OddReader(answer))
    result = run("read")
    assert result.exit_code == 1
    assert words in result.stderr
    assert result.stdout == ""


def test_a_key_service_that_refuses_closes_files_but_not_the_card(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "keys.sock").touch()  # something is there, nobody answers
    result = run("read", "--image", shelf / "jia.img", "--keys", tmp_path / "keys.sock")
    assert result.exit_code == 1
    assert "发卡机构名称" in result.stdout
    assert "the key service refused RK1_DDF1" in result.stderr


def test_a_sam_is_no_user_card_and_a_user_card_no_sam(shelf: Path) -> None:
    result = run("read", "--image", shelf / "sam.img")
    assert (result.exit_code, "give it with --sam" in result.stderr) == (1, True)
    result = run("read", "--image", shelf / "jia.img", "--sam", shelf / "yi.img")
    assert (result.exit_code, "give it with --image" in result.stderr) == (1, True)


def test_a_locked_card_and_a_locked_application_are_told(shelf: Path, tmp_path: Path) -> None:
    card = card_maker.make("yi")
    session = CardSession(card.chip, card.layout, card_maker.MasterKeys())
    session.reset()
    session.learn_address(card.chip8)
    session.block_application("DF02", permanent=True)
    image.save(tmp_path / "locked.img", card.chip)
    result = run_with_sam(shelf, "read", "--image", tmp_path / "locked.img")
    assert result.exit_code == 1
    assert "9303" in result.stderr
    assert "地址1" in result.stdout
    session.block_card()
    image.save(tmp_path / "dead.img", card.chip)
    result = run_with_sam(shelf, "read", "--image", tmp_path / "dead.img")
    assert result.exit_code == 1
    assert "nothing can be read from this card" in result.stderr
    assert "blocked for ever" in result.stderr
    assert result.stdout == ""


def test_a_card_with_other_keys_loses_one_try_of_each_and_says_so(shelf: Path, tmp_path: Path) -> None:
    sam = card_maker.make_sam(load("full"))
    card = card_maker.make("jia")
    wrong = user_card.restore(card.chip.dump().replace(card.key("RK1_DF01").hex().encode(), b"0" * 32))
    image.save(tmp_path / "card.img", wrong)
    image.save(tmp_path / "sam.img", sam)
    assert wrong.dump() != card.chip.dump(), "the chip's memory is not kept as this test believes"
    for left in ("63CE", "63CD"):
        result = run_with_sam(tmp_path, "read", "--image", tmp_path / "card.img")
        assert result.exit_code == 1
        assert left in result.stderr
        assert result.stdout.count("not tried again") == 3


def test_a_wrong_sam_pin_is_said_plainly_and_never_shown(shelf: Path, tmp_path: Path) -> None:
    image.save(tmp_path / "sam.img", card_maker.make_sam(load("full")))
    result = run_with_sam(tmp_path, "read", "--image", shelf / "jia.img", pin="987654")
    assert result.exit_code == 1
    assert "the PIN of the SAM" in result.stderr
    assert "987654" not in result.output


@pytest.mark.parametrize(
    ("content", "words"), [(None, "cannot be read"), (b"", "no chip image"), (b"HCIMAGE\x01junk", "does not open")]
)
def test_an_image_that_cannot_be_opened_is_told(shelf: Path, content: bytes | None, words: str) -> None:
    path = shelf / "odd.img"
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)
    result = run("read", "--image", path)
    assert result.exit_code == 1
    assert words in result.stderr


def test_two_sources_at_once_are_a_mistake_in_the_command(shelf: Path) -> None:
    result = run("read", "--image", shelf / "jia.img", "--reader", "x")
    assert result.exit_code == 2
    assert "give one of" in result.stderr


def test_without_pyscard_or_a_rack_the_tool_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    assert "healthcard[readers]" in run("read").stderr
    assert "healthcard[readers]" in run("readers").stderr
    assert "no rack of virtual chips" in run("read", "--slot", "card-1").stderr


# Differences


@pytest.mark.parametrize("product", PRODUCTS)
def test_equal_cards_have_no_differences_and_others_are_listed(shelf: Path, product: str) -> None:
    same = run_with_sam(shelf, "diff", shelf / f"{product}.img", shelf / f"{product}.img")
    assert (same.exit_code, same.output) == (0, "")
    other = run_with_sam(shelf, "diff", shelf / f"{product}.img", shelf / f"{product}-other.img")
    assert other.exit_code == 1
    assert any(line.split() == ["DDF1/EF06", "11", "姓名", "11人1", "11人2"] for line in other.stdout.splitlines())
    assert "15人" not in other.stdout


def test_a_comparison_that_could_not_see_all_is_no_answer(shelf: Path) -> None:
    result = run("diff", shelf / "jia.img", shelf / "jia.img", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout) == []
    assert "were not compared" in result.stderr
    assert run("diff", shelf / "jia.img", shelf / "jia-blank.img").exit_code == 2
    assert run("diff", shelf / "jia.img", shelf / "nothing.img").exit_code == 2


# Transcripts


def test_a_reading_can_be_traced_and_explained(shelf: Path, tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    assert run_with_sam(shelf, "read", "--image", shelf / "jia.img", "--transcript", path).exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert card_maker.value(load("full").item(11)).hex().upper() not in path.read_text("utf-8")
    result = CliRunner().invoke(cli, ["trace", str(path)])
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == len(path.read_text("utf-8").splitlines())
    assert "EXTERNAL AUTHENTICATE: RK1_DF03 应用数据读取密钥 -> 9000 done" in result.stdout


def test_what_went_wrong_stands_out_in_a_trace() -> None:
    result = CliRunner().invoke(cli, ["trace", str(TRANSCRIPTS / "bing-locks.jsonl"), "--layout", "small"])
    marked = [line for line in result.stdout.splitlines() if " ! " in line]
    assert any("VERIFY" in line and "63C2" in line for line in marked)
    assert any("6283 the selected application is blocked" in line for line in marked)


@pytest.mark.parametrize("text", ["{", "\xff\xfe", '{"command": "zz"}'])
def test_what_is_no_transcript_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text, "latin-1")
    result = CliRunner().invoke(cli, ["trace", str(path)])
    assert result.exit_code == 1
    assert "line 1 is no line of a transcript" in result.stderr


# Tables


def test_columns_line_up_with_chinese_text_in_them() -> None:
    rows = [{"a": "姓名", "b": "x"}, {"a": "ab", "b": "y"}]
    assert card_table.lines(rows, [("a", "A"), ("b", "B")]) == ["A     B", "姓名  x", "ab    y"]


def test_what_a_card_holds_cannot_move_the_cursor() -> None:
    (_, line) = card_table.lines([{"a": "x\x1b[2J\ny"}], [("a", "A")])
    assert line == "x·[2J·y"


def test_a_cell_too_long_for_a_terminal_is_cut() -> None:
    assert card_table.width(card_table.shortened("字" * 100)) <= card_table.LONGEST
