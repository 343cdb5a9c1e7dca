"""Runs: what goes to the chip in one round trip is what went one by one, whatever the chip answers in between."""

from __future__ import annotations

from random import Random

import pytest
from perso_bench import KEYS, PRODUCTS, blank, plan, rehearsed
from tears import fresh, meaning, untorn
from upkeep_bench import Running

from doubles.journal import MemoryJournal
from healthcard.card.host.channel import Channel
from healthcard.card.os.tear import Tear, TearMode
from healthcard.card.wire.apdu import Command, Response
from healthcard.card.wire.errors import CardGone, MalformedAnswer, Refused
from healthcard.perso.execution import execute
from healthcard.perso.journal import JobState
from healthcard.perso.results import Finished, Held
from healthcard.perso.settling import settle

REHEARSED = {name: rehearsed(name) for name in PRODUCTS}
FINAL = {name: meaning(untorn(name).states[-1]) for name in PRODUCTS}
COMMANDS = [Command(cla=0, ins=0xB2, p1=number, p2=4, le=8) for number in range(1, 5)]


class Told:
    """Answers as it was told to; `sent` has what came, runs as lists."""

    def __init__(self, *answers: list[str] | str) -> None:
        self.answers, self.sent = list(answers), []

    def reset(self) -> bytes:
        return b""

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command)
        return bytes.fromhex(self.answers.pop(0))

    def run(self, commands: list[bytes]) -> list[bytes]:
        self.sent.append(commands)
        return [bytes.fromhex(answer) for answer in self.answers.pop(0)]


def test_a_run_goes_out_once_and_every_answer_comes_back() -> None:
    chip = Told(["019000", "029000", "039000", "049000"])
    assert [answer.data for answer in Channel(chip).run(COMMANDS)] == [b"\1", b"\2", b"\3", b"\4"]
    assert chip.sent == [[command.encode() for command in COMMANDS]]


def test_a_run_ends_with_the_first_refusal() -> None:
    chip = Told(["019000", "6A83"])
    assert Channel(chip).run(COMMANDS) == [Response(data=b"\1", sw=0x9000), Response(sw=0x6A83)]


def test_a_wrong_length_is_repeated_alone_and_the_rest_goes_on_as_a_run() -> None:
    chip = Told(["019000", "6C02"], "02029000", ["039000", "049000"])
    assert [answer.data for answer in Channel(chip).run(COMMANDS)] == [b"\1", b"\2\2", b"\3", b"\4"]
    assert chip.sent[1][-1] == 2


def test_data_that_wait_are_fetched_behind_a_run_and_not_in_it() -> None:
    chip = Told(["6108", "9000", "9000", "6102"], "AABB9000")
    assert [answer.data for answer in Channel(chip).run(COMMANDS)] == [b"", b"", b"", b"\xaa\xbb"]


@pytest.mark.parametrize("answers", [[], ["9000"] * 5, ["9000", "90"]])
def test_answers_that_do_not_fit_the_run_are_no_answers(answers: list[str]) -> None:
    lost = []
    with pytest.raises(MalformedAnswer):
        Channel(Told(answers), lost=lambda: lost.append(1)).run(COMMANDS)
    assert lost == [1]


def test_orders_in_a_run_are_refused_in_the_words_of_their_command() -> None:
    with pytest.raises(Refused, match="READ RECORD: the card answered 6A83"):
        Channel(Told(["9000", "6A83"])).order_all(COMMANDS)
    with pytest.raises(MalformedAnswer, match="answers no data"):
        Channel(Told(["9000", "9000", "AA9000", "9000"])).order_all(COMMANDS)


def test_one_command_is_no_run() -> None:
    chip = Told("9000")
    assert Channel(chip).run(COMMANDS[:1]) == [Response(sw=0x9000)]
    assert Channel(chip).run([]) == []


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_card_made_in_runs_is_the_same_card_with_a_third_of_the_round_trips(name: str) -> None:
    reader, journal = Running(blank(name)), MemoryJournal()
    assert isinstance(execute(fresh(REHEARSED[name]), reader, journal, KEYS), Finished)
    assert meaning(reader.chip.dump()) == FINAL[name]
    assert reader.trips * 3 < len(untorn(name).states)
    assert set(journal.known()) >= {index for index, step in enumerate(plan(name).steps) if step.writing}


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_card_torn_in_a_run_is_settled(name: str) -> None:
    random, apdus = Random(20_121_008), len(untorn(name).states) - 1
    for _ in range(60):
        chip, journal = blank(name), MemoryJournal()
        chip.arm(Tear(at=random.randint(1, apdus), mode=random.choice(list(TearMode))))
        held = execute(fresh(REHEARSED[name]), Running(chip), journal, KEYS)
        assert isinstance(held, Held)
        result = settle(REHEARSED[name], Running(chip), journal, KEYS)
        if name != "yi":
            assert isinstance(result, Finished)
        if isinstance(result, Finished):
            assert meaning(chip.dump()) == FINAL[name]
        assert journal.state in (JobState.FINISHED, JobState.SCRAPPED)


def test_a_reader_that_dies_in_a_run_is_a_card_that_is_gone() -> None:
    class Dying(Told):
        def run(self, commands: list[bytes]) -> list[bytes]:
            raise CardGone("pulled")

    lost = []
    with pytest.raises(CardGone):
        Channel(Dying(), lost=lambda: lost.append(1)).run(COMMANDS)
    assert lost == [1]
