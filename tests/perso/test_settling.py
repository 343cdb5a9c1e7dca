"""Settling: the card is asked, what is right is left alone, what cannot be right is scrapped with its reason."""

from __future__ import annotations

import json

import pytest
from lying import Between
from perso_bench import KEYS, PRODUCTS, blank, plan, rehearsed
from tears import fresh, meaning, untorn

from doubles.journal import MemoryJournal
from doubles.keys import MemoryKeys
from healthcard.card.os import chip as user_card
from healthcard.card.os.chip import Chip
from healthcard.card.os.tear import Tear, TearMode
from healthcard.keys.errors import ServiceGone
from healthcard.perso.execution import execute
from healthcard.perso.journal import JobState, Outcome
from healthcard.perso.ledger import FLOOR
from healthcard.perso.plan import Kind
from healthcard.perso.results import Finished, Held, RefusedChip, Result, Scrapped
from healthcard.perso.settling import settle
from healthcard.perso.walk import in_place

REHEARSED = {name: rehearsed(name) for name in PRODUCTS}
BEFORE = {"jia": 4, "yi": 5, "bing": 3}  # commands up to the proof, which is step 0: probes, life, challenge
FINAL = {name: meaning(untorn(name).states[-1]) for name in PRODUCTS}


def torn(name: str, at: int, mode: TearMode = TearMode.AFTER) -> tuple[Chip, MemoryJournal]:
    """A chip torn while it was made, and its journal."""
    chip, journal = blank(name), MemoryJournal()
    chip.arm(Tear(at=at, mode=mode))
    assert isinstance(execute(fresh(REHEARSED[name]), chip, journal, KEYS), Held)
    return chip, journal


def settled(name: str, chip: object, journal: MemoryJournal, keys: MemoryKeys = KEYS) -> Result:
    return settle(REHEARSED[name], chip, journal, keys)


def place(name: str, kind: Kind, number: int = 0, key: str = "", path: str = "") -> int:
    """Which command of an execution (from 1) sends the step."""
    steps = [
        at for at, one in enumerate(plan(name).steps)
        if one.kind is kind and key in ("", one.key) and path in ("", one.path)
    ]  # fmt: skip
    return BEFORE[name] + steps[number]


def spoilt(chip: Chip, change: object) -> Chip:
    """The chip with its state changed behind everybody's back; `change(root row)`."""
    state = json.loads(chip.dump())
    change(state["root"])
    return user_card.restore(json.dumps(state, separators=(",", ":"), sort_keys=True).encode())


def directory(root: dict, name: str) -> dict:
    ddf1 = root["directories"][0]
    return ddf1 if name == "DDF1" else next(one for one in ddf1["directories"] if one["fid"] == int(name, 16))


def file(root: dict, path: str) -> dict:
    where, fid = path.split("/")
    return next(one for one in directory(root, where)["files"] if one["fid"] == int(fid, 16))


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.9])
def test_a_resumed_card_gets_no_write_for_what_is_right(name: str, share: float) -> None:
    steps = [step for step in plan(name).steps if step.writing]
    at = int(share * len(steps))
    chip, journal = torn(name, at + BEFORE[name])
    again = Between(chip)
    done = json.loads(chip.dump())
    result = settled(name, again, journal)
    assert isinstance(result, Finished)
    assert result.resumed
    assert again.written == result.written <= len(steps) - at + 2
    assert done != json.loads(chip.dump())
    assert meaning(chip.dump()) == FINAL[name]
    assert journal.state is JobState.FINISHED


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_card_whose_last_answer_was_lost_is_finished_without_a_write(name: str) -> None:
    chip, journal = torn(name, place(name, Kind.END) + count_of_readback(name))
    assert json.loads(chip.dump())["ended"]
    again = Between(chip)
    assert settled(name, again, journal) == Finished(written=0, resumed=True)
    assert again.written == 0


def count_of_readback(name: str) -> int:
    """Commands between the last content and the end: the whole card is read before it is closed."""
    record = Between(blank(name))
    execute(fresh(REHEARSED[name]), record, MemoryJournal(), KEYS)
    end = plan(name).product.end.command().encode()
    return record.commands.index(end) + 1 - place(name, Kind.END)


@pytest.mark.parametrize("name", PRODUCTS)
def test_another_chip_is_refused_before_the_first_write_and_the_job_stays_open(name: str) -> None:
    _, journal = torn(name, 50)
    other = plan(name).address.chip[:-1] + b"\xaa"
    stranger = Between(blank(name, other))
    assert isinstance(settled(name, stranger, journal), RefusedChip)
    assert (stranger.written, journal.state) == (0, JobState.WRITING)


def test_a_twin_of_another_product_is_refused_by_its_probe() -> None:
    _, journal = torn("jia", 50)
    twin = Between(blank("yi", plan("jia").address.chip))
    assert isinstance(settled("jia", twin, journal), RefusedChip)
    assert twin.written == 0


