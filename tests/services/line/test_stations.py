"""Stations against the card line: pairing, what is signed, and acts on cards carried by the station's own program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from healthcard_station import signing
from healthcard_station.cards import CardGone
from healthcard_station.pairing import Pairing
from healthcard_station.station import Station
from healthcard_station.talk import Talk
from healthcard_station.workbench import Refused, Unreachable

from healthcard.card.host.rack import TearMoment

pytestmark = pytest.mark.xdist_group("line")
COMMAND = [sys.executable, "-c", "from healthcard.site.main import main; main()", "line"]
CHALLENGE = "ab" * 32
POLL = {"say": "poll", "readers": [], "busy": []}
SECONDS = 60


@pytest.fixture
def db(committed_db):
    """The line works on a connection of its own: what the test writes has to be committed."""


@pytest.fixture
def line(helpers, installation):
    """A line process; `again` kills it and starts another one."""
    held = SimpleNamespace()

    def start():
        held.process = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, env=os.environ.copy())
        assert held.process.stdout.readline() == b"ready\n"

    def again():
        held.process.kill()
        held.process.wait()
        held.process.stdout.close()
        start()

    held.again = again
    start()
    yield held
    held.process.terminate()
    held.process.wait(timeout=20)
    held.process.stdout.close()


class Door:
    """The workbench's door without HTTP in between; `lose` answers are lost after they were given."""

    def __init__(self):
        self.lose = 0
        self.said = []

    def post(self, path, body):
        from healthcard.services.errors import NotAuthenticated
        from healthcard.services.line import client
        from healthcard.services.line.failures import LineGone
        from healthcard.services.line.signatures import Envelope

        self.said.append(body)
        try:
            answer = client.line().heard(Envelope(**body))
        except NotAuthenticated as error:
            raise Refused(str(error)) from error
        except LineGone as error:
            raise Unreachable(str(error)) from error
        if self.lose > 0 and '"poll"' not in body["message"]:
            self.lose -= 1
            raise Unreachable("lost on its way")
        return answer

    def leave(self):
        """Nothing is kept open."""


class Rack:
    """A reader in which virtual chips can be put."""

    def __init__(self):
        self.chip = None

    def look(self):
        return {"virtual": self.chip is not None}

    def open(self, name):
        return Lent(self)


class Lent:
    def __init__(self, reader):
        self.reader, self.chip = reader, reader.chip

    def _there(self):
        if self.reader.chip is not self.chip or self.chip is None:
            raise CardGone("the card was taken out")

    def reset(self):
        self._there()
        return self.chip.reset()

    def transmit(self, command):
        from healthcard.card.wire.errors import CardError

        self._there()
        try:
            return self.chip.transmit(command)
        except CardError as error:
            self.reader.chip = None
            raise CardGone(str(error)) from error

    def close(self):
        """The chip stays open in the test's hands."""


@pytest.fixture
def paired(maker, line):
    from healthcard.services.desk import stations

    code = stations.invite(maker).code
    made = stations.pair(code, "三号窗口", CHALLENGE)
    return Pairing(address="", station=made.station, secret=made.secret)


@pytest.fixture
def desk(paired):
    """The station's program at work on a virtual reader."""
    door, reader = Door(), Rack()
    station = Station(Talk(door, paired), reader)
    thread = threading.Thread(target=station.run, daemon=True)
    thread.start()
    yield SimpleNamespace(door=door, reader=reader)
    station.stop()
    thread.join(30)
    assert not thread.is_alive()


def ended(actor, session, state=("done", "failed")):
    from healthcard.services.desk import reader_acts

    until = time.monotonic() + SECONDS
    while (progress := reader_acts.progress(actor, session)).state not in state:
        assert time.monotonic() < until, progress
        time.sleep(0.05)
    return progress


