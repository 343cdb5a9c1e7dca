"""Virtual cards before real PC/SC clients: pcscd, vpcd, OpenSC, pyscard."""

from __future__ import annotations

import re
import signal
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import card_maker
import pytest

from healthcard.card.os import image
from healthcard.card.os.vpcd import ReaderMissing, Slot, find_reader
from healthcard.card.wire.answer import Form, parse

pytestmark = [pytest.mark.parts, pytest.mark.xdist_group("pcscd")]

DDF1 = "00A4000002DDF1"
FCI = {
    "jia": "6F10840C57532E5359532E4444463031A500",
    "yi": "6F0E840C57532E5359532E4444463031",
    "bing": "6F10840C57532E5359532E4444463031A500",
}
COMMAND = dict.fromkeys(FCI, DDF1) | {"bing": DDF1 + "00"}  # over T=0 OpenSC fetches an answer only when asked for one
BIN = Path(sys.executable).parent


@contextmanager
def on(pcsc, number, chip, **more):
    """`chip` on reader `number` for the block."""
    reader = pcsc.readers[number]
    slot = Slot(chip, reader.port, **more)
    slot.insert()
    try:
        pcsc.wait_for_card(reader)
        yield reader, slot
    finally:
        slot.pull()
        pcsc.wait_for_card(reader, present=False)


@contextmanager
def connected(reader):
    from smartcard.System import readers

    connection = next(one for one in readers() if one.name == reader.name).createConnection()
    connection.connect()
    try:
        yield connection
    finally:
        connection.disconnect()
        connection.release()


def opensc(reader, *commands):
    """What opensc-tool prints for the last command, as one string of hex, and its status word."""
    sent = [argument for command in commands for argument in ("-s", command)]
    run = ["opensc-tool", "-r", reader.name, *sent]
    out = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True).stdout
    sw1, sw2, rest = re.findall(r"SW1=0x(..), SW2=0x(..)\)(?::\n)?(.*?)(?=Sending|\Z)", out, re.DOTALL)[-1]
    data = "".join("".join(re.findall(r"\b[0-9A-F]{2}\b", line[:48])) for line in rest.splitlines())
    return data, sw1 + sw2


@pytest.mark.parametrize("product", FCI)
def test_opensc_tool_selects_ddf1_after_all_its_foreign_commands(pcsc, product):
    with on(pcsc, 0, card_maker.make(product).chip) as (reader, _):
        assert opensc(reader, COMMAND[product]) == (FCI[product], "9000")


def test_opensc_tool_shows_the_answer_to_reset_of_each_form(pcsc):
    for number, (product, form) in enumerate([("jia", Form.PCSC), ("bing", Form.CONTACT)]):
        card = card_maker.make(product)
        with on(pcsc, number, card.chip) as (reader, _):
            run = ["opensc-tool", "-r", reader.name, "--atr"]
            out = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True).stdout
        parsed = parse(bytes.fromhex(out.strip().splitlines()[-1].replace(":", "")))
        assert parsed.form is form
        assert card.chip8 in parsed.historical


def test_ten_lines_of_pyscard_read_the_issuer_file(pcsc):
    with on(pcsc, 0, card_maker.make("jia").chip) as (reader, _):
        from smartcard.System import readers

        connection = next(one for one in readers() if one.name == reader.name).createConnection()
        connection.connect()
        connection.transmit([0x00, 0xA4, 0x00, 0x00, 0x02, 0xDD, 0xF1])
        connection.transmit([0x00, 0xA4, 0x00, 0x00, 0x02, 0xEF, 0x05])
        data, sw1, sw2 = connection.transmit([0x00, 0xB2, 0x39, 0x00, 0x05])
        assert (bytes(data).hex().upper(), sw1, sw2) == ("3903" + card_maker.CITY, 0x90, 0x00)
        data, sw1, sw2 = connection.transmit([0x00, 0xB2, 0x03, 0x00, 0x20])
        assert (bytes(data[2:]).rstrip(b"\x00").decode("gbk"), sw1, sw2) == ("3人1", 0x90, 0x00)
        connection.disconnect()
        connection.release()


def test_a_card_and_its_sam_work_together_in_two_readers(pcsc):
    """Sequence 3 of card.md 7: basic information, read with the SAM's proof."""
    card = card_maker.make("jia")
    sam = card_maker.make_sam(card.layout)
    with on(pcsc, 0, card.chip) as (first, _), on(pcsc, 2, sam) as (second, _):  # noqa: SIM117 - let go, then pull
        with connected(first) as user, connected(second) as terminal:
            for command in ("00A4000002DDF1", "00A4000002EF06"):
                assert send(user, command)[1] == 0x9000
            for command in ("00A40000023F00", "0020000003" + card_maker.SAM_PIN, "00A4000002DF01"):
                assert send(terminal, command)[1] in (0x9000, 0x6114, 0x6116)
            challenge = send(user, "0084000008")[0].hex()
            assert send(terminal, "80DE473118" + card.chip8.hex() + card_maker.CITY8.hex() + challenge)[1] == 0x9000
            text = "1122334455667788"
            assert send(terminal, "80FA000010" + text + "00" * 8)[1] == 0x6110
            proof = card_maker.folded(send(terminal, "00C0000010")[0]).hex()
            assert send(user, "0082000411" + proof + text + "01")[1] == 0x9000
            assert send(user, "00B2010400")[0] == card_maker.records(card.layout.file("DDF1/EF06"))[0]