def test_a_job_with_another_plan_is_refused() -> None:
    chip, journal = torn("jia", 50)
    journal.digest = bytes(32)
    with pytest.raises(ValueError, match="another plan"):
        settled("jia", chip, journal)


def test_half_a_key_that_is_written_once_scraps_the_chip() -> None:
    chip, journal = torn("yi", place("yi", Kind.KEY, key="UK1_DF01"), TearMode.HALF)
    result = settled("yi", chip, journal)
    assert isinstance(result, Scrapped)
    assert "UK1_DF01: the chip holds half a key" in result.reason
    assert (journal.state, journal.reason) == (JobState.SCRAPPED, result.reason)


@pytest.mark.parametrize(("kind", "path"), [(Kind.CREATE, "DF02"), (Kind.CREATE, "DF03/EE02"), (Kind.PIN, "DDF1")])
def test_what_was_half_made_without_erasing_scraps_the_chip(kind: Kind, path: str) -> None:
    chip, journal = torn("yi", place("yi", kind, path=path), TearMode.HALF)
    result = settled("yi", chip, journal)
    assert isinstance(result, Scrapped)
    assert "half" in result.reason


@pytest.mark.parametrize("path", ["DDF1/EF07", "DF01/EF05", "DF02/EF07", "DF02/EF08"])
def test_half_a_page_is_written_again(path: str) -> None:
    kind = {"DDF1/EF07": Kind.BINARY, "DF01/EF05": Kind.RECORD}.get(path, Kind.APPEND)
    chip, journal = torn("yi", place("yi", kind, 1, path=path), TearMode.HALF)
    assert isinstance(settled("yi", chip, journal), Finished)
    assert meaning(chip.dump()) == FINAL["yi"]


def test_a_wrong_key_is_written_again_where_the_chip_allows_it() -> None:
    chip, journal = torn("jia", 90)
    chip = spoilt(chip, lambda root: directory(root, "DF01")["keys"][0][1].update(value="11" * 16))
    again = Between(chip)
    assert isinstance(settled("jia", again, journal), Finished)
    assert meaning(chip.dump()) == FINAL["jia"]


def test_a_wrong_key_on_a_chip_that_writes_it_once_scraps_the_chip() -> None:
    chip, journal = torn("yi", 90)
    chip = spoilt(chip, lambda root: directory(root, "DF01")["keys"][0][1].update(value="11" * 16))
    result = settled("yi", chip, journal)
    assert isinstance(result, Scrapped)
    assert "another key" in result.reason


def forget_order(root: dict) -> None:
    wrong = file(root, "DF02/EF07")
    wrong["records"] = [[n, "41" * 120] for n in range(3)]
    wrong["newest"] = 2


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("DF02", forget_order),
        ("DF01", lambda root: file(root, "DF01/EF06").update(whole=False)),
        ("DF03", lambda root: file(root, "DF03/EE01").update(content="00" * 1893)),
        ("DDF1", lambda root: directory(root, "DF01").update(whole=False)),
        ("DDF1", lambda root: directory(root, "DF02").update(name="4142")),
    ],
)
def test_what_cannot_be_mended_in_place_is_erased_and_built_anew(path: str, change: object) -> None:
    chip, journal = torn("jia", place("jia", Kind.END))
    chip = spoilt(chip, change)
    again = Between(chip)
    assert isinstance(settled("jia", again, journal), Finished)
    assert again.commands.count(plan("jia").product.erase.command().encode()) == 1
    erased = [one for one in journal.intents if one.standby and one.index in journal.known()]
    assert [one.path for one in erased] == [path]
    assert meaning(chip.dump()) == FINAL["jia"]


def test_what_cannot_be_erased_scraps_the_chip() -> None:
    chip, journal = torn("yi", place("yi", Kind.END))
    chip = spoilt(chip, forget_order)
    result = settled("yi", chip, journal)
    assert isinstance(result, Scrapped)
    assert "DF02/EF07" in result.reason


def test_what_comes_out_wrong_twice_scraps_the_chip() -> None:
    """A worn-out page: whatever is written there, it reads otherwise."""
    chip, journal = torn("jia", 40)

    def wear(n: int, command: bytes, answer: bytes) -> bytes:
        return bytes(8) + answer[8:] if command[:4] == b"\x00\xb2\x01\x04" else answer

    worn = Between(chip, wear)
    result = settled("jia", worn, journal)
    assert isinstance(result, Scrapped)
    once_in_each_look = 2
    assert worn.commands.count(plan("jia").product.erase.command().encode()) == once_in_each_look


@pytest.mark.parametrize("name", PRODUCTS)
def test_an_ended_card_with_another_content_is_scrapped(name: str) -> None:
    chip, journal = torn(name, place(name, Kind.END) + count_of_readback(name))
    chip = spoilt(chip, lambda root: file(root, "DDF1/EF06")["records"][0].__setitem__(1, "0b1e" + "41" * 30))
    again = Between(chip)
    result = settled(name, again, journal)
    assert isinstance(result, Scrapped)
    assert "record 1 of DDF1/EF06" in result.reason
    assert again.written == 0


