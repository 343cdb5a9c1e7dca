"""The stop switch: one person stops, two let it go on, and what protects people goes on all the while."""

from __future__ import annotations

from datetime import date

import pytest
from click.testing import CliRunner

from healthcard.cli.keys import command
from healthcard.keys.errors import NotAllowed, OutOfShape, Stopped, StoreDamaged
from healthcard.keys.office import KeyOffice
from healthcard.keys.officers import NAME, Officers
from healthcard.keys.requests import RECORD, KeyLoad, pack
from healthcard.keys.secret import Secret
from healthcard.keys.stops import Stop
from healthcard.keys.store import KeyStore
from keys import masters, papers

LOAD = KeyLoad(name="RK1_DDF1", header=bytes.fromhex("84D4010424"), clear=b"", prefix=b"\x07\x01\x0f", padded=True)
STOP = Stop(by="1001", reason="a key was seen", at="2026-03-01T09:00:00+00:00")
DAY = date(2026, 3, 1)


def making(client):
    """Everything that makes cards, by name."""
    return {
        "wrap": lambda: client.wrap("jia", [LOAD], [masters.CARD]),
        "sam loads": lambda: client.sam_loads([LOAD], [masters.CARD]),
        "certificate": lambda: client.issuer_certificate("12", DAY, DAY),
        "SAM PIN": lambda: client.sam_pin(masters.CARD),
        "envelope": lambda: client.factory_envelope("jia"),
        "transport session": lambda: client.mac("TRANSPORT:jia", masters.CARD, masters.CHALLENGE, b""),
        "transport cipher": lambda: client.encipher("TRANSPORT:jia", masters.CARD, masters.CHALLENGE, bytes(16)),
        "running": client.require_running,
    }


def serving(client):
    """What goes on: data of loss reports, reading and locking cards, the audit, status."""
    return (
        lambda: client.data_key("people"),
        lambda: client.mac("BK_MF", masters.CARD, masters.CHALLENGE, b""),
        lambda: client.encipher("STK_DDF1", masters.CARD, masters.CHALLENGE, bytes(16)),
        lambda: client.check_values(["RK1_DDF1"], masters.CARD),
        client.audit_key,
        client.status,
    )


def test_one_person_stops_all_making_and_nothing_else(client):
    for act in making(client).values():
        act()
    client.stop("1001", "a key was seen")
    for name, act in making(client).items():
        with pytest.raises(Stopped, match=r"stopped by 1001 .*a key was seen.*Two key officers"):
            pytest.fail(f"{name} was done: {act()}")
    for act in serving(client):
        act()
    assert client.report().stopped.reason == "a key was seen"


def test_nothing_leaves_of_a_batch_that_is_stopped_in_the_middle(office, monkeypatch):
    records = pack([masters.CARD]) * 2500
    whole = office.wrap("jia", [LOAD], records)
    assert whole.rows() == office.wrap("jia", [LOAD], records[: 1000 * RECORD]).rows() * 2 + whole.rows()[2000:]
    require, asked = office.switch.require_running, []

    def press_in_the_third_part():
        asked.append(len(asked))
        if len(asked) == 3:
            office.switch.press(STOP)
        require()

    monkeypatch.setattr(office.switch, "require_running", press_in_the_third_part)
    with pytest.raises(Stopped):
        office.wrap("jia", [LOAD], records)


def test_a_stop_outlives_the_process(running):
    with running.client() as client:
        client.stop("1001", "a key was seen")
    running.kill()
    running.start()
    with running.client() as client, pytest.raises(Stopped):
        client.require_running()


def test_two_let_it_go_on_and_one_does_not(client):
    nothing = Secret(b"")
    with pytest.raises(NotAllowed, match="is not stopped"):
        client.restart({"1001": nothing, "1002": nothing})
    client.stop("1001", "a key was seen")
    with pytest.raises(NotAllowed, match="Two different people"):
        client.restart({"1001": nothing})
    client.restart({"1001": nothing, "1002": nothing})
    client.require_running()
    assert client.report().stopped is None


def test_a_stop_says_who_and_why(client):
    for by, reason in (("", "x"), ("1001", ""), ("1001", "two\nlines"), ("a b", "x")):
        with pytest.raises(OutOfShape, match="A stop has"):
            client.stop(by, reason)
    client.require_running()


@pytest.fixture
def officers(tmp_path):
    """Two officers of a production store, registered by a ceremony."""
    from healthcard.keys.founding import complete

    store = KeyStore.create(tmp_path / "store.json", "production", masters.PASSPHRASE, cost=masters.CHEAP)
    complete(store)
    room = papers.Room(store, tmp_path)
    room.hold(room.file("officers", "officers: [{id: O1, name: 甲}, {id: O2, name: 乙}]\n"))
    return store


def phrase(person):
    return Secret(f"the passphrase of {person}".encode())


def test_in_production_two_officers_with_their_passphrases_are_asked(officers):
    office = KeyOffice(officers)
    office.switch.press(STOP)
    for people, why in (
        ({"O1": phrase("O1")}, "Two different people"),
        ({"O1": phrase("O1"), "O3": phrase("O3")}, "O3 is no key officer"),
        ({"O1": phrase("O1"), "O2": phrase("O1")}, "O2 is no key officer with this passphrase"),
    ):
        with pytest.raises(NotAllowed, match=why):
            office.switch.release(people, STOP.at)
        assert KeyOffice(officers).switch.stop == STOP
    office.switch.release({"O1": phrase("O1"), "O2": phrase("O2")}, STOP.at)
    assert KeyOffice(officers).switch.stop is None


def test_without_officers_production_stays_stopped(tmp_path):
    officers = Officers(tmp_path / NAME, lambda data: data, "production")
    with pytest.raises(NotAllowed, match=r"No key officers are registered.*第七条第三项"):
        officers.check({"O1": phrase("O1"), "O2": phrase("O2")})


def test_officers_put_in_by_hand_are_not_taken(officers):
    path = officers.path.with_name(NAME)
    path.write_text(path.read_text().replace("O2", "O9"))
    office = KeyOffice(officers)
    office.switch.press(STOP)
    with pytest.raises(StoreDamaged, match=r"officers\.json is not what was written"):
        office.switch.release({"O1": phrase("O1"), "O9": phrase("O2")}, STOP.at)


def test_a_switch_that_is_not_ours_counts_as_stopped(store):
    office = KeyOffice(store)
    office.switch.press(STOP)
    path = store.path.with_name("stop.json")
    for text in ("", "{}", path.read_text().replace("1001", "1002")):
        path.write_text(text)
        with pytest.raises(Stopped, match="is not what was written"):
            KeyOffice(store).switch.require_running()


def test_the_commands_stop_and_let_go_on_and_status_tells(running):
    def healthcard(*words, said=""):
        done = CliRunner().invoke(command, [*words, "--socket", str(running.socket)], input=said)
        assert done.exit_code == 0, done.exception
        return done.output

    assert "Two key officers" in healthcard("stop", "--by", "1001", "--reason", "a key was seen")
    assert "STOPPED by 1001 at " in healthcard("status")
    assert "goes on" in healthcard("restart", said="1001\nx\n1002\ny\n")
    assert "STOPPED" not in healthcard("status")
