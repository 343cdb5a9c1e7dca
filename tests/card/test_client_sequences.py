"""The conversations real clients have with a card and a SAM (card.md 7, numbers 1 to 8), byte for byte.

Commands are built by hand here: nothing of the host side takes part, so a fault of ours cannot hide on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import card_maker
import pytest
from card_maker import PHOTO, SAM_PIN, Card, folded, must, padded, records, say, visit

from healthcard.card.os.sam import Sam

T8 = bytes.fromhex("1122334455667788")
SAM_KEY = {  # (directory, kid): P1 of DELIVERY KEY, key id in the SAM (card.md 5.1, 5.4)
    ("DDF1", "04"): ("47", "31"),
    ("DF01", "84"): ("47", "32"),
    ("DF02", "84"): ("47", "33"),
    ("DF03", "84"): ("47", "34"),
    ("DDF1", "05"): ("27", "2A"),
    ("DF01", "85"): ("27", "2B"),
    ("DF02", "85"): ("47", "2C"),
    ("DF02", "86"): ("47", "2D"),
    ("DF02", "87"): ("47", "2E"),
    ("DF03", "85"): ("47", "2F"),
    ("DF03", "86"): ("27", "30"),
    ("DF01", "88"): ("27", "27"),
    ("DF02", "88"): ("27", "28"),
    ("DF03", "88"): ("27", "29"),
}
STK = {"DDF1": ("28", "02"), "DF01": ("28", "03"), "DF02": ("48", "04"), "DF03": ("48", "05")}


@dataclass
class Client:
    """A terminal: it knows where it stands, asks the SAM for proofs, and counts what it learns."""

    card: Card
    sam: Sam
    city8: bytes = b""
    directory: str = "MF"

    # the card

    def say(self, command: str | bytes) -> tuple[bytes, int]:
        return say(self.card.chip, command)

    def must(self, command: str | bytes) -> bytes:
        return must(self.card.chip, command)

    def sw(self, command: str | bytes) -> str:
        return f"{self.say(command)[1]:04X}"

    def power_on(self) -> None:
        """Sequence 1."""
        self.card.chip.reset()
        self.must("00A40000023F00")
        self.select("DDF1", "EF05")
        digits = self.must("00B2390005")
        assert digits[:2] == bytes.fromhex("3903")
        self.city8 = digits[2:].hex()[:2].encode() + b"000000"

    def select(self, *fids: str) -> None:
        for fid in fids:
            self.must(f"00A4000002{fid}")
            if fid.startswith("D"):
                self.directory = fid

    def challenge(self) -> bytes:
        return self.must("0084000008")

    # the SAM

    def open_sam(self) -> None:
        must(self.sam, "00A40000023F00")
        must(self.sam, "0020000003" + SAM_PIN)
        must(self.sam, "00A4000002DF01")

    def deliver(self, p1: str, key_id: str, challenge: bytes, *, city8: bytes | None = None) -> None:
        city = self.city8 if city8 is None else city8
        factors = self.card.chip8 + (city if p1 in ("47", "48") else b"") + challenge
        must(self.sam, bytes.fromhex(f"80DE{p1}{key_id}") + bytes([len(factors)]) + factors)

    def proof(self, kid: str, challenge: bytes, text: bytes, *, city8: bytes | None = None) -> bytes:
        """AUTH8 by the SAM."""
        p1, key_id = SAM_KEY[self.directory, kid]
        self.deliver(p1, key_id, challenge, city8=city8)
        answer = must(self.sam, bytes.fromhex("80FA000010") + text + bytes(8))
        assert len(answer) == 16
        return folded(answer)

    def authentication(self, kid: str, *, city8: bytes | None = None) -> bytes:
        """The command: one challenge to read, two to write."""
        text = T8 if kid in ("04", "84") else self.challenge()
        proof = self.proof(kid, self.challenge(), text, city8=city8)
        return bytes.fromhex(f"008200{kid}11") + proof + text + b"\x01"

    def authenticate(self, kid: str) -> None:
        self.must(self.authentication(kid))

    def secured(self, header: str, clear: bytes) -> bytes:
        """04 DC ..: block, cipher text, MAC, all by the SAM."""
        challenge = self.challenge()
        block = padded(bytes([len(clear)]) + clear)
        self.deliver(*STK[self.directory], challenge)
        text = must(self.sam, bytes.fromhex("80FA0000") + bytes([len(block)]) + block)
        head = bytes.fromhex(header) + bytes([len(text) + 4])
        return head + text + self.mac(challenge, head + text)

    def flag(self, header: str) -> bytes:
        """84 D2 / 84 0C: the MAC covers the header alone."""
        head = bytes.fromhex(header)
        return head + self.mac(self.challenge(), head)

    def mac(self, challenge: bytes, covered: bytes) -> bytes:
        self.deliver(*STK[self.directory], challenge)
        data = bytes(16) + padded(covered)
        mac = must(self.sam, bytes.fromhex("80FA0500") + bytes([len(data)]) + data)
        assert len(mac) == 4
        return mac


@pytest.fixture
def client(card: Card, sam: Sam) -> Client:
    opened = Client(card, sam)
    opened.open_sam()
    opened.power_on()
    return opened


def settled(client: Client) -> bytes:
    """The chip's memory once it has been used for the first time."""
    client.select("DDF1", "EF06")
    client.authenticate("04")
    return client.card.chip.dump()


