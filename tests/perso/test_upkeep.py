"""Writes after issue: every goal is reached, settled after any interruption, and refused where it cannot be."""

from __future__ import annotations

import dataclasses

import pytest
from lying import Between
from perso_bench import KEYS, PRODUCTS, RESIDENT, blank, card_image
from upkeep_bench import conversation, issued, lock_pin, session, shape, upkeep, write_visits

from doubles.journal import MemoryJournal
from doubles.keys import MemoryKeys
from healthcard.card.host.pin import PinOk, PinWrong
from healthcard.card.host.session import Access
from healthcard.card.wire.errors import Refused as CardRefused
from healthcard.keys.errors import ServiceGone
from healthcard.perso.journal import JobState
from healthcard.perso.upkeep import business, items, locks, transfer
from healthcard.perso.upkeep.engine import execute, settle
from healthcard.perso.upkeep.errors import CannotBe, PadFailed
from healthcard.perso.upkeep.pin import UnlockPin
from healthcard.perso.upkeep.results import Finished, Held, Refused, RefusedChip

MOVED = dataclasses.replace(
    RESIDENT,
    phones=("13700000009",),
    registered_address="江苏省南京市新样路8号",
    residence_address="江苏省南京市新样路9号",
    photo=b"\xff\xd8new\xff\xd9",
)


class Pad:
    """A PIN pad; `typed` counts how often the holder was asked."""

    def __init__(self, digits: str = "482913") -> None:
        self.digits, self.typed = digits, 0

    def new_pin(self) -> str:
        self.typed += 1
        if not self.digits:
            raise PadFailed("the holder gave up")
        return self.digits


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_locked_pin_is_unlocked_with_the_digits_of_the_pad_and_none_of_them_is_kept(name: str) -> None:
    chip, journal, pad = issued(name), MemoryJournal(), Pad()
    lock_pin(name, chip)
    assert execute(upkeep(name, UnlockPin(pad=pad)), chip, journal, KEYS) == Finished(written=1)
    assert session(name, chip).verify_pin("482913") == PinOk()
    assert (journal.state, pad.typed) == (JobState.FINISHED, 1)
    assert "482913" not in repr((journal.intents, journal.outcomes, upkeep(name, UnlockPin(pad=pad))))


def test_a_pin_that_is_not_locked_is_left_alone_unless_it_is_renewed() -> None:
    chip, pad = issued("jia"), Pad()
    assert execute(upkeep("jia", UnlockPin(pad=pad)), chip, MemoryJournal(), KEYS) == Finished(written=0)
    assert pad.typed == 0
    assert execute(upkeep("jia", UnlockPin(pad=pad, renew=True)), chip, MemoryJournal(), KEYS) == Finished(written=1)
    assert session("jia", chip).verify_pin("482913") == PinOk()


@pytest.mark.parametrize("digits", ["", "12", "12a456"])
def test_without_a_usable_pin_from_the_pad_the_card_stays_locked_and_the_job_open(digits: str) -> None:
    chip, journal = issued("jia"), MemoryJournal()
    lock_pin("jia", chip)
    result = execute(upkeep("jia", UnlockPin(pad=Pad(digits))), chip, journal, KEYS)
    assert isinstance(result, Held)
    assert not digits or digits not in result.reason
    assert journal.state is JobState.WRITING
    assert settle(upkeep("jia", UnlockPin(pad=Pad())), chip, journal, KEYS) == Finished(written=1, resumed=True)


@pytest.mark.parametrize("name", PRODUCTS)
def test_items_are_changed_and_no_other_byte(name: str) -> None:
    chip, before, after = issued(name), card_image(name), card_image(name, MOVED)
    write_visits(name, chip)
    held = business.read(conversation(name, chip))
    wanted = items.differing(before, after)
    result = execute(upkeep(name, *items.change(after, wanted)), chip, MemoryJournal(), KEYS)
    assert result == Finished(written=1 if name == "bing" else 5)
    card = conversation(name, chip)
    for file in shape(name).files:
        if file.directory in ("DDF1", "DF01") and file.path != "DDF1/EF07":
            assert card.content(file.path).records == after.file(file.path).records
    assert name == "bing" or card.content("DDF1/EF07").content[:9] == b"\x00\x07" + MOVED.photo
    assert business.read(card) == held


def test_items_of_identity_take_a_new_card() -> None:
    image = card_image("jia", dataclasses.replace(RESIDENT, name="张新"))
    changed = items.differing(card_image("jia"), image)
    assert changed == {11}
    with pytest.raises(CannotBe, match="items 11 cannot be rewritten"):
        items.change(image, changed)
    assert {16, 22, 385} <= items.rewritable(image.layout)
    assert not {1, 8, 10, 11, 15, 62, 212} & items.rewritable(image.layout)