def test_a_code_pairs_one_pc_once_and_the_server_proves_that_it_knows_it(maker, line):
    from healthcard.services.desk import stations
    from healthcard.services.errors import NotAuthenticated

    code = stations.invite(maker).code
    for wrong in ("0000-0000", code[:-1], ""):
        with pytest.raises(NotAuthenticated, match="配对码不对"):
            stations.pair(wrong, "desk", CHALLENGE)
    made = stations.pair(f" {code.lower()} ", "三号窗口", CHALLENGE)
    read = signing.read_code(code)
    assert made.proof == signing.paired(read, challenge=CHALLENGE, station=made.station, secret=made.secret)
    assert made.secret not in repr(made)
    with pytest.raises(NotAuthenticated, match="配对码不对"):
        stations.pair(code, "another", CHALLENGE)
    (row,) = stations.of(maker)
    assert (row.name, row.mine, row.there) == ("三号窗口", True, False)


def test_a_closed_station_and_a_wrong_secret_are_refused(maker, paired):
    from healthcard.services.desk import stations

    talk = Talk(Door(), paired)
    assert talk.say(POLL)["say"] == "wait"
    assert stations.of(maker)[0].there
    wrong = Pairing(address="", station=paired.station, secret="00" * 32)
    with pytest.raises(Refused, match="not signed"):
        Talk(Door(), wrong).say(POLL)
    stations.close(maker, paired.station)
    with pytest.raises(Refused, match="not paired"):
        talk.say(POLL)
    assert stations.of(maker) == ()


def test_a_message_that_was_heard_is_not_heard_again(paired):
    door = Door()
    talk = Talk(door, paired)
    talk.say(POLL)
    again = json.loads(door.post("", dict(door.said[-1]))["message"])
    assert again["say"] == "again"


def test_a_card_is_made_by_the_station_with_its_progress_told(maker, desk, order, blank):
    from healthcard.services.desk import reader_acts
    from healthcard.services.workshop import cards

    card, serial = order()
    session = reader_acts.start(maker, "personalise", {"card": card})
    assert reader_acts.start(maker, "personalise", {"card": card}) == session, "a double click is one act"
    assert ended(maker, session, ("waiting",)).words_zh
    with blank("jia", serial) as chip:
        desk.door.lose = 2
        desk.reader.chip = chip
        progress = ended(maker, session)
        desk.reader.chip = None
    assert (progress.state, progress.words_zh) == ("done", "完成，可以取卡。")
    assert progress.done == progress.total > 10
    assert cards.shown(maker, card).life == "made"


def test_a_card_pulled_in_the_middle_goes_on_when_it_is_put_back_and_another_one_does_not(maker, desk, order, blank):
    from healthcard.services.desk import reader_acts
    from healthcard.services.workshop import cards

    card, serial = order()
    with blank("yi", serial) as chip, blank("yi", f"{serial}x", 2) as other:
        chip.arm(60, TearMoment.AFTER)
        desk.reader.chip = chip
        held = ended(maker, reader_acts.start(maker, "personalise", {"card": card}))
        assert (held.state, held.again) == ("failed", "settle making")
        assert held.words_zh.startswith("办理中断，卡片没有损坏")
        desk.reader.chip = other
        wrong = ended(maker, reader_acts.start(maker, held.again, {"card": card}))
        assert wrong.state == "failed"
        assert wrong.words_zh.startswith("读写器里的卡片不能办理这一步")
        desk.reader.chip = chip
        assert ended(maker, reader_acts.start(maker, held.again, {"card": card})).state == "done"
    assert cards.shown(maker, card).life == "made"


def test_a_line_that_was_killed_says_so_and_the_station_goes_on_with_the_next_one(maker, desk, line, order, blank):
    from healthcard.services.desk import reader_acts

    card, serial = order()
    with blank("jia", serial) as chip:
        session = reader_acts.start(maker, "personalise", {"card": card})
        line.again()
        assert ended(maker, session).words_zh.startswith("服务重新启动")
        desk.reader.chip = chip
        assert ended(maker, reader_acts.start(maker, "personalise", {"card": card})).state == "done"


