"""The meeting of an act and a station: one step at a time, repeated answers, silence, wrong numbers. No database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from healthcard.card.wire.errors import CardGone
from healthcard.perso.upkeep.errors import PadFailed
from healthcard.services.errors import Conflict, Invalid
from healthcard.services.line.devices import Device
from healthcard.services.line.relay import Relay, RelayedDevices, RelayedPad, RelayedTransport

ATR = {"responses": ["3B8880010000"]}
OK = {"responses": ["9000"]}
THREADS = ThreadPoolExecutor(70)


def started(act: Callable[[], object]) -> Future:
    return THREADS.submit(act)


def test_what_the_act_sends_reaches_the_station_and_the_answer_the_act() -> None:
    relay = Relay()
    reader = RelayedTransport(relay)
    act = started(lambda: (reader.reset(), reader.transmit(b"\x00\x84\x00\x00\x08")))
    first = relay.next(0, 5)
    assert first.told() == {"number": 1, "kind": "reset"}
    relay.take(1, ATR)
    second = relay.next(1, 5)
    assert second.told() == {"number": 2, "kind": "run", "commands": [{"apdu": "0084000008", "expect": []}]}
    relay.take(2, {"responses": ["1122334455667788" + "9000"]})
    assert act.result(5) == (bytes.fromhex("3B8880010000"), bytes.fromhex("11223344556677889000"))


def test_a_run_goes_out_whole_and_ends_where_the_card_said_no() -> None:
    relay = Relay()
    act = started(lambda: RelayedTransport(relay).run([b"\x00\xd6\x00\x00"] * 3))
    step = relay.next(0, 5)
    assert [row["expect"] for row in step.told()["commands"]] == [["9000", "61xx"], ["9000", "61xx"], []]
    relay.take(1, {"responses": ["9000", "6A82"]})
    assert act.result(5) == [b"\x90\x00", b"\x6a\x82"]


def test_the_same_answer_again_changes_nothing_and_another_one_is_refused() -> None:
    relay = Relay()
    reader = RelayedTransport(relay)
    act = started(lambda: [reader.transmit(b"\x00\x84\x00\x00") for _ in range(3)])
    assert relay.next(0, 5).number == 1
    relay.take(1, OK)
    assert relay.next(1, 5).number == 2
    relay.take(1, OK)
    assert relay.next(1, 5).number == 2
    with pytest.raises(Conflict, match="answered otherwise"):
        relay.take(1, {"responses": ["6A82"]})
    relay.take(2, OK)
    assert relay.next(2, 5).number == 3
    for number in (0, 1, 4):
        with pytest.raises(Conflict, match="not due"):
            relay.take(number, OK)
    relay.take(3, OK)
    assert act.result(5) == [b"\x90\x00"] * 3


def test_a_late_repetition_of_an_older_answer_never_stands_for_the_next_step() -> None:
    relay, goes_on = Relay(), Event()
    reader = RelayedTransport(relay)

    def act() -> list[bytes]:
        answers = [reader.transmit(b"\x00\x84\x00\x00"), reader.transmit(b"\x00\xd6\x00\x00")]
        goes_on.wait(5)  # the act is at work: no step is due
        return [*answers, reader.transmit(b"\x00\xb0\x00\x00")]

    done = started(act)
    relay.next(0, 5)
    relay.take(1, OK)
    relay.next(1, 5)
    relay.take(2, {"responses": ["6A82"]})
    relay.take(1, OK)  # sent again on the way and overtaken
    goes_on.set()
    assert relay.next(2, 5).number == 3
    relay.take(3, {"responses": ["6982"]})
    assert done.result(5) == [b"\x90\x00", b"\x6a\x82", b"\x69\x82"]


def test_64_stations_with_the_same_answer_move_the_act_by_one_step() -> None:
    relay = Relay()
    reader = RelayedTransport(relay)
    act = started(lambda: [reader.transmit(b"\x00\x84\x00\x00") for _ in range(2)])
    relay.next(0, 5)

    def post() -> int:
        relay.take(1, OK)
        return relay.next(1, 5).number

    assert {future.result(5) for future in [started(post) for _ in range(64)]} == {2}
    relay.take(2, OK)
    assert len(act.result(5)) == 2


def test_a_silent_station_and_a_card_taken_away_are_the_same_to_the_act() -> None:
    relay = Relay(idle=0.05)
    with pytest.raises(CardGone, match="silent"):
        RelayedTransport(relay).reset()
    with pytest.raises(CardGone, match="silent"):
        RelayedTransport(relay).transmit(b"\x00\x84\x00\x00")
    assert relay.next(0, 0) is None
    relay.take(1, ATR)  # too late, and no harm
    other = Relay()
    act = started(lambda: RelayedTransport(other).run([b"\x00\xd6\x00\x00"] * 2))
    other.next(0, 5)
    other.take(1, {"responses": ["9000"], "gone": "pulled from the reader"})
    with pytest.raises(CardGone, match="pulled"):
        act.result(5)


def test_closing_the_line_tells_the_act_at_once() -> None:
    relay = Relay()
    act = started(RelayedTransport(relay).reset)
    relay.next(0, 5)
    relay.close("the line is being stopped")
    with pytest.raises(CardGone, match="stopped"):
        act.result(5)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"responses": []},
        {"responses": ["90"]},
        {"responses": ["9G00"]},
        {"responses": [9000]},
        {"responses": "9000"},
        {"responses": ["9000", "9000", "9000"]},
        {"responses": ["9000"]},
        {"gone": 1},
    ],
)
def test_what_is_no_answer_is_refused_and_the_step_stays_due(answer: dict) -> None:
    relay = Relay()
    act = started(lambda: RelayedTransport(relay).run([b"\x00\xd6\x00\x00"] * 2))
    relay.next(0, 5)
    with pytest.raises(Invalid):
        relay.take(1, answer)
    relay.take(1, {"responses": ["9000", "9000"]})
    assert len(act.result(5)) == 2


def test_digits_of_the_pad_reach_the_act_and_stay_nowhere() -> None:
    relay = Relay()
    act = started(RelayedPad(RelayedDevices(relay)).new_pin)
    assert relay.next(0, 5).kind is Device.PAD
    relay.take(1, {"told": {"digits": "482913"}})
    assert act.result(5) == "482913"
    relay.take(1, {"told": {"digits": "482913"}})
    assert not any("482913" in repr(getattr(relay, name)) for name in vars(relay))
    other = Relay()
    given_up = started(RelayedPad(RelayedDevices(other)).new_pin)
    other.next(0, 5)
    other.take(1, {"gone": "the holder went away"})
    with pytest.raises(PadFailed, match="went away"):
        given_up.result(5)