def send(connection, command):
    data, sw1, sw2 = connection.transmit(list(bytes.fromhex(command)))
    return bytes(data), sw1 << 8 | sw2


def test_a_card_pulled_in_the_middle_is_an_error_and_comes_back_after_insertion(pcsc):
    from smartcard.Exceptions import CardConnectionException

    with on(pcsc, 0, card_maker.make("jia").chip) as (reader, slot):
        with connected(reader) as connection:
            assert send(connection, DDF1)[1] == 0x9000
            slot.pull()
            assert not slot.inserted
            with pytest.raises((CardConnectionException, IndexError)):  # pyscard trips over an empty answer
                _ = [send(connection, DDF1) for _ in range(3)]
        pcsc.wait_for_card(reader, present=False)
        slot.insert()
        pcsc.wait_for_card(reader)
        with connected(reader) as connection:
            assert send(connection, DDF1)[1] == 0x9000


def test_a_card_torn_in_the_middle_of_a_command_answers_nothing(pcsc):
    from smartcard.Exceptions import CardConnectionException

    from healthcard.card.os.tear import Tear, TearMode

    card = card_maker.make("jia")
    with on(pcsc, 1, card.chip) as (reader, slot):
        with connected(reader) as connection:
            assert send(connection, DDF1)[1] == 0x9000
            card.chip.arm(Tear(at=1, mode=TearMode.AFTER))
            with pytest.raises((CardConnectionException, IndexError)):
                send(connection, DDF1)
            pcsc.wait_until(lambda: not slot.inserted, "a torn card should be out of its reader")
        pcsc.wait_for_card(reader, present=False)
        slot.insert()
        pcsc.wait_for_card(reader)


def test_a_reader_that_has_a_card_is_passed_over(pcsc):
    first = pcsc.readers[0]
    with on(pcsc, 0, card_maker.make("jia").chip):
        port, connection = find_reader(first.port)
        connection.close()
        assert port == first.port + 1
    pcsc.wait_for_card(pcsc.readers[1], present=False)


def test_no_reader_at_all_is_told_with_what_to_start():
    with pytest.raises(ReaderMissing, match="start pcscd"):
        find_reader(1)


def test_vcard_puts_images_on_readers_and_leaves_nothing_behind(pcsc, tmp_path):
    for product in ("jia", "bing"):
        image.save(tmp_path / f"card-{product}.img", card_maker.make(product).chip)
    paths = [str(tmp_path / f"card-{product}.img") for product in ("jia", "bing")]
    command = [BIN / "healthcard", "vcard", *paths, "--port", str(pcsc.readers[0].port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        lines = [process.stdout.readline().strip() for _ in paths]
        assert lines == [
            f"card-jia.img: jia in the virtual reader on port {pcsc.readers[0].port}",
            f"card-bing.img: bing in the virtual reader on port {pcsc.readers[1].port}",
        ]
        for reader, product in zip(pcsc.readers, ("jia", "bing"), strict=False):
            pcsc.wait_for_card(reader)
            assert opensc(reader, COMMAND[product]) == (FCI[product], "9000")
        with connected(pcsc.readers[0]) as connection:
            assert send(connection, DDF1)[1] == 0x9000
            assert send(connection, "0020000003111111")[1] == 0x63C2
        with pytest.raises(image.ImageInUse):
            image.HeldImage(tmp_path / "card-jia.img")
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "cards taken out\n", "")
    with image.HeldImage(tmp_path / "card-jia.img") as held:
        held.chip.reset()
        held.chip.transmit(bytes.fromhex(DDF1))
        assert held.chip.transmit(bytes.fromhex("0020000003111111")).hex() == "63c1", "what a program did is kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card-bing.img", "card-jia.img", "vault.key"]
    for reader in pcsc.readers[:2]:
        pcsc.wait_for_card(reader, present=False)


def test_no_command_waits_for_delayed_acknowledgements(pcsc):
    """Without TCP_QUICKACK each takes 44 ms, with it a tenth of one: 5 ms stands clear of both."""
    with on(pcsc, 3, card_maker.make("jia").chip) as (reader, _), connected(reader) as connection:
        seconds = []
        for _ in range(300):
            began = time.perf_counter()
            send(connection, "00A40000023F00")
            seconds.append(time.perf_counter() - began)
    assert statistics.median(seconds) < 0.005