def read_key_of(directory: str) -> str:
    return "04" if directory == "DDF1" else "84"


# 1 to 4


def test_1_power_on_shows_the_directories_and_the_city(card: Card, sam: Sam) -> None:
    client = Client(card, sam)
    card.chip.reset()
    names = {
        "jia": ("6F1484106A6D6A6B6B7979686A00000000000000A500", "6F10840C57532E5359532E4444463031A500"),
        "yi": ("6F11840F6A6D6A6B6B7979686A000000000000", "6F0E840C57532E5359532E4444463031"),
        "bing": ("", "6F10840C57532E5359532E4444463031A500"),
    }[card.product]
    assert client.must("00A40000023F00").hex().upper() == names[0]
    assert client.must("00A4000002DDF1").hex().upper() == names[1]
    assert client.must("00A4000002EF05") == b""
    assert client.must("00B2390005").hex() == "3903320000"


def test_1_a_contact_card_keeps_its_answer_waiting(sam: Sam, card: Card) -> None:
    answer = card.chip.transmit(bytes.fromhex("00A4000002DDF1"))
    if card.product == "bing":
        assert answer == bytes.fromhex("6112")
        assert card.chip.transmit(bytes.fromhex("00C0000012"))[-2:] == b"\x90\x00"
    else:
        assert answer[-2:] == b"\x90\x00"


def test_2_the_issuer_file_reads_freely_by_tag(client: Client) -> None:
    client.select("DDF1", "EF05")
    lengths = "01/03 02/06 03/20 04/0D 05/B6 06/06 08/14 09/05 0A/0C 39/05"
    read = [client.must(f"00B2{tag}00{le}") for tag, le in (pair.split("/") for pair in lengths.split())]
    assert read == records(client.card.layout.file("DDF1/EF05"))


def test_3_basic_information_reads_after_its_key(client: Client) -> None:
    client.select("DDF1", "EF06")
    assert client.sw("00B2010400") == "6982"
    client.authenticate("04")
    read = [client.must(f"00B2{number:02X}0400") for number in range(1, 6)]
    assert read == records(client.card.layout.file("DDF1/EF06"))


def test_4_the_photo_reads_to_the_length_it_names(client: Client) -> None:
    client.select("DDF1")
    if client.card.product == "bing":
        assert client.sw("00A4000002EF07") == "6A82"  # 16K: no photo
        return
    client.select("EF07")
    client.authenticate("04")
    length = int.from_bytes(client.must("00B0000002"), "big")
    photo = b""
    for at in range(0, length + 2, 0x80):
        photo += client.must(f"00B0{at:04X}{min(0x80, length + 2 - at):02X}")
    assert photo == PHOTO


# 5


@pytest.mark.parametrize(
    ("directory", "file", "kid", "path"),
    [
        ("DDF1", "EF08", "05", "DDF1/EF08"),
        ("DF01", "EF05", "85", "DF01/EF05"),
        ("DF01", "EF06", "85", "DF01/EF06"),
        ("DF01", "EF07", "85", "DF01/EF07"),
        ("DF01", "EF08", "85", "DF01/EF08"),
        ("DF02", "EF05", "85", "DF02/EF05"),
        ("DF02", "EF06", "86", "DF02/EF06"),
    ],
)
def test_5_every_record_is_read_and_rewritten_under_secure_messaging(
    client: Client, directory: str, file: str, kid: str, path: str
) -> None:
    layout = client.card.layout.file(path)
    client.select("DDF1", *([directory] if directory != "DDF1" else []), file)
    client.authenticate(read_key_of(directory))
    before, after = records(layout), records(layout, person=2)
    numbers = range(1, len(before) + 1)
    assert [client.must(f"00B2{number:02X}0400") for number in numbers] == before
    client.authenticate(kid)
    for number in numbers:
        client.must(client.secured(f"04DC{number:02X}04", after[number - 1]))
    assert [client.must(f"00B2{number:02X}0400") for number in numbers] == after


