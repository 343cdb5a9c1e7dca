"""The channel: whole answers, bounded patience, plain refusals."""

from __future__ import annotations

import pytest
from host_doubles import ScriptedCard

from healthcard.card.host.channel import Channel
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.errors import CardGone, MalformedAnswer, Refused

READ = Command(cla=0, ins=0xB0, le=16)


def test_a_contact_card_is_asked_for_what_it_keeps_waiting() -> None:
    card = ScriptedCard("6103", "0102036102", "04059000")
    response = Channel(card).send(Command(cla=0, ins=0xA4, data=b"\xdd\xf1"))
    assert (response.data, response.sw) == (bytes.fromhex("0102030405"), 0x9000)
    assert card.sent == ["00A4000002DDF1", "00C0000003", "00C0000002"]


def test_a_wrong_length_is_asked_for_again_with_the_right_one() -> None:
    card = ScriptedCard("6C02", "AABB9000")
    assert Channel(card).expect(READ).data == b"\xaa\xbb"
    assert card.sent == ["00B0000010", "00B0000002"]


@pytest.mark.parametrize("answer", ["6105", "6C05", "61FF", "6C00"])
def test_a_card_that_always_wants_one_more_round_is_left_after_eight(answer: str) -> None:
    card = ScriptedCard(answer)
    with pytest.raises(MalformedAnswer, match="8 rounds"):
        Channel(card).send(READ)
    assert len(card.commands) == 1 + 8


@pytest.mark.parametrize("answer", ["", "90"])
def test_an_answer_without_a_status_word_is_no_answer(answer: str) -> None:
    with pytest.raises(MalformedAnswer):
        Channel(ScriptedCard(answer)).send(READ)


def test_what_a_refusal_means_depends_on_the_command() -> None:
    with pytest.raises(Refused, match=r"6A81.*blocked for ever") as selecting:
        Channel(ScriptedCard("6A81")).expect(Command(cla=0, ins=0xA4))
    assert (selecting.value.sw, selecting.value.what) == (0x6A81, "SELECT")
    with pytest.raises(Refused, match="is not there"):
        Channel(ScriptedCard("6A81")).expect(READ)


def test_other_status_words_are_fine_only_when_the_caller_says_so() -> None:
    command = Command(cla=0, ins=0xA4)
    assert Channel(ScriptedCard("6283")).expect(command, 0x9000, 0x6283).sw == 0x6283
    with pytest.raises(Refused):
        Channel(ScriptedCard("6283")).expect(command)
    with pytest.raises(Refused):
        Channel(ScriptedCard("9000")).expect(command, 0x6283)


def test_data_where_none_are_due_are_no_success() -> None:
    with pytest.raises(MalformedAnswer, match="answers no data"):
        Channel(ScriptedCard("019000")).order(Command(cla=0, ins=0xD6, data=b"x"))


class SilentCard(ScriptedCard):
    def transmit(self, command: bytes) -> bytes:
        raise CardGone("pulled")


@pytest.mark.parametrize(
    "card",
    [SilentCard("9000"), ScriptedCard("90"), ScriptedCard("6982"), ScriptedCard("6986")],
    ids=["silent", "cut short", "refusing", "without a file"],
)
def test_whoever_keeps_track_of_the_card_learns_that_it_may_stand_elsewhere(card: ScriptedCard) -> None:
    lost: list[bool] = []
    with pytest.raises((CardGone, MalformedAnswer, Refused)):
        Channel(card, lost=lambda: lost.append(True)).expect(READ)
    assert lost
