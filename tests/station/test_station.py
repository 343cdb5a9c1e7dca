"""The station between a workbench and readers, both doubles: what it carries, and what it survives."""

from __future__ import annotations

import json
import sys
import threading
from contextlib import contextmanager

import pytest
from desk_double import CODE, RESET, SECRET, DoubleCard, DoubleDesk, DoubleReaders, at_work, run, talk_to
from healthcard_station import signing
from healthcard_station.cards import CardGone
from healthcard_station.limited import LimitedCard, LimitedDevice
from healthcard_station.pairing import NotPaired, Pairing, load, save
from healthcard_station.programs import Program, named
from healthcard_station.talk import Impostor, pair
from healthcard_station.workbench import Refused, Unreachable, Workbench

SECONDS = 15


@contextmanager
def closing(address):
    workbench = Workbench(address)
    yield workbench
    workbench.leave()


class TypedPin:
    def take(self):
        return {"digits": "246810"}


def test_a_session_is_carried_to_the_card_and_the_card_let_go():
    desk, card = DoubleDesk([RESET, run("00A40000", "00B00000"), {"kind": "pad"}]), DoubleCard()
    with desk.open() as address, at_work(address, DoubleReaders(left=card), {"pad": TypedPin()}):
        assert desk.ended.wait(SECONDS)
        assert card.closed.wait(SECONDS)
    assert desk.answers == {
        1: {"responses": ["3B8880019000"]},
        2: {"responses": ["9000", "9000"]},
        3: {"told": {"digits": "246810"}},
    }


def test_a_card_that_is_pulled_is_told_with_the_answers_that_came_before():
    desk, card = DoubleDesk([RESET, run("01", "02", "03")]), DoubleCard(gone_at=3)
    with desk.open() as address, at_work(address, DoubleReaders(left=card)):
        assert desk.ended.wait(SECONDS)
    assert desk.answers[2] == {"responses": ["9000", "9000"], "gone": "the card was taken out"}


def test_a_card_that_hangs_is_given_up_while_the_station_goes_on_asking():
    desk, card = DoubleDesk([RESET, run("01")]), DoubleCard(hangs_at=1)
    with desk.open() as address, at_work(address, DoubleReaders(left=card, right=None), seconds=0.2):
        assert desk.ended.wait(SECONDS)
        before = len(desk.polls)
        while len(desk.polls) < before + 3:
            assert desk.polls
        told = {each["name"]: each["free"] for each in desk.polls[-1]["readers"]}
        card.released.set()
        assert card.closed.wait(SECONDS)
    assert "did not answer within 0.2 s" in desk.answers[2]["gone"]
    assert told == {"left": False, "right": True}


def test_lost_answers_are_asked_for_again_and_no_command_reaches_the_card_twice():
    desk, card = DoubleDesk([RESET, run("01"), run("02")]), DoubleCard()
    desk.lose = 3
    with desk.open() as address, at_work(address, DoubleReaders(left=card)):
        assert desk.ended.wait(SECONDS)
        assert card.closed.wait(SECONDS)
    assert card.heard == [b"\x01", b"\x02"]


def test_a_server_that_was_started_anew_is_talked_to_in_its_own_epoch():
    desk = DoubleDesk()
    with desk.open() as address, talk_to(address) as talk:
        assert talk.say({"say": "poll", "readers": [], "busy": []})["say"] == "wait"
        desk.epoch, desk.highest = "second", 500
        assert talk.say({"say": "poll", "readers": [], "busy": []})["say"] == "wait"
    assert desk.highest == 501


def test_an_answer_somebody_else_signed_is_not_believed():
    desk = DoubleDesk()
    with desk.open() as address:
        receive = desk.receive
        desk.receive = lambda path, body: (200, receive(path, body)[1] | {"proof": "0" * 64})
        with talk_to(address) as talk, pytest.raises(Impostor):
            talk.say({"say": "poll", "readers": [], "busy": []})


def test_an_answer_to_an_older_message_is_not_believed():
    desk, kept = DoubleDesk(), []
    with desk.open() as address, talk_to(address) as talk:
        receive = desk.receive

        def keep(path, body):
            kept.append(receive(path, body))
            return kept[-1]

        desk.receive = keep
        assert talk.say({"say": "poll", "readers": [], "busy": []})["say"] == "wait"
        desk.receive = lambda path, body: kept[-1]
        with pytest.raises(Impostor):
            talk.say({"say": "poll", "readers": [], "busy": []})


def test_a_station_with_another_secret_is_refused():
    with (
        DoubleDesk().open() as address,
        talk_to(address, secret="00" * 32) as talk,
        pytest.raises(Refused, match="签名不符"),
    ):
        talk.say({"say": "poll", "readers": [], "busy": []})


