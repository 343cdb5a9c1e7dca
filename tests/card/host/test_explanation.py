"""Transcripts in words: which file, which key, which record, what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from host_doubles import FULL

from healthcard.card.host.explanation import Explained, explain
from healthcard.card.host.transcript import Exchange, parse

FOLDER = Path(__file__).parents[2] / "transcripts"


def told(*exchanges: str) -> list[Explained]:
    """Explain lines such as "00A4000002DDF1 > 9000"; "reset" powers the card."""
    lines = [
        Exchange(reset=True, answer=b"\x3b")
        if text == "reset"
        else Exchange(
            **{name: bytes.fromhex(part) for name, part in zip(("command", "answer"), text.split(" > "), strict=True)}
        )
        for text in exchanges
    ]
    return list(explain(lines, FULL))


def test_a_file_is_named_where_the_reader_stands() -> None:
    lines = told(
        "reset", "00A4000002DDF1 > 9000", "00A4000002EF05 > 9000", "00A4000002DF02 > 9000", "00A4000002EF05 > 9000"
    )
    assert [line.asked for line in lines] == [
        "reset 上电复位",
        "SELECT: DDF1",
        "SELECT: DDF1/EF05 发卡机构基本数据文件",
        "SELECT: DF02",
        "SELECT: DF02/EF05 临床基本数据文件",
    ]


def test_a_select_that_failed_moves_nobody() -> None:
    lines = told("00A4000002DDF1 > 9000", "00A4000002DF02 > 6A82", "00A4000002EF06 > 9000")
    assert lines[1].answered == "6A82 file not found"
    assert not lines[1].ok
    assert "DDF1/EF06" in lines[2].asked


def test_a_directory_is_known_by_its_name_too() -> None:
    (line,) = told("00A404000C57532E5359532E4444463031 > 6112")
    assert line.asked == "SELECT: DDF1"
    assert line.ok


def test_records_and_bytes_are_told_with_their_items() -> None:
    lines = told(
        "00A4000002DDF1 > 9000",
        "00A4000002EF05 > 9000",
        "00B2390005 > 39033200009000",
        "00B2010400 > 0101319000",
        "00A4000002EF07 > 9000",
        "00B0010080 > 6982",
        "00B2010400 > 6A83",
    )
    assert lines[2].asked == "READ RECORD: the record with tag 39 应用城市代码 of DDF1/EF05"
    assert lines[2].answered == "9000 done, 5 bytes"
    assert lines[3].asked == "READ RECORD: record 1 卡的类别 of DDF1/EF05"
    assert lines[5].asked == "READ BINARY: from byte 256 of DDF1/EF07"
    assert lines[5].answered == "6982 the security state is not met"
    assert lines[6].asked == "READ RECORD: record 1 of DDF1/EF07"


@pytest.mark.parametrize(
    ("directory", "kid", "name"),
    [("DDF1", "04", "RK1_DDF1"), ("DF01", "84", "RK1_DF01"), ("DF03", "86", "UK2_DF03"), ("DF01", "04", "RK1_DDF1")],
)
def test_a_key_is_named_as_seen_from_the_directory(directory: str, kid: str, name: str) -> None:
    command = f"008200{kid}11" + "00" * 17
    lines = told(f"00A4000002{directory} > 9000", f"{command} > 63CE")
    assert name in lines[1].asked
    assert lines[1].answered == "63CE wrong key or wrong city factor, tries left are in the last digit"


def test_a_key_of_the_master_file_is_not_taken_for_one_of_ddf1() -> None:
    lines = told("reset", "0082000411" + "00" * 17 + " > 9000")
    assert "BK_MF" in lines[1].asked


def test_what_the_sam_is_asked_for_is_named() -> None:
    (line,) = told("80DE473118" + "00" * 24 + " > 9000")
    assert line.asked == "DELIVERY KEY: RK1_DDF1 应用数据读取密钥 for authentication, 2 level(s)"


@pytest.mark.parametrize(
    "exchange",
    ["00A4000002ABCD > 6A82", "00A40000 > 9000", "00 > 6700", "80770000 > 6D00", "0082008011" + "00" * 17 + " > 6A88"],
)
def test_what_no_table_knows_is_told_without_guessing(exchange: str) -> None:
    (line,) = told(exchange)
    assert line.asked
    assert line.answered


def test_a_lost_card_and_a_broken_answer_are_told() -> None:
    lost = Exchange(command=bytes.fromhex("0084000008"), lost="CardGone")
    short = Exchange(command=bytes.fromhex("0084000008"), answer=b"\x90")
    first, second = explain([lost, short], FULL)
    assert "no answer (CardGone)" in first.answered
    assert "no answer" in second.answered
    assert not first.ok
    assert not second.ok


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.jsonl")), ids=lambda path: path.stem)
def test_every_line_of_every_transcript_on_the_shelf_has_words(path: Path) -> None:
    lines = parse(path.read_text("utf-8").splitlines())
    explained = list(explain(lines, FULL))
    assert len(explained) == len(lines)
    for line in explained:
        assert "not in the" not in line.asked
        assert "no table knows" not in line.answered