@pytest.mark.parametrize(("file", "size", "lc"), [("EF07", 120, 0x84), ("EF08", 24, 0x24)])
def test_5_a_cyclic_file_takes_the_newest_record_first(client: Client, file: str, size: int, lc: int) -> None:
    client.select("DDF1", "DF02")
    if client.card.product == "bing":  # 16K: no cyclic file
        assert client.sw(f"00A4000002{file}") == {"EF07": "9000", "EF08": "6A82"}[file]
        client.authenticate("87")
        assert client.sw(client.secured("04DC0003", bytes(size))) == {"EF07": "6981", "EF08": "6986"}[file]
        return
    client.select(file)
    client.authenticate("84")
    older = client.must("00B2010400")
    client.authenticate("87")
    command = client.secured("04DC0003", bytes([7]) * size)
    assert command[4] == lc
    client.must(command)
    assert client.must("00B2010400") == bytes([7]) * size
    assert client.must("00B2020400") == older


# 6


@pytest.mark.parametrize(("index", "file", "size", "steps"), [("EF05", "EE", 1639, 13), ("EF06", "ED", 3013, 24)])
def test_6_a_visit_is_written_in_steps_and_read_back(
    client: Client, index: str, file: str, size: int, steps: int
) -> None:
    client.select("DDF1", "DF03", index)
    client.authenticate("85")
    client.authenticate("84")
    client.select(f"{file}02")  # the rights of the directory stay
    data = bytes(at % 251 for at in range(size))
    commands = [
        bytes([0, 0xD6, at >> 8, at & 0xFF, len(data[at : at + 0x80])]) + data[at : at + 0x80]
        for at in range(0, size, 0x80)
    ]
    assert (len(commands), commands[-1][4]) == (steps, {1639: 0x67, 3013: 0x45}[size])
    for command in commands:
        client.must(command)
    read = b"".join(client.must(bytes([0, 0xB0, command[2], command[3], command[4]])) for command in commands)
    assert read == data
    client.select(f"{file}01")
    path = f"DF03/{file}01"
    assert client.must("00B0000010") == visit(client.card.layout.file(path))[:16]


# 7 and 8


def flags(client: Client, count: int) -> str:
    return b"".join(client.must(f"00B2{number:02X}0400") for number in range(1, count + 1)).hex().upper()


@pytest.mark.parametrize("index", ["EF05", "EF06"])
def test_7_an_index_flag_is_set_and_cleared_by_its_own_keys(client: Client, index: str) -> None:
    count = client.card.layout.file(f"DF03/{index}").records
    client.select("DDF1", "DF03", index)
    client.authenticate("84")
    assert flags(client, count) == "00" + "FF" * (count - 1)
    client.authenticate("85")
    command = client.flag("84D2020404")
    assert len(command) == 9
    client.must(command)
    assert flags(client, count) == "0000" + "FF" * (count - 2)
    client.authenticate("86")
    client.must(client.flag("840C010404"))
    assert flags(client, count) == "FF00" + "FF" * (count - 2)


def test_7_marking_needs_the_update_key_and_erasing_the_erase_key(client: Client) -> None:
    client.select("DDF1", "DF03", "EF05")
    client.authenticate("85")
    assert client.sw(client.flag("840C010404")) == "6982"
    client.select("DDF1", "DF03", "EF05")
    client.authenticate("86")
    assert client.sw(client.flag("84D2020404")) == "6982"


def write_next(client: Client, index: str, count: int) -> int:
    """Sequence 8: the first slot whose flag is FF; if none, erase all and use slot 1."""
    client.select("DDF1", "DF03", index)
    client.authenticate("84")
    state = flags(client, count)
    slots = [state[at : at + 2] for at in range(0, len(state), 2)]
    if "FF" not in slots:
        client.authenticate("86")
        for number in range(1, count + 1):
            client.must(client.flag(f"840C{number:02X}0404"))
        slots = ["FF"] * count
    slot = slots.index("FF") + 1
    client.authenticate("85")
    client.select(f"EE{slot:02X}")
    client.must(b"\x00\xd6\x00\x00\x01" + bytes([slot]))
    client.select(index)
    client.must(client.flag(f"84D2{slot:02X}0404"))
    return slot


def test_8_visits_fill_the_free_slots_and_then_start_again(client: Client) -> None:
    count = client.card.layout.file("DF03/EF05").records
    written = [write_next(client, "EF05", count) for _ in range(count + 1)]
    assert written == [*range(2, count + 1), 1, 2]


