"""A station's question that was overtaken on the way changes nothing: it tells how the desk was before."""

from __future__ import annotations

import json

import pytest

KEY = bytes(32)
READERS = [{"name": "one", "card": True, "free": True}]


@pytest.fixture
def station(installation):
    """The line's side, and what station 1 says to it with a counter."""
    from healthcard.services.line.devices import Device
    from healthcard.services.line.seats import Seats
    from healthcard.services.line.sessions import Sessions
    from healthcard.services.line.signatures import STATION, Envelope, _mac
    from healthcard.services.line.stations import Stations

    acts = {
        "wait": lambda call: {"atr": call.reader.reset().hex()},
        "take": lambda call: {"told": dict(call.devices.take(Device.CAMERA).texts)},
    }
    sessions = Sessions(acts=acts)
    line = Stations(sessions, Seats(known=lambda: {1: KEY}, note=lambda stations: None))

    def say(counter, **message):
        text = json.dumps(message)
        epoch = getattr(say, "epoch", "")
        mac = _mac(KEY, STATION, 1, epoch, counter, text)
        told = line.heard(Envelope(station=1, epoch=epoch, counter=counter, message=text, mac=mac))
        return json.loads(told["message"])

    say.epoch = say(1, say="poll", readers=[], busy=[])["epoch"]
    yield sessions, say
    sessions.close("the test is over", 5)


def _ended(sessions, clerk, act):
    sessions._known[act].thread.join(10)
    return sessions.watched(clerk, act)


def test_an_overtaken_poll_does_not_end_the_act_under_way(station):
    from healthcard.services.actor import Actor

    sessions, say = station
    clerk = Actor(account=7, name="x", organisation=1, permissions=frozenset(), path="/1/")
    act = sessions.open_at(clerk, 1, "wait", {})["session"]
    work = say(3, say="poll", readers=READERS, busy=[])
    assert (work["say"], work["session"]) == ("work", act)
    assert say(4, say="status", session=act)["step"]["kind"] == "reset"
    assert say(2, say="poll", readers=READERS, busy=[]) == {"say": "wait", "seconds": 1.0}
    say(5, say="answer", session=act, number=1, answer={"responses": ["3B00"]})
    told = _ended(sessions, clerk, act)
    assert told["result"] == {"atr": "3b00"}


def test_a_station_that_was_started_anew_lets_its_act_end(station):
    from healthcard.services.actor import Actor

    sessions, say = station
    clerk = Actor(account=7, name="x", organisation=1, permissions=frozenset(), path="/1/")
    act = sessions.open_at(clerk, 1, "wait", {})["session"]
    say(2, say="poll", readers=READERS, busy=[])
    say(3, say="status", session=act)
    say(4, say="poll", readers=READERS, busy=[])
    told = _ended(sessions, clerk, act)
    assert "refused" in told


def test_a_device_is_asked_where_there_is_one_and_what_it_told_is_forgotten_in_time(station):
    import time

    from healthcard.services.actor import Actor
    from healthcard.services.errors import Invalid, NotFound
    from healthcard.services.line.sessions import KEEP_SECONDS

    sessions, say = station
    clerk = Actor(account=7, name="x", organisation=1, permissions=frozenset(), path="/1/")
    act = sessions.open_at(clerk, 1, "take", {"device": "camera"})["session"]
    assert say(2, say="poll", readers=READERS, busy=[])["say"] == "wait"
    assert sessions.watched(clerk, act)["wants"] == "device camera"
    work = say(3, say="poll", readers=[], devices=["camera"], busy=[])
    assert (work["say"], work["reader"], work["device"]) == ("work", "", "camera")
    assert say(4, say="status", session=act)["step"] == {"number": 1, "kind": "camera"}
    for wrong in ({}, {"told": {}}, {"told": {"picture": 1}}, {"told": {"picture": "AAAA", "other": "x"}}):
        with pytest.raises(Invalid):
            sessions.answer(clerk, act, 1, wrong)
    say(5, say="answer", session=act, number=1, answer={"told": {"picture": "AAAA"}})
    assert _ended(sessions, clerk, act)["result"] == {"told": {"picture": "AAAA"}}
    sessions.clock = lambda: time.monotonic() + KEEP_SECONDS + 1
    say(6, say="poll", readers=[], devices=["camera"], busy=[])
    with pytest.raises(NotFound):
        sessions.watched(clerk, act)
