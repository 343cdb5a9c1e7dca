"""The card session: it walks as clients do, authenticates once per stay, and never spends a card's tries."""

from __future__ import annotations

import pytest
from host_doubles import ADDRESS, FULL, OK, FakeKeys, WillingCard

from healthcard.card.host.errors import Forbidden, NoKeys, TriesSpared, WrongKey
from healthcard.card.host.place import way
from healthcard.card.host.session import Access, CardSession
from healthcard.card.wire import status
from healthcard.card.wire.errors import CardGone, MalformedAnswer, Refused
from healthcard.card.wire.tlv import Tlv


def session(card: WillingCard, keys: FakeKeys | None = None) -> CardSession:
    opened = CardSession(card, FULL, keys or FakeKeys(), ADDRESS)
    opened.reset()
    return opened


def answering(ins: int, *answers: bytes) -> WillingCard:
    """A willing card whose commands with this instruction are answered so, the last answer for ever."""
    queue = list(answers)

    def lie(n: int, answer: bytes) -> bytes:
        if card.commands[-1][1] != ins:
            return answer
        return queue.pop(0) if len(queue) > 1 else queue[0]

    card = WillingCard(lie)
    return card


# Where it stands


@pytest.mark.parametrize(
    ("here", "there", "steps"),
    [
        ("MF", "MF", []),
        ("MF", "DDF1", ["DDF1"]),
        ("MF", "DF02", ["DDF1", "DF02"]),
        ("DDF1", "DF01", ["DF01"]),
        ("DF01", "DF03", ["DF03"]),
        ("DF03", "DDF1", ["DDF1"]),
        ("DF03", "MF", ["MF"]),
        (None, "DF01", ["MF", "DDF1", "DF01"]),
        (None, "MF", ["MF"]),
    ],
)
def test_the_way_to_a_directory_is_the_shortest_a_card_allows(here: str | None, there: str, steps: list[str]) -> None:
    assert [directory.path for directory in way(FULL, here, there)] == steps


def test_selecting_walks_once_and_stays() -> None:
    card = WillingCard()
    opened = session(card)
    for path in ("DDF1/EF05", "DDF1/EF05", "DDF1/EF06", "DDF1", "DF01/EF05", "DF02/EF05"):
        opened.select(path)
    selected = [command[-4:] for command in card.sent]
    assert selected == ["DDF1", "EF05", "EF06", "DF01", "EF05", "DF02", "EF05"]


def test_after_a_failed_select_the_session_starts_from_the_master_file() -> None:
    card = WillingCard(lambda n, answer: b"\x6a\x82" if n == 2 else answer)
    opened = session(card)
    with pytest.raises(Refused):
        opened.select("DDF1/EF06")
    opened.select("DDF1/EF06")
    assert [command[-4:] for command in card.sent] == ["DDF1", "EF06", "3F00", "DDF1", "EF06"]


def test_a_card_somebody_else_reset_is_found_again() -> None:
    card = answering(0xB2, b"\x69\x86", Tlv(1, b"1").encode() + OK)
    opened = session(card)
    with pytest.raises(Refused):
        opened.read_tlv("DDF1/EF05", 1)
    assert opened.read_tlv("DDF1/EF05", 1) == Tlv(1, b"1")
    assert "00A40000023F00" in card.sent


def test_reading_authenticates_once_in_each_directory() -> None:
    keys = FakeKeys()
    card = WillingCard()
    opened = session(card, keys)
    for path in ("DDF1/EF06", "DDF1/EF08", "DF01/EF05", "DF01/EF06", "DDF1/EF06"):
        opened.open(path)
    assert [name for _, name, _, _ in keys.asked] == ["RK1_DDF1", "RK1_DF01", "RK1_DDF1"]


def test_reset_forgets_all_rights() -> None:
    keys = FakeKeys()
    opened = session(WillingCard(), keys)
    opened.open("DDF1/EF06")
    opened.reset()
    opened.open("DDF1/EF06")
    assert len(keys.asked) == 2


# Authentication


def test_to_read_the_client_text_is_enciphered_under_the_last_challenge() -> None:
    keys, card = FakeKeys(), WillingCard()
    opened = session(card, keys)
    opened.open("DDF1/EF06")
    ((_, name, challenge, text),) = keys.asked
    assert (name, challenge, text) == ("RK1_DDF1", (3).to_bytes(8, "big"), bytes.fromhex("1122334455667788") + bytes(8))
    enciphered = keys.encipher(name, ADDRESS, challenge, text)
    folded = bytes(a ^ b for a, b in zip(enciphered[:8], enciphered[8:], strict=True))
    assert card.sent[-1] == "0082000411" + folded.hex().upper() + "1122334455667788" + "01"


