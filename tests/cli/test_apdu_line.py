"""`healthcard apdu`: a chip on standard input and output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from healthcard.card.os import chip, image, sam
from healthcard.cli.apdu import command

TOOL = Path(sys.executable).parent / "healthcard"
WRONG = "0082007F11" + "00" * 16 + "01"


@pytest.fixture
def card(tmp_path):
    path = tmp_path / "card.img"
    image.save(path, chip.blank("jia", bytes.fromhex("0000002A"), bytes(16)))
    return path


def speak(path, *lines):
    result = CliRunner().invoke(command, [str(path)], input="".join(line + "\n" for line in lines))
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_reset_gives_the_answer_to_reset_and_hex_gives_hex(card):
    assert speak(card, "RESET", "80CA010000", "80 ca 01 00 00", "reset") == [
        "3B88800100F186010000002A55",
        "4A494133322D31309000",
        "4A494133322D31309000",
        "3B88800100F186010000002A55",
    ]


def test_a_contact_chip_answers_as_over_t0(tmp_path):
    image.save(tmp_path / "sam.img", sam.blank(bytes(6), bytes(16)))
    answers = speak(tmp_path / "sam.img", "00A40000023F00", "00C0000000", "00C0000016")
    assert answers == ["6116", "6C16", "6F1484106A6D6A6B6B7979686A00000000000000A5009000"]


def test_every_line_in_gives_one_line_out_and_never_repeats_what_was_sent(card):
    answers = speak(card, "", "xyz", "0020000002 12Z4", "00", "00A4", "123")
    assert [answer[:4] for answer in answers] == ["ERR ", "ERR ", "ERR ", "6700", "6700", "ERR "]
    assert not any(sent in answer for answer in answers for sent in ("xyz", "12Z4", "123"))


def test_what_a_command_changed_is_there_the_next_time(card):
    assert speak(card, "0084000008", WRONG)[1] == "63CE"
    assert speak(card, "0084000008", WRONG)[1] == "63CD"


def test_a_driver_that_waits_for_each_answer_gets_it_and_a_kill_loses_none(card):
    process = subprocess.Popen([TOOL, "apdu", card], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for line, expected in [("0084000008", "9000"), (WRONG, "63CE")]:
        process.stdin.write(line + "\n")
        process.stdin.flush()
        assert process.stdout.readline().strip()[-4:] == expected
    second = subprocess.run([TOOL, "apdu", card], input="RESET\n", capture_output=True, text=True)
    assert (second.returncode, "in use" in second.stderr) == (1, True)
    process.kill()
    process.communicate()
    assert speak(card, "0084000008", WRONG)[1] == "63CD"


def test_a_file_that_is_no_image_is_told_in_one_line(tmp_path):
    (tmp_path / "x.img").write_bytes(b"no image")
    done = subprocess.run([TOOL, "apdu", tmp_path / "x.img"], input="RESET\n", capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: {tmp_path}/x.img is no chip image\n"