def test_nobody_at_home_is_waited_for_with_growing_pauses_and_then_told():
    pauses, now = [], [0.0]

    def pause(seconds):
        pauses.append(seconds)
        now[0] += seconds

    far = talk_to("http://127.0.0.1:9", clock=lambda: now[0], pause=pause)
    with far as talk, pytest.raises(Unreachable):
        talk.say({"say": "poll"}, patience=8.0)
    assert pauses == sorted(pauses)
    assert 4.0 < sum(pauses) <= 8.0


class Device:
    """Tells `told`, or hangs until it is released."""

    def __init__(self, told=None):
        self.told = told
        self.released = threading.Event()

    def take(self):
        if self.told is None:
            self.released.wait(SECONDS)
        return self.told


def test_a_device_is_asked_without_a_card_and_one_that_is_not_there_is_told_so():
    asked = {"kind": "camera"}
    desk = DoubleDesk([asked, {"kind": "signature"}], device="camera")
    with desk.open() as address, at_work(address, DoubleReaders(left=None), {"camera": Device({"picture": "AAAA"})}):
        assert desk.ended.wait(SECONDS)
    assert desk.polls[0]["devices"] == ["camera"]
    assert desk.answers == {1: {"told": {"picture": "AAAA"}}, 2: {"gone": "this station has no signature"}}


def test_a_device_that_hangs_is_given_up_and_rests_until_it_comes_back():
    hanging = Device()
    device = LimitedDevice(hanging, "camera", seconds=0.1)
    with pytest.raises(CardGone, match="nothing came"):
        device.take()
    with pytest.raises(CardGone, match="still hangs"):
        device.take()
    hanging.told = {"picture": "AAAA"}
    hanging.released.set()
    device._thread.join(SECONDS)
    assert device.take() == {"picture": "AAAA"}


@pytest.mark.parametrize(
    ("script", "match"),
    [
        ("import sys; sys.exit('no card lies there')", "no card lies there"),
        ("print('nonsense')", "no JSON object"),
        ("print('{\"name\": 1}')", "no JSON object"),
        ("import time; time.sleep(9)", "did not end"),
    ],
)
def test_a_makers_program_that_fails_says_why(script, match):
    with pytest.raises(CardGone, match=match):
        Program((sys.executable, "-c", script), seconds=0.5).take()


def test_a_device_behind_a_makers_program_tells_what_it_prints():
    name, command = named(f"identity_card={sys.executable} -c 'print({{}})'")
    assert (name, dict(Program(command).take())) == ("identity_card", {})
    for wrong in ("camera", "scales=program", "camera="):
        with pytest.raises(CardGone, match="NAME=COMMAND"):
            named(wrong)


def test_a_code_is_read_as_it_was_meant():
    assert signing.read_code(" 7kq4-9mxp ") == CODE
    assert signing.read_code("OIL") == "011"


def test_pairing_needs_the_code_and_the_server_proves_that_it_knows_it():
    desk = DoubleDesk()
    with desk.open() as address, closing(address) as workbench:
        made = pair(workbench, "7KQ4-9MXP", "desk 3", "ab" * 32)
        assert (made.station, made.secret) == (7, SECRET)
        with pytest.raises(Refused, match="配对码不对"):
            pair(workbench, "0000-0000", "desk 3", "ab" * 32)
        receive = desk.receive
        desk.receive = lambda path, body: (200, receive(path, body)[1] | {"proof": "0" * 64})
        with pytest.raises(Impostor):
            pair(workbench, "7KQ4-9MXP", "desk 3", "ab" * 32)


def test_the_secret_is_kept_for_one_user_and_shown_in_no_repr(tmp_path):
    path = tmp_path / "folder" / "pairing.json"
    save(path, Pairing(address="https://desk", station=7, secret=SECRET))
    assert path.stat().st_mode & 0o777 == 0o600
    assert load(path).secret == SECRET
    assert SECRET not in repr(load(path))
    path.chmod(0o644)
    with pytest.raises(NotPaired, match="Others may read"):
        load(path)


def test_a_file_that_is_no_pairing_is_named_as_such(tmp_path):
    path = tmp_path / "pairing.json"
    with pytest.raises(NotPaired, match="not paired yet"):
        load(path)
    path.write_text(json.dumps({"address": 1, "other": 2}))
    path.chmod(0o600)
    with pytest.raises(NotPaired, match="no pairing"):
        load(path)


def test_no_secret_goes_over_plain_http_to_another_machine():
    with pytest.raises(Refused, match="https"):
        Workbench("http://desk.example.org")


def test_a_card_given_up_gets_no_further_command():
    card = DoubleCard(hangs_at=1)
    limited = LimitedCard(lambda: card, "left", seconds=0.1)
    with pytest.raises(CardGone, match="did not answer"):
        limited.transmit(b"\x01")
    assert limited.stuck
    with pytest.raises(CardGone, match="given up"):
        limited.transmit(b"\x02")
    card.released.set()
    limited.close()
    assert card.closed.wait(SECONDS)
    assert card.heard == [b"\x01"]