def test_to_update_the_first_of_two_challenges_is_the_text() -> None:
    keys, card = FakeKeys(), WillingCard()
    session(card, keys).open("DF01/EF05", Access.UPDATE)
    ((_, name, challenge, text),) = keys.asked
    first, second = (4).to_bytes(8, "big"), (5).to_bytes(8, "big")
    assert (name, challenge, text) == ("UK1_DF01", second, first + bytes(8))
    assert card.sent[-1].startswith("0082008511")


def test_a_refused_key_is_not_tried_again_unless_forced() -> None:
    card = answering(0x82, b"\x63\xce", b"\x63\xcd", OK)
    opened = session(card)
    with pytest.raises(WrongKey) as wrong:
        opened.open("DDF1/EF06")
    assert wrong.value.tries == 14
    opened.reset()
    sent = len(card.commands)
    with pytest.raises(TriesSpared, match="RK1_DDF1"):
        opened.open("DDF1/EF06")
    assert [command[1] for command in card.commands[sent:]] == [0xA4, 0xA4]  # no challenge, no authentication
    with pytest.raises(WrongKey):
        opened.external_authenticate("RK1_DDF1", force=True)
    opened.external_authenticate("RK1_DDF1", force=True)
    opened.open("DDF1/EF06")


def test_a_key_is_never_offered_twice_by_reading_a_whole_card_with_wrong_keys() -> None:
    card = answering(0x82, b"\x63\xce")
    opened = session(card)
    for file in FULL.files:
        with pytest.raises((WrongKey, TriesSpared, Forbidden)):
            opened.open(file.path, Access.UPDATE)
    assert sum(command[1] == 0x82 for command in card.commands) == 6  # one for each of the six keys that update


@pytest.mark.parametrize("word", ["6988", "9302"])
def test_a_wrong_mac_is_not_repeated_either(word: str) -> None:
    card = answering(0xDC, bytes.fromhex(word))
    opened = session(card)
    with pytest.raises(Refused):
        opened.update_record("DF01/EF05", 1, b"\x15\x01\x01")
    with pytest.raises(TriesSpared, match="STK_DF01"):
        opened.update_record("DF01/EF05", 2, b"\x16\x01\x01")
    assert sum(command[1] == 0xDC for command in card.commands) == 1


def test_a_blocked_key_is_a_refusal_not_a_wrong_key() -> None:
    with pytest.raises(Refused, match="blocked") as refused:
        session(answering(0x82, b"\x69\x83")).open("DDF1/EF06")
    assert not isinstance(refused.value, WrongKey)


def test_without_keys_only_free_files_open() -> None:
    opened = CardSession(WillingCard(), FULL)
    opened.reset()
    opened.open("DDF1/EF05")
    with pytest.raises(NoKeys, match="connect the key service or a SAM"):
        opened.open("DDF1/EF06")


def test_what_the_layout_allows_nobody_is_refused_before_any_command() -> None:
    card = WillingCard()
    opened = session(card)
    with pytest.raises(Forbidden, match="lets nobody update"):
        opened.open("DDF1/EF06", Access.UPDATE)
    with pytest.raises(Forbidden, match="禁止改写"):
        opened.update_record("DDF1/EF06", 1, b"")
    assert {command[1] for command in card.commands} <= {0xA4}


def test_a_chip_that_cannot_answer_our_challenge_is_not_genuine() -> None:
    card = WillingCard()
    assert session(card).internal_authenticate() is False
    assert card.sent[-1].startswith("0088000010")


def test_two_proofs_of_presence_ask_different_questions() -> None:
    card = WillingCard()
    opened = session(card)
    opened.internal_authenticate()
    opened.internal_authenticate()
    assert card.commands[-1] != card.commands[-2]


# Files


def test_records_are_asked_for_by_number_and_by_tag_as_clients_do() -> None:
    card = WillingCard()
    opened = session(card)
    assert opened.read_tlv("DDF1/EF05", 10) == Tlv(0x39, b"111")
    assert opened.read_tag("DDF1/EF05", 0x39) == Tlv(0x39, b"111")
    assert card.sent[-2:] == ["00B20A0405", "00B2390005"]


def test_a_record_with_another_tag_is_no_answer() -> None:
    card = answering(0xB2, Tlv(0x38, b"111").encode() + OK)
    with pytest.raises(MalformedAnswer, match="asked for tag 39"):
        session(card).read_tag("DDF1/EF05", 0x39)


