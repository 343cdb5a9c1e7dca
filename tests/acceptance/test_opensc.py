"""Cards of the demo on virtual readers, in the hands of tools we did not write: OpenSC and pyscard."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_story import HEALTHCARD, Story
from virtual_readers import Pcsc, Reader

from healthcard.card.os import image

pytestmark = [pytest.mark.parts, pytest.mark.xdist_group("pcscd")]

PRODUCTS = ("jia", "yi", "bing")
SELECT = {
    "jia": "00A4000002DDF1",
    "yi": "00A4000002DDF1",
    "bing": "00A4000002DDF100",
}  # over T=0 an answer is asked for
INFORMATION = {
    "jia": "6F10840C57532E5359532E4444463031A500",
    "yi": "6F0E840C57532E5359532E4444463031",
    "bing": "6F10840C57532E5359532E4444463031A500",
}
ISSUER = "示范省卫生厅"


@pytest.fixture(scope="module")
def inserted(pcsc: Pcsc, story: Story, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Reader]]:
    """`healthcard vcard` with a demo card of each product, each in a reader of its own."""
    folder = tmp_path_factory.mktemp("cards")
    shutil.copy2(story.kept / "vault.key", folder)
    paths = [Path(shutil.copy2(story.cards[product][0], folder)) for product in PRODUCTS]
    command = [HEALTHCARD, "vcard", *paths, "--port", str(pcsc.readers[0].port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    readers = dict(zip(PRODUCTS, pcsc.readers, strict=False))
    try:
        for reader in readers.values():
            pcsc.wait_for_card(reader)
        yield readers
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
        for reader in readers.values():
            pcsc.wait_for_card(reader, present=False)
    assert (process.returncode, err) == (0, "")


def opensc_tool(reader: Reader, *arguments: str) -> str:
    run = ["opensc-tool", "-r", reader.name, *arguments]
    return subprocess.run(run, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("product", PRODUCTS)
def test_opensc_tool_selects_ddf1_on_a_demo_card(inserted: dict[str, Reader], product: str) -> None:
    out = opensc_tool(inserted[product], "-s", SELECT[product])
    assert "SW1=0x90, SW2=0x00" in out
    shown = "".join(
        "".join(re.findall(r"\b[0-9A-F]{2}\b", line[:48])) for line in out.split("SW2=0x00")[-1].splitlines()
    )
    assert shown == INFORMATION[product]


@pytest.mark.parametrize("product", PRODUCTS)
def test_opensc_tool_shows_the_answer_to_reset_of_a_demo_card(
    inserted: dict[str, Reader], story: Story, product: str
) -> None:
    told = bytes.fromhex(opensc_tool(inserted[product], "--atr").strip().splitlines()[-1].replace(":", ""))
    assert told == image.load(story.cards[product][0]).reset()


@pytest.mark.parametrize("product", PRODUCTS)
def test_ten_lines_of_pyscard_read_the_issuer_file(inserted: dict[str, Reader], story: Story, product: str) -> None:
    from smartcard.System import readers

    connection = next(one for one in readers() if one.name == inserted[product].name).createConnection()
    connection.connect()
    connection.transmit([0x00, 0xA4, 0x00, 0x00, 0x02, 0xDD, 0xF1])
    connection.transmit([0x00, 0xA4, 0x00, 0x00, 0x02, 0xEF, 0x05])
    name, *word = connection.transmit([0x00, 0xB2, 0x03, 0x00, 0x20])
    assert (bytes(name[2:]).rstrip(b"\x00").decode("gbk"), word) == (ISSUER, [0x90, 0x00])
    city, *word = connection.transmit([0x00, 0xB2, 0x39, 0x00, 0x05])
    assert (bytes(city).hex(), word) == ("3903990000", [0x90, 0x00])
    connection.disconnect()
    connection.release()


@pytest.mark.parametrize("product", PRODUCTS)
def test_our_own_command_reads_a_demo_card_in_a_reader(inserted: dict[str, Reader], product: str) -> None:
    run = [HEALTHCARD, "card", "read", "--reader", inserted[product].name]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, "files stayed closed"
    assert ISSUER in done.stdout
    assert "give a SAM or start the key service" in done.stderr