def test_an_ended_card_with_a_wrong_key_is_scrapped_after_one_try() -> None:
    chip, journal = torn("jia", place("jia", Kind.END) + count_of_readback("jia"))
    chip = spoilt(chip, lambda root: dict(directory(root, "DDF1")["keys"])[4].update(value="11" * 16))
    result = settled("jia", chip, journal)
    assert isinstance(result, Scrapped)
    assert "14 left" in result.reason


def test_a_card_blocked_for_ever_is_scrapped() -> None:
    chip, journal = torn("jia", 50)
    state = json.loads(chip.dump())
    state["blocked"] = True
    chip = user_card.restore(json.dumps(state, separators=(",", ":"), sort_keys=True).encode())
    assert isinstance(settled("jia", chip, journal), Scrapped)


def test_a_refused_transport_key_is_tried_once_in_a_session_and_never_to_its_end() -> None:
    chip, journal = torn("jia", 50)
    state = json.loads(chip.dump())
    state["transport"]["value"] = "11" * 16
    chip = user_card.restore(json.dumps(state, separators=(",", ":"), sort_keys=True).encode())
    results = []
    for _ in range(14):
        again = Between(chip)
        results.append(settled("jia", again, journal))
        assert sum(command[1] == 0x82 for command in again.commands) == 1
        if isinstance(results[-1], Scrapped):
            break
    assert [type(one) for one in results] == [Held] * 11 + [Scrapped]
    assert json.loads(chip.dump())["transport"]["left"] == FLOOR


def test_tears_in_the_middle_of_the_proof_stop_before_the_tries_are_gone() -> None:
    chip, journal = torn("yi", 50)
    for _ in range(30):
        chip.arm(Tear(at=4, mode=TearMode.HALF))
        if isinstance(settled("yi", chip, journal), Scrapped):
            break
    assert json.loads(chip.dump())["transport"]["left"] >= FLOOR
    assert "tries left" in journal.reason


def test_a_key_service_that_is_gone_costs_the_card_nothing() -> None:
    class Gone(MemoryKeys):
        def encipher(self, *args: object) -> bytes:
            raise ServiceGone("The key service does not answer.")

    chip, journal = torn("jia", 50)
    for _ in range(20):
        result = settled("jia", chip, journal, Gone())
        assert isinstance(result, Held)
        assert "key service" in result.reason
    assert isinstance(settled("jia", chip, journal), Finished)


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_card_reset_by_another_program_is_never_scrapped_for_it(name: str) -> None:
    """At whatever command somebody resets it, the job finishes, or is held and finishes afterwards."""
    start, begun = torn(name, 50)
    length = len(watched(name, start.dump(), begun))
    for at in range(BEFORE[name] + 1, length, 9):
        chip, journal = user_card.restore(start.dump()), copied(begun)
        again = Between(chip)
        again.lie = lambda n, command, answer, at=at, chip=chip: (chip.reset() and answer) if n == at else answer
        result = settled(name, again, journal)
        assert isinstance(result, Held | Finished), f"{result} after a reset at {at}"
        if isinstance(result, Held):
            assert isinstance(settled(name, chip, journal), Finished)
        assert meaning(chip.dump()) == FINAL[name]


def watched(name: str, state: bytes, journal: MemoryJournal) -> list[bytes]:
    """The commands of settling from `state`."""
    record = Between(user_card.restore(state))
    settled(name, record, copied(journal))
    return record.commands


def copied(journal: MemoryJournal) -> MemoryJournal:
    twin = MemoryJournal()
    twin.digest, twin.intents, twin.state = journal.digest, journal.intents, journal.state
    twin.outcomes = list(journal.outcomes)
    return twin


def test_a_missing_outcome_is_asked_and_a_known_one_is_not_repeated() -> None:
    chip, journal = torn("jia", place("jia", Kind.KEY, key="STK_DF01"))
    last = max(outcome.index for outcome in journal.outcomes)
    settled("jia", chip, journal)
    known = journal.known()
    first_unknown = next(one for one in journal.intents if one.index > last)
    assert known[first_unknown.index] == Outcome(index=first_unknown.index, sw=0x9000, how="found")
    assert sum(outcome.index == 1 for outcome in journal.outcomes) == 1


@pytest.mark.parametrize(
    ("planned", "found", "count"),
    [
        ("cba", "", 0),
        ("cba", "a", 1),
        ("cba", "ba", 2),
        ("cba", "cba", 3),
        ("cba", "bax", 2),
        ("cba", "x", 0),
        ("aaa", "aa", 2),
        ("", "x", 0),
    ],
)
def test_appended_records_are_counted_from_the_newest(planned: str, found: str, count: int) -> None:
    assert in_place(tuple(map(str.encode, planned)), tuple(map(str.encode, found))) == count