@pytest.mark.parametrize("name", PRODUCTS)
def test_business_data_move_to_another_card_byte_for_byte(name: str) -> None:
    old, new = issued(name), issued(name)
    write_visits(name, old)
    data = business.read(conversation(name, old))
    assert {"DF03/EE01", "DF03/ED01", "DF03/ED02"} <= {entry.path for entry in data.entries}
    goals, left = transfer.transfer(data, shape(name))
    assert left == ()
    assert isinstance(execute(upkeep(name, *goals), new, MemoryJournal(), KEYS), Finished)
    moved = business.read(conversation(name, new))
    assert (list(business.differences(data, moved)), moved.digest, moved.count) == ([], data.digest, data.count)
    assert business.BusinessData.decode(data.encode()) == data


def test_a_visit_in_the_way_is_taken_back_before_its_place_is_written() -> None:
    old, new = issued("jia"), issued("jia")
    write_visits("jia", old)
    data = business.read(conversation("jia", old))
    write_visits("jia", new)
    opened = session("jia", new)
    opened.open("DF03/ED01", Access.UPDATE)
    opened.update_binary("DF03/ED01", 300, b"other")
    watched = Between(new)
    goals, _ = transfer.transfer(data, shape("jia"))
    assert execute(upkeep("jia", *goals), watched, MemoryJournal(), KEYS) == Finished(written=3)
    order = [command[1] for command in watched.commands if command[1] in (0x0C, 0xD6, 0xD2)]
    assert order == [0x0C, 0xD6, 0xD2]
    assert business.read(conversation("jia", new)) == data


def test_what_a_smaller_card_has_no_place_for_is_told() -> None:
    old = issued("jia")
    write_visits("jia", old)
    data = business.read(conversation("jia", old))
    goals, left = transfer.transfer(data, shape("bing"))
    assert {entry.path for entry in left} >= {"DF03/EE01", "DF03/ED01", "DF02/EF07"}
    new = issued("bing")
    assert isinstance(execute(upkeep("bing", *goals), new, MemoryJournal(), KEYS), Finished)
    assert conversation("bing", new).content("DF02/EF05").records[13] == b"\x36\x01\x01"


def test_a_temporary_card_and_the_old_one_move_together_with_what_changed_last_in_front() -> None:
    old, temporary = issued("jia"), issued("jia")
    write_visits("jia", old)
    opened = session("jia", temporary)
    opened.open("DF02/EF05", Access.UPDATE)
    opened.update_record("DF02/EF05", 3, b"\x2b\x01\x01")
    opened.open("DF02/EF07", Access.UPDATE)
    opened.append_record("DF02/EF07", b"T" * 120)
    opened.open("DF03/ED01", Access.UPDATE)
    opened.update_binary("DF03/ED01", 0, b"temporary")
    opened.open("DF03/EF06", Access.UPDATE)
    opened.mark_valid("DF03/EF06", 1)
    both = [business.read(conversation("jia", chip)) for chip in (old, temporary)]
    data, left = transfer.merged(*both, business.planned(card_image("jia")), shape("jia"))
    records = {(entry.path, entry.number): entry.data for entry in data.entries}
    assert (records["DF02/EF05", 3], records["DF02/EF05", 14]) == (b"\x2b\x01\x01", b"\x36\x01\x01")
    assert [entry.data[:1] for entry in data.of("DF02/EF07")][:2] == [b"T", b"X"]
    assert [entry.data[:7] for entry in data.entries if "/ED" in entry.path] == [b"tempora", b"out one", b"out two"]
    assert [entry.path for entry in left] == ["DF02/EF07"]  # three places, four allergies