def test_a_short_record_is_no_answer() -> None:
    card = answering(0xB2, Tlv(0x39, b"1").encode() + OK)
    with pytest.raises(MalformedAnswer, match="asked for 5 bytes"):
        session(card).read_tlv("DDF1/EF05", 10)


def test_transparent_files_move_in_steps_of_128_bytes() -> None:
    card = WillingCard()
    opened = session(card)
    assert len(opened.read_binary("DF03/EE01")) == 1893
    reads = [command for command in card.commands if command[1] == 0xB0]
    assert len(reads) == 12 * 1 + 3  # 14 x 128 + 101
    assert reads[-1] == bytes.fromhex("00B0070065")
    opened.update_binary("DF03/EE01", 0, bytes(1639))
    writes = [command for command in card.commands if command[1] == 0xD6]
    assert [command[4] for command in writes] == [0x80] * 12 + [103]  # card.md 7: EE 12 x 80 + 67 (hex)
    assert writes[1][:5] == bytes.fromhex("00D6008080")


def test_reading_nothing_asks_nothing() -> None:
    card = WillingCard()
    assert session(card).read_binary("DF03/EE01", 10, 0) == b""
    assert card.commands == []


def test_an_update_travels_in_the_form_its_layout_prescribes() -> None:
    card = WillingCard()
    opened = session(card)
    opened.update_record("DF01/EF05", 1, b"\x15\x01\x01")
    opened.append_record("DF02/EF07", bytes(120))
    opened.mark_valid("DF03/EF05", 2)
    opened.erase_record("DF03/EF06", 5)
    opened.update_binary("DDF1/EF07", 0, b"\x00\x00")
    updates = [command.hex().upper() for command in card.commands if command[1] not in (0xA4, 0x84)]
    headers = ["04DC010414", "04DC000384", "84D2020404", "840C050404", "00D6000002"]
    assert [update[:10] for update in updates] == headers
    assert [len(update) // 2 for update in updates] == [5 + 0x14, 5 + 0x84, 9, 9, 7]


def test_each_protected_update_asks_for_a_challenge_of_its_own() -> None:
    keys, card = FakeKeys(), WillingCard()
    opened = session(card, keys)
    for number in (1, 2):
        opened.update_record("DF01/EF05", number, b"\x15\x01\x01")
    challenges = [challenge for _, _, challenge, _ in keys.asked]
    assert challenges[0] == challenges[1] != challenges[2] == challenges[3]


# Locks and PIN


def test_an_application_is_locked_with_its_own_keys() -> None:
    keys, card = FakeKeys(), WillingCard()
    opened = session(card, keys)
    opened.block_application("DF02")
    opened.unblock_application("DF02")
    opened.block_application("DF02", permanent=True)
    opened.block_card()
    orders = [command[:5].hex().upper() for command in card.commands if command[0] == 0x84]
    assert orders == ["841E000004", "8418000004", "841E000104", "8416000004"]
    assert [name for _, name, _, _ in keys.asked] == [
        *("LK_DF02", "STK_DF02") * 3,
        *("BK_MF", "STK_MF"),
    ]


def test_a_locked_application_can_be_stood_on_to_unlock_it_but_not_to_read() -> None:
    card = answering(0xA4, OK, OK, b"\x62\x83")
    opened = session(card)
    opened.select("DDF1/EF05")
    opened.unblock_application("DF02")
    with pytest.raises(Refused, match="blocked"):
        opened.select("DF02/EF05")


@pytest.mark.parametrize("word", ["6A81", "9303", "6283", "6985"])
def test_unlocking_what_is_locked_for_ever_is_refused(word: str) -> None:
    with pytest.raises(Refused):
        session(answering(0x18, bytes.fromhex(word))).unblock_application("DF01")


def test_every_status_word_any_operation_knows_has_a_meaning() -> None:
    for word in (0x63C3, 0x6982, 0x6983, 0x6984, 0x6988, 0x6A82, 0x6A83, 0x9303):
        assert "no table knows" not in status.meaning(word)


class PulledCard(WillingCard):
    def transmit(self, command: bytes) -> bytes:
        if command[1] == 0xD6:
            raise CardGone("pulled")
        return super().transmit(command)


def test_a_card_pulled_in_the_middle_is_told_as_such() -> None:
    with pytest.raises(CardGone):
        session(PulledCard()).update_binary("DDF1/EF07", 0, bytes(300))