def test_nobody_starts_an_act_without_a_station_or_beside_another_one(maker, clerk, line):
    from healthcard.services.desk import reader_acts, stations
    from healthcard.services.errors import Refused as Said

    with pytest.raises(Said, match="no station"):
        reader_acts.start(maker, "look", {})
    code = stations.invite(maker).code
    stations.pair(code, "三号窗口", CHALLENGE)
    reader_acts.start(maker, "look", {})
    with pytest.raises(Said, match="another card"):
        reader_acts.start(maker, "compare", {"card": 1})
    stations.sit(clerk, stations.of(clerk)[0].id)
    with pytest.raises(Said, match="no station"):
        reader_acts.start(maker, "look", {})


class Telling:
    """A device that tells what it was given, or why it does not."""

    def __init__(self, told=None, gone="nobody came"):
        self.told, self.gone = told, gone

    def take(self):
        if self.told is None:
            raise CardGone(self.gone)
        return self.told


@pytest.fixture
def window(clerk, line):
    """A clerk's station with devices, none of whose readers holds a card; `start` it when something waits for it."""
    from healthcard.services.desk import stations

    made = stations.pair(stations.invite(clerk).code, "三号窗口", CHALLENGE)
    known = Pairing(address="", station=made.station, secret=made.secret)
    devices = {"identity_card": Telling(), "camera": Telling({"picture": "/9j/2Q=="})}
    station = Station(Talk(Door(), known), Rack(), devices)
    thread = threading.Thread(target=station.run, daemon=True)
    yield SimpleNamespace(devices=devices, start=thread.start)
    station.stop()
    thread.join(30)
    assert not thread.is_alive()


def test_devices_of_a_desk_are_asked_through_its_station_and_what_they_told_is_forgotten(clerk, maker, window, people):
    from healthcard.services.desk import devices, reader_acts
    from healthcard.services.errors import Refused as Said
    from healthcard.services.line.devices import Device
    from healthcard.services.people import residents
    from healthcard.storage.models import AuditEntry

    taken = devices.ask(clerk, Device.CAMERA)
    window.start()
    assert ended(clerk, taken).words_zh == "已读取。"
    assert devices.picture(clerk, taken, Device.CAMERA) == bytes.fromhex("ffd8ffd9")
    for other, device in ((clerk, Device.SIGNATURE), (maker, Device.CAMERA)):
        with pytest.raises(Said, match="told nothing"):
            devices.picture(other, taken, device)
    devices.forget(clerk, taken)
    with pytest.raises(Said, match="told nothing"):
        devices.picture(clerk, taken, Device.CAMERA)

    refused = ended(clerk, devices.ask(clerk, Device.IDENTITY_CARD))
    assert (refused.state, refused.words_zh) == ("failed", "设备没有给出结果 请重试，或按原件办理")
    number = residents.opened(people[0]).document.number
    window.devices["identity_card"].told = {"name": "某某", "citizen_number": number}
    read = devices.ask(clerk, Device.IDENTITY_CARD)
    assert ended(clerk, read).state == "done"
    assert [devices.identify(clerk, read, person) for person in people[:2]] == [True, False]
    noted = AuditEntry.objects.filter(action__in=["device.take", "identity.read"]).values_list("body", flat=True)
    assert len(noted) == 4
    assert not any(number.encode() in bytes(body) for body in noted)

    waiting = devices.ask(clerk, Device.SIGNATURE)
    assert ended(clerk, waiting, ("waiting",)).act == "take"
    until = time.monotonic() + SECONDS
    while "签名板" not in reader_acts.progress(clerk, waiting).words_zh:
        assert time.monotonic() < until
        time.sleep(0.05)
    reader_acts.stop(clerk, waiting)
    assert ended(clerk, waiting).state == "failed"