# Edge cases a card should accept (end of section 7)


def test_a_client_reads_on_at_the_end_and_writes_nothing_at_the_end(client: Client) -> None:
    client.select("DDF1", "DF03", "EF05")
    client.authenticate("85")
    client.authenticate("84")
    client.select("EE01")
    before = client.card.chip.dump()
    size = client.card.layout.file("DF03/EE01").size
    assert client.say(f"00B0{size:04X}00") == (b"", 0x9000)
    assert client.say("00D6008000") == (b"", 0x9000)
    assert client.card.chip.dump() == before


def test_a_second_challenge_before_authenticating_is_the_one_that_counts(client: Client) -> None:
    client.select("DDF1", "EF06")
    client.challenge()
    client.authenticate("04")


def test_authenticating_twice_and_selecting_ddf1_from_inside_is_fine(client: Client) -> None:
    client.select("DDF1", "DF03", "EF05")
    client.authenticate("84")
    client.authenticate("84")
    client.must("00B2010400")
    client.select("DDF1", "EF06")
    assert client.sw("00B2010400") == "6982"  # the rights of another directory do not reach here
    client.select("DDF1", "DF03", "EF05")
    assert client.sw("00B2010400") == "6982"  # and leaving it has cost its own


# What is wrong gets its word and changes nothing


def test_a_wrong_city_factor_costs_a_try_that_success_gives_back(client: Client) -> None:
    before = settled(client)
    client.select("DDF1", "EF06")
    for left in ("63CE", "63CD"):
        assert client.sw(client.authentication("04", city8=b"21000000")) == left
    assert client.sw("00B2010400") == "6982"
    client.authenticate("04")
    assert client.card.chip.dump() == before


def test_a_wrong_key_opens_nothing(client: Client) -> None:
    before = settled(client)
    client.select("DDF1", "DF01", "EF05")
    client.directory = "DF02"  # the SAM is asked for the key of another directory
    command = client.authentication("85")
    client.directory = "DF01"
    assert client.sw(command) == "63CE"
    assert client.sw(client.secured("04DC0104", records(client.card.layout.file("DF01/EF05"), 2)[0])) == "6982"
    client.authenticate("85")
    assert client.card.chip.dump() == before


def test_an_unknown_key_reference_is_told_so(client: Client) -> None:
    before = settled(client)
    client.challenge()
    assert client.sw("0082008E11" + "00" * 16 + "01") == "6A88"
    client.challenge()
    assert client.sw("0082000411" + "00" * 16 + "02") == "6A88"  # no such version
    assert client.card.chip.dump() == before


def test_a_key_without_tries_is_blocked_even_for_the_right_answer(client: Client) -> None:
    client.select("DDF1", "EF06")
    words = []
    for _ in range(16):
        client.challenge()
        words.append(client.sw("0082000411" + "00" * 16 + "01"))
    assert words == [f"63C{left:X}" for left in range(14, -1, -1)] + ["6983"]
    assert client.sw(client.authentication("04")) == "6983"
    client.power_on()
    client.select("DDF1", "EF06")
    assert client.sw(client.authentication("04")) == "6983"


@pytest.mark.parametrize("at", [5, -1])
def test_a_wrong_mac_or_cipher_text_writes_nothing(client: Client, at: int) -> None:
    record = records(client.card.layout.file("DF01/EF05"))[0]
    client.select("DDF1", "DF01", "EF05")
    client.authenticate("85")
    before = client.card.chip.dump()
    command = bytearray(client.secured("04DC0104", records(client.card.layout.file("DF01/EF05"), 2)[0]))
    command[at] ^= 1
    assert client.sw(bytes(command)) == "6988"
    client.must(client.secured("04DC0104", record))  # writing what stands there gives the try back
    assert client.card.chip.dump() == before


def test_a_flag_with_a_wrong_mac_or_none_stays(client: Client) -> None:
    client.select("DDF1", "DF03", "EF05")
    client.authenticate("85")
    before = client.card.chip.dump()
    command = bytearray(client.flag("84D2020404"))
    command[-1] ^= 1
    assert client.sw(bytes(command)) == "6988"
    assert client.sw("84D2020400") == "6987"
    client.must(client.flag("84D2010404"))  # marked already
    assert client.card.chip.dump() == before


def test_an_update_in_clear_is_refused_where_secure_messaging_is_due(client: Client) -> None:
    client.select("DDF1", "DF01", "EF05")
    client.authenticate("85")
    before = client.card.chip.dump()
    assert client.sw(card_maker.body("00DC0104", records(client.card.layout.file("DF01/EF05"), 2)[0])) == "6987"
    assert client.card.chip.dump() == before


