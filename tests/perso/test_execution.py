"""Making a card: journalled, compared, closed; nothing but 9000 is taken for success."""

from __future__ import annotations

from random import Random

import pytest
from lying import Between, Repeating, writes
from perso_bench import KEYS, PRODUCTS, RESIDENT, blank, plan, rehearsed
from tears import fresh

from doubles.journal import MemoryJournal
from doubles.keys import MemoryKeys
from healthcard.card.host.reading import read_card
from healthcard.card.host.session import CardSession
from healthcard.card.os.tear import Tear, TearMode
from healthcard.keys.errors import ServiceGone
from healthcard.perso.dialogue import Dialogue
from healthcard.perso.execution import execute
from healthcard.perso.journal import Intent, JobState, Outcome
from healthcard.perso.ledger import FLOOR, RIGHTS
from healthcard.perso.plan import Kind
from healthcard.perso.rehearsed import RehearsedPlan
from healthcard.perso.results import Finished, Held, RefusedChip
from healthcard.perso.settling import settle

REHEARSED = {name: rehearsed(name) for name in PRODUCTS}


def one(name: str) -> RehearsedPlan:
    return fresh(REHEARSED[name])


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_blank_chip_becomes_the_card(name: str) -> None:
    chip, journal = blank(name), MemoryJournal()
    result = execute(one(name), chip, journal, KEYS)
    assert result == Finished(written=sum(step.writing for step in plan(name).steps))
    assert (journal.state, chip.life) == (JobState.FINISHED, "personalised")


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_made_card_reads_back_as_any_client_reads_it(name: str) -> None:
    chip, planned = blank(name), plan(name)
    execute(one(name), chip, MemoryJournal(), KEYS)
    session = CardSession(chip, planned.image.layout, KEYS, planned.address)
    content = read_card(session, session.reset())
    values = {no: field.text for no in (8, 11, 12, 57) if (field := content.field(no))}
    assert values == {8: RESIDENT.document.number, 11: RESIDENT.name, 12: "01", 57: "320100"}
    assert all(file.status == "ok" for file in content.files)


@pytest.mark.parametrize("name", PRODUCTS)
def test_intents_stand_in_the_journal_before_the_first_write(name: str) -> None:
    chip = Between(blank(name))

    class Strict(MemoryJournal):
        def open(self, plan_digest: bytes, intents: tuple[Intent, ...]) -> None:
            assert chip.written == 0
            super().open(plan_digest, intents)

    journal = Strict()
    execute(one(name), chip, journal, KEYS)
    due = [intent.index for intent in journal.intents if not intent.standby]
    assert [outcome.index for outcome in journal.outcomes if outcome.index != RIGHTS] == due
    assert chip.written == len(due)


def test_outcomes_are_committed_at_each_key_the_pin_and_the_end() -> None:
    journal = MemoryJournal()
    execute(one("jia"), blank("jia"), journal, KEYS)
    opened_tried_closed = 3
    assert journal.commits == 21 + 1 + 1 + opened_tried_closed


def test_another_chip_is_refused_before_the_first_write() -> None:
    stranger, journal = Between(blank("jia", bytes.fromhex("00F18601000000AA"))), MemoryJournal()
    assert isinstance(execute(one("jia"), stranger, journal, KEYS), RefusedChip)
    assert (stranger.written, journal.state, journal.digest) == (0, JobState.REFUSED, None)


def test_a_chip_of_another_product_is_refused_by_its_probe() -> None:
    twin = Between(blank("yi", plan("jia").address.chip))
    result = execute(one("jia"), twin, MemoryJournal(), KEYS)
    assert isinstance(result, RefusedChip)
    assert "jia" in result.reason
    assert twin.written == 0


def test_a_card_made_already_is_refused() -> None:
    chip = blank("bing")
    execute(one("bing"), chip, MemoryJournal(), KEYS)
    again = Between(chip)
    assert isinstance(execute(one("bing"), again, MemoryJournal(), KEYS), RefusedChip)
    assert again.written == 0


def test_a_chip_of_another_lot_is_refused_after_one_try() -> None:
    chip = Between(blank("jia", keys=MemoryKeys("another maker")))
    result = execute(one("jia"), chip, MemoryJournal(), KEYS)
    assert isinstance(result, RefusedChip)
    assert "14 tries left" in result.reason
    assert chip.written == 0