@pytest.mark.parametrize("name", PRODUCTS)
def test_applications_are_locked_for_ever_and_nothing_unlocks_them(name: str) -> None:
    chip = issued(name)
    assert execute(upkeep(name, *locks.termination()), chip, MemoryJournal(), KEYS) == Finished(written=3)
    again = execute(upkeep(name, *locks.termination()), chip, MemoryJournal(), KEYS)
    assert again == Finished(written=0)
    for directory in locks.APPLICATIONS:
        journal = MemoryJournal()
        result = execute(upkeep(name, locks.UnlockApplication(directory=directory)), chip, journal, KEYS)
        assert isinstance(result, Refused)
        assert journal.state is JobState.REFUSED
        with pytest.raises(CardRefused):
            session(name, chip).open(f"{directory}/EF05")


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_lock_for_the_time_being_is_lifted_again(name: str) -> None:
    chip = issued(name)
    lock = locks.LockApplication(directory="DF02", permanent=False)
    assert execute(upkeep(name, lock), chip, MemoryJournal(), KEYS) == Finished(written=1)
    wanted = upkeep(name, *items.change(card_image(name), [41]))
    assert isinstance(execute(wanted, chip, MemoryJournal(), KEYS), Refused)
    lift = locks.UnlockApplication(directory="DF02")
    assert execute(upkeep(name, lift), chip, MemoryJournal(), KEYS) == Finished(written=1)
    assert execute(wanted, chip, MemoryJournal(), KEYS) == Finished(written=0)


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_card_is_ended_and_answers_nothing_any_more(name: str) -> None:
    chip = issued(name)
    assert execute(upkeep(name, locks.EndCard()), chip, MemoryJournal(), KEYS) == Finished(written=1)
    dead = execute(upkeep(name, locks.EndCard()), chip, MemoryJournal(), KEYS)
    assert dead == Finished(written=0, proved=False)
    assert isinstance(execute(upkeep(name, *locks.termination()), chip, MemoryJournal(), KEYS), Refused)


@pytest.mark.parametrize("name", PRODUCTS)
def test_another_chip_gets_no_write_and_closes_only_a_job_that_was_not_begun(name: str) -> None:
    stranger, journal = Between(blank(name, upkeep(name).address.chip[:-1] + b"\xaa")), MemoryJournal()
    plan = upkeep(name, locks.EndCard())
    assert isinstance(settle(plan, stranger, journal, KEYS), RefusedChip)
    assert journal.state is JobState.PLANNED
    assert isinstance(execute(plan, stranger, journal, KEYS), RefusedChip)
    assert (journal.state, journal.intents) == (JobState.REFUSED, ())


def test_a_copy_that_answers_alike_but_has_other_keys_is_refused_before_any_write() -> None:
    copy, others = Between(issued("jia")), MemoryKeys("another province")
    result = execute(upkeep("jia", locks.EndCard()), copy, MemoryJournal(), others)
    assert isinstance(result, RefusedChip)
    assert not [command for command in copy.commands if command[1] in (0x16, 0x82)]


class Failing(MemoryKeys):
    """Keys of which `broken` are other ones; `gone`: nobody answers for them."""

    def __init__(self, broken: str, *, gone: bool = False) -> None:
        super().__init__()
        self.broken, self.gone, self.others = broken, gone, MemoryKeys("others")

    def encipher(self, name: str, *rest: object) -> bytes:
        if name == self.broken and self.gone:
            raise ServiceGone("the key service does not answer")
        return self.others.encipher(name, *rest) if name == self.broken else super().encipher(name, *rest)

    def mac(self, name: str, *rest: object) -> bytes:
        return self.others.mac(name, *rest) if name == self.broken else super().mac(name, *rest)


@pytest.mark.parametrize("broken", ["UK1_DDF1", "STK_DDF1", "RK1_DDF1"])
def test_no_key_is_tried_until_its_last_tries_are_gone(broken: str) -> None:
    chip, journal, keys = issued("jia"), MemoryJournal(), Failing(broken)
    image = card_image("jia", MOVED)
    plan = upkeep("jia", *items.change(image, [16]))
    sessions = 0
    while isinstance(execute(plan, chip, journal, keys), Held):
        sessions += 1
        assert sessions < 20
    assert (sessions, journal.state) == (12, JobState.REFUSED)
    assert "never spent" in journal.reason
    assert session("jia", chip).verify_pin("000000") == PinWrong(2)


def test_a_key_service_that_is_gone_costs_no_tries() -> None:
    chip, journal, keys = issued("jia"), MemoryJournal(), Failing("UK1_DDF1", gone=True)
    plan = upkeep("jia", *items.change(card_image("jia", MOVED), [16]))
    for _ in range(20):
        assert isinstance(execute(plan, chip, journal, keys), Held)
    assert settle(plan, chip, journal, KEYS) == Finished(written=1, resumed=True)


def test_a_job_is_not_settled_by_another_plan() -> None:
    chip, journal = issued("jia"), MemoryJournal()
    lock_pin("jia", chip)
    execute(upkeep("jia", UnlockPin(pad=Pad(""))), chip, journal, KEYS)
    with pytest.raises(ValueError, match="another plan"):
        settle(upkeep("jia", locks.EndCard()), chip, journal, KEYS)
