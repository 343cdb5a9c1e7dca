"""The demo as a newcomer runs it, and its cards in the hands of the operator's own tools."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from demo_story import HEALTHCARD, Story, pin_on_descriptor
from needles import Needles, pins_inside
from virtual_readers import Pcsc

from healthcard.card.host.content import FileStatus
from healthcard.card.host.reading import read_card
from healthcard.card.host.sam import SamKeys
from healthcard.card.host.session import Access, CardSession
from healthcard.card.os import image
from healthcard.card.os.vpcd import Slot
from healthcard.card.wire.errors import CardGone
from healthcard.card.wire.layout import Structure, load
from healthcard.cli.main import cli
from healthcard.domain import synthetic
from healthcard.perso.products import recognise

pytestmark = pytest.mark.xdist_group("pcscd")  # the demo is told once, for one worker

PRODUCTS = ("jia", "yi", "bing")
LAYOUTS = {"jia": "full", "yi": "full", "bing": "small"}
LAST = re.compile(r"DEMO residents=50 personalised=50 readback_ok=50 settled=1 refused=1 seconds=\d+\.\d")
PEOPLE, SEED = 50, 2  # whom the story collects
DDF1 = {
    "jia": "6F10840C57532E5359532E4444463031A5009000",
    "yi": "6F0E840C57532E5359532E44444630319000",
    "bing": "6112",
}


# The story


def test_the_demo_ends_well_and_its_last_line_says_so(story: Story) -> None:
    assert story.code == 0
    assert LAST.fullmatch(story.out.splitlines()[-1])


def test_the_demo_leaves_nothing_but_the_images_it_kept(story: Story) -> None:
    assert (story.left_processes, story.left_files) == ((), ())
    kept = {path.name for path in story.kept.iterdir()}
    assert kept == {f"card-{serial:010d}.img" for serial in range(1, 51)} | {
        "sam-demo.img",
        "sam-demo.pin",
        "vault.key",
    }
    assert all(path.stat().st_mode & 0o077 == 0 for path in (story.kept, *story.kept.iterdir()))


def test_there_are_cards_of_every_product_and_a_sam(story: Story) -> None:
    assert {product: len(images) for product, images in story.cards.items()} == {"jia": 17, "yi": 16, "bing": 17}
    assert image.load(story.sam).product == "sam"


def test_the_demo_tells_no_key_no_pin_and_no_name(story: Story) -> None:
    said = (story.out + story.err).encode()
    dumps = {path.name: image.load(path).dump().decode() for path in story.kept.glob("*.img")}
    keys = {f"{name} {value}": bytes.fromhex(value) for name, dump in dumps.items() for value in _values(dump, 32)}
    pins = {name: bytes.fromhex(pin) for name, dump in dumps.items() for pin in _values(dump, 6)}
    assert len(keys) > 50 * 21
    assert len(pins) == 50
    assert Needles(keys).inside(said) == set()
    assert pins_inside(said, pins | {"sam": bytes.fromhex(story.sam_pin)}) == set()
    people = list(synthetic.residents(PEOPLE, seed=SEED))
    assert [one for one in people if one.name in story.out or one.document.number in story.out + story.err] == []


def _values(dump: str, digits: int) -> list[str]:
    return re.findall(rf'"value":"([0-9a-f]{{{digits}}})"', dump)


def test_one_worker_tells_the_story(request: pytest.FixtureRequest) -> None:
    """Groups of tests hold: a pytest whose node ids xdist cannot mark would tell the demo once for each worker."""
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@pcscd")


# The images


@pytest.mark.parametrize("product", PRODUCTS)
def test_apdu_speaks_with_a_kept_card(story: Story, product: str) -> None:
    lines = "RESET\n00A4000002DDF1\n00B0000000\nthis is no hex\n"
    done = subprocess.run(
        [HEALTHCARD, "apdu", story.cards[product][0]],
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answer, selected, refused, nonsense = done.stdout.splitlines()
    assert bytes.fromhex(answer) == story.chip(product).reset()
    assert selected == DDF1[product]
    assert refused[-4:] in ("6981", "6986")
    assert nonsense.startswith("ERR not hexadecimal")


def test_card_read_decodes_every_kept_card_with_the_sam(story: Story) -> None:
    images = sorted(path for paths in story.cards.values() for path in paths)
    done = with_sam(story, "read", "--json", "--show", *(f"--image={path}" for path in images))
    assert (done.exit_code, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert [one["layout"] for one in told] == [LAYOUTS[image.load(path).product] for path in images]
    assert {file["status"] for one in told for file in one["files"]} == {"ok"}
    assert [item(one, 10) for one in told] == [path.stem.removeprefix("card-") for path in images]
    people = synthetic.residents(PEOPLE, seed=SEED)
    assert sorted(item(one, 8) for one in told) == sorted(one.document.number for one in people)


def item(card: dict, number: int) -> str:
    """The value of an item of a card told as JSON."""
    items = [row for file in card["files"] for record in file.get("records", ()) for row in record["items"]]
    return next(row["value"] for row in items if row["no"] == number)


def test_card_read_prints_a_table_and_covers_personal_numbers(story: Story) -> None:
    done = with_sam(story, "read", "--image", str(story.cards["yi"][0]))
    assert done.exit_code == 0
    assert "姓名" in done.stdout
    people = [one.document.number for one in synthetic.residents(PEOPLE, seed=SEED)]
    assert not [number for number in people if number in done.stdout]


@pytest.mark.parametrize("product", PRODUCTS)
def test_card_diff_tells_two_cards_apart_and_one_from_itself_not(story: Story, product: str) -> None:
    first, second = story.cards[product][:2]
    same = with_sam(story, "diff", str(first), str(first))
    assert (same.exit_code, same.stdout, same.stderr) == (0, "", "")
    apart = with_sam(story, "diff", "--json", str(first), str(second))
    assert apart.exit_code == 1
    assert {"8", "10", "11"} <= {row["no"] for row in json.loads(apart.stdout)}


# Every kind of card gets its own answer


def test_a_16k_card_is_read_in_its_small_layout_without_a_photo(story: Story) -> None:
    paths = [
        file["path"] for file in json.loads(with_sam(story, "read", "--json", _image(story, "bing")).stdout)["files"]
    ]
    assert paths == [file.path for file in load("small").files]
    assert "DDF1/EF07" not in paths


def test_a_card_with_every_record_written_is_read_whole(story: Story, tmp_path: Path) -> None:
    """Each cyclic file has been filled to its last record, and once round."""
    path = shelved(story, story.cards["jia"][0], tmp_path)
    with image.HeldImage(path) as held, sam_keys(story) as keys:
        session = CardSession(held.chip, load("full"), keys)
        session.reset()
        session.learn_address(recognise(held.chip).chip8)
        cyclic = [file for file in load("full").files if file.structure is Structure.CYCLIC]
        for file in cyclic:
            for number in range(file.records + 1):
                session.open(file.path, Access.UPDATE)
                session.append_record(file.path, f"{number:02d}".encode().ljust(file.record_size, b"\x00"))
        session.reset()
        content = read_card(session)
    assert {file.status for file in content.files} == {FileStatus.OK}
    told = {file.file.path: file.records for file in content.files}
    assert cyclic
    assert all(len(told[file.path]) == file.records for file in cyclic)
    done = with_sam(story, "read", "--image", str(path))
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_card_without_keys_shows_its_issuer_and_says_what_is_needed(story: Story, product: str) -> None:
    done = card("read", _image(story, product))
    assert done.exit_code == 1  # files stayed closed
    assert "示范省卫生厅" in done.stdout
    assert "give a SAM or start the key service" in done.stderr


def test_a_card_blocked_for_ever_says_so(story: Story, tmp_path: Path) -> None:
    path = shelved(story, story.cards["bing"][1], tmp_path)
    with image.HeldImage(path) as held, sam_keys(story) as keys:
        session = CardSession(held.chip, load("small"), keys)
        session.reset()
        session.learn_address(recognise(held.chip).chip8)
        session.block_card()
    done = with_sam(story, "read", "--image", str(path))
    assert done.exit_code == 1
    assert "blocked for ever" in done.stderr


def test_a_sam_where_a_card_is_wanted_is_named(story: Story) -> None:
    done = card("read", f"--image={story.sam}")
    assert done.exit_code == 1
    assert "a SAM, no user card: give it with --sam" in done.stderr


class Odd:
    """Something in a reader that answers a reset so, and every command with the same; with nothing: it dies."""

    product = "jia"

    def __init__(self, answer: str, response: str) -> None:
        self.answer, self.response = bytes.fromhex(answer), bytes.fromhex(response)

    def reset(self) -> bytes:
        return self.answer

    def power_off(self) -> None:
        pass

    def transmit(self, command: bytes) -> bytes:
        if not self.response:
            raise CardGone("the chip died")
        return self.response


ODD = {
    "no health card": ("3B00", "6D00", "no health card answers a reset with 3B00"),
    "a product not on file": ("3B888001AABBCCDD0000000108", "6D00", "No COS product on file"),
    "the answer of jia and yi but the probe of neither": (
        "3B88800100F186010000002A55",
        "6D00",
        "No COS product on file",
    ),
    "a chip that died after its answer to reset": ("3B88800100F186010000002A55", "", "it was moved, or it is dead"),
    "something with half an answer to reset": ("00", "", "the card and the reader share no protocol"),
}


@pytest.mark.parts
@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_card_of_ours_is_told_plainly_at_the_reader(pcsc: Pcsc, kind: str) -> None:
    answer, response, words = ODD[kind]
    reader = pcsc.readers[3]
    slot = Slot(Odd(answer, response), reader.port)
    slot.insert()
    try:
        pcsc.wait_for_card(reader)
        done = card("read", "--reader", reader.name)
    finally:
        slot.pull()
        pcsc.wait_for_card(reader, present=False)
    assert done.exit_code == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parts
def test_an_empty_reader_is_told_plainly(pcsc: Pcsc) -> None:
    done = card("read", "--reader", pcsc.readers[3].name)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "insert one" in done.stderr


# With the operator's tools, in this process


def card(*arguments: str) -> Result:
    """`healthcard card ...`"""
    return CliRunner().invoke(cli, ["card", *arguments])


def with_sam(story: Story, *arguments: str) -> Result:
    with pin_on_descriptor(story.sam_pin) as descriptor:
        return card(*arguments, "--sam", str(story.sam), "--sam-pin-fd", str(descriptor))


@contextmanager
def sam_keys(story: Story) -> Iterator[SamKeys]:
    """The SAM's keys as any program has them."""
    with image.HeldImage(story.sam) as held:
        keys = SamKeys(held.chip, load("full"))
        keys.open(story.sam_pin)
        yield keys


def shelved(story: Story, path: Path, folder: Path) -> Path:
    """A copy of an image, to be changed."""
    shutil.copy2(story.kept / "vault.key", folder)
    return Path(shutil.copy2(path, folder))


def _image(story: Story, product: str) -> str:
    return f"--image={story.cards[product][0]}"