def test_a_stale_challenge_proves_nothing(client: Client) -> None:
    before = settled(client)
    client.select("DDF1", "EF06")
    command = client.authentication("04")
    client.challenge()  # another one: the proof is for the one before
    assert client.sw(command) == "63CE"
    client.authenticate("04")
    assert client.sw(command) == "6984"  # replayed without any challenge
    assert client.card.chip.dump() == before


def test_a_replayed_update_is_refused(client: Client) -> None:
    client.select("DDF1", "DF01", "EF05")
    client.authenticate("85")
    layout = client.card.layout.file("DF01/EF05")
    first = client.secured("04DC0104", records(layout, 2)[0])
    client.must(first)
    client.must(client.secured("04DC0104", records(layout)[0]))
    before = client.card.chip.dump()
    assert client.sw(first) == "6984"
    client.challenge()
    assert client.sw(first) == "6988"
    client.must(client.secured("04DC0104", records(layout)[0]))
    assert client.card.chip.dump() == before


def test_what_is_forbidden_after_issue_stays_forbidden_with_every_key(client: Client) -> None:
    client.select("DDF1", "EF06")
    client.authenticate("04")
    client.authenticate("05")
    before = client.card.chip.dump()
    assert client.sw(client.secured("04DC0104", records(client.card.layout.file("DDF1/EF06"), 2)[0])) == "6982"
    client.select("EF05")
    assert client.sw(card_maker.body("00DC0104", b"\x01\x01\x32")) == "6982"
    assert client.card.chip.dump() == before


def block(client: Client, directory: str, header: str) -> None:
    client.select("DDF1", directory)
    client.authenticate("88")
    client.must(client.flag(header))


def test_a_blocked_application_refuses_all_business_until_it_is_unblocked(client: Client) -> None:
    before = settled(client)
    block(client, "DF01", "841E000004")
    blocked = client.card.chip.dump()
    assert client.sw("00A4000002DDF1") == "9000"
    assert client.sw("00A4000002DF01") == "6283"
    client.directory = "DF01"
    assert client.sw("00A4000002EF05") == "6283"
    assert client.sw(client.authentication("84")) == "6985"
    assert client.sw("00B2010400") == "6985"
    assert client.sw(client.secured("04DC0104", b"\x15\x01\x20")) == "6985"
    assert client.card.chip.dump() == blocked
    client.select("DDF1", "DF02", "EF05")  # the others go on
    client.authenticate("84")
    client.must("00B2010400")
    client.must("00A4000002DDF1")
    assert client.sw("00A4000002DF01") == "6283"
    client.directory = "DF01"
    client.authenticate("88")
    client.must(client.flag("8418000004"))
    assert client.card.chip.dump() == before
    client.select("DDF1", "DF01", "EF05")
    client.authenticate("84")
    client.must("00B2010400")


def test_a_block_for_ever_is_for_ever(client: Client) -> None:
    block(client, "DF03", "841E000104")
    blocked = client.card.chip.dump()
    client.power_on()
    client.select("DDF1")
    assert client.sw("00A4000002DF03") == "9303"
    assert client.sw("8418000004" + "00" * 4) != "9000"
    assert client.card.chip.dump() == blocked


def test_a_blocked_card_says_so_to_everything(client: Client) -> None:
    client.select("3F00")
    chip = client.card
    challenge = client.challenge()
    key = card_maker.div(chip.key("BK_MF"), challenge)
    proof = folded(card_maker.ecb(key, T8 + bytes(8)))
    client.must(bytes.fromhex("0082000411") + proof + T8 + b"\x01")
    header = bytes.fromhex("8416000004")
    client.must(header + card_maker.mac(card_maker.div(chip.key("STK_MF"), client.challenge()), header))
    dead = client.card.chip.dump()
    client.card.chip.reset()
    for command in ("00A40000023F00", "00A4000002DDF1", "0084000008", "00B2390005", "8418000004" + "00" * 4):
        assert client.sw(command) == "6A81"
    assert client.card.chip.dump() == dead


def test_a_blocking_with_a_wrong_mac_blocks_nothing(client: Client) -> None:
    before = settled(client)
    client.select("DDF1", "DF02")
    client.authenticate("88")
    assert client.sw("841E000004" + "00" * 4) in ("6984", "6988")
    client.challenge()
    assert client.sw("841E000004" + "00" * 4) == "6988"
    client.select("DDF1", "DF02", "EF05")
    client.authenticate("85")
    client.must(client.secured("04DC0104", records(client.card.layout.file("DF02/EF05"))[0]))
    assert client.card.chip.dump() == before