@pytest.mark.parametrize("told", [FLOOR, FLOOR + 1])
def test_the_last_tries_of_a_chip_that_refused_its_key_before_are_kept(told: int) -> None:
    chip, journal, planned = Between(blank("jia", keys=MemoryKeys("another maker"))), MemoryJournal(), plan("jia")
    journal.open(planned.digest, tuple(planned.intents()))
    journal.record([Outcome(index=RIGHTS, sw=0x63C0 + told)])
    result = execute(one("jia"), chip, journal, KEYS)
    assert isinstance(result, RefusedChip)
    proofs = [command for command in chip.commands if command[1] == 0x82]
    assert len(proofs) == told - FLOOR
    assert (f"has {FLOOR} tries left" in result.reason) == (told == FLOOR)
    assert journal.state is JobState.REFUSED


def test_a_try_whose_answer_was_lost_is_not_forgotten() -> None:
    chip, journal = blank("jia", keys=MemoryKeys("another maker")), MemoryJournal()
    chip.arm(Tear(at=4, mode=TearMode.AFTER))  # probes, life, challenge, then the proof
    assert isinstance(execute(one("jia"), chip, journal, KEYS), Held)
    assert journal.known()[RIGHTS].how == "attempt 1"


def test_a_half_made_chip_is_held_for_settling() -> None:
    chip, journal = blank("jia"), MemoryJournal()
    first = Between(chip, lambda n, command, answer: b"\x6f\x00" if n == 60 else answer)
    assert isinstance(execute(one("jia"), first, journal, KEYS), Held)
    result = execute(one("jia"), chip, MemoryJournal(), KEYS)
    assert isinstance(result, Held)
    assert "settle" in result.reason


def test_without_key_service_the_card_waits() -> None:
    class Gone(MemoryKeys):
        def encipher(self, *args: object) -> bytes:
            raise ServiceGone("The key service does not answer.")

    chip = Between(blank("jia"))
    assert isinstance(execute(one("jia"), chip, MemoryJournal(), Gone()), Held)
    assert chip.written == 0


def test_a_card_that_lies_about_a_write_is_found_by_reading_it_back() -> None:
    """The chip never gets the command; somebody in between says 9000."""
    for at in (20, 40, 55, 100):
        chip = Between(blank("jia"))
        swallow = chip.chip.transmit

        def cheat(command: bytes, at: int = at, chip: Between = chip, real: object = swallow) -> bytes:
            if len(chip.commands) == at and writes(command):
                return b"\x90\x00"
            return real(command)  # type: ignore[operator]

        chip.chip = type("Cheat", (), {"reset": chip.chip.reset, "transmit": staticmethod(cheat)})()
        assert isinstance(execute(one("jia"), chip, MemoryJournal(), KEYS), Held)


def test_no_other_status_word_is_taken_for_success_by_any_kind_of_step() -> None:
    steps = {step.kind: step for step in plan("jia").steps if step.kind is not Kind.AUTHENTICATE}
    assert len(steps) == 8

    class Word:
        def __init__(self) -> None:
            self.word = b""

        def transmit(self, command: bytes) -> bytes:
            return self.word

    card = Word()
    dialogue = Dialogue(card, plan("jia"), KEYS)  # type: ignore[arg-type]
    for word in range(0x10000):
        if word in (0x9000, *range(0x6100, 0x6200), *range(0x6C00, 0x6D00)):  # these ask for more: see below
            continue
        card.word = word.to_bytes(2, "big")
        assert all(dialogue.do(step) != 0x9000 for step in steps.values())


def test_any_status_word_at_any_step_leaves_the_card_held_or_refused() -> None:
    record = Between(blank("jia"))
    execute(one("jia"), record, MemoryJournal(), KEYS)
    random = Random(4)
    words = [*random.sample(range(0x10000), 600), *range(0x6100, 0x6200, 16), *range(0x6C00, 0x6D00, 16)]
    for word in words:
        at = random.randint(2, len(record.commands))
        if word == 0x9000:
            continue
        journal = MemoryJournal()
        result = execute(one("jia"), Repeating(record, at, word), journal, KEYS)
        assert not isinstance(result, Finished), f"{word:04X} at {at}"
        assert journal.state is not JobState.FINISHED


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_word_out_of_place_is_settled_afterwards(name: str) -> None:
    random = Random(7)
    record = Between(blank(name))
    execute(one(name), record, MemoryJournal(), KEYS)
    for _ in range(25):
        at, word = random.randint(5, len(record.commands)), random.choice([0x6F00, 0x6581, 0x6982, 0x6200, 0x6985])
        chip, journal = blank(name), MemoryJournal()
        lie = Between(chip, lambda n, command, answer, at=at, word=word: word.to_bytes(2, "big") if n == at else answer)
        if isinstance(execute(one(name), lie, journal, KEYS), Held):
            assert isinstance(settle(one(name), chip, journal, KEYS), Finished), f"{word:04X} at {at}"
            assert journal.state is JobState.FINISHED
