"""The socket: who may knock, what is no request, and that nothing sent to it stops it."""

from __future__ import annotations

import json
import logging
import os
import socket
import stat
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthcard.keys import door as doors
from healthcard.keys import frames, verbs
from healthcard.keys.client import KeyClient
from healthcard.keys.door import Door
from healthcard.keys.errors import KeysError, NotAllowed, OutOfShape, ServiceFailed, StoreRefused
from healthcard.keys.frames import Frame
from healthcard.keys.hardening import Hardening
from healthcard.keys.office import KeyOffice
from healthcard.keys.peers import Peer, peer_of
from healthcard.keys.reception import Reception
from healthcard.keys.requests import pack
from keys import masters

REACHED = Hardening(no_core=True, not_dumpable=True, locked=True)
NO_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return KeyOffice(masters.make(tmp_path_factory.mktemp("door") / "store.json"))


@pytest.fixture
def open_door(shared, tmp_path):
    """Open a door for some uids; all are closed afterwards."""
    opened = []

    def make(*allowed, path=tmp_path / "d.sock"):
        door = Door(Reception(shared, REACHED), path, frozenset(allowed or {os.geteuid()}))
        door.start()
        opened.append(door)
        return door

    yield make
    for door in opened:
        door.close()


@pytest.fixture
def door(open_door):
    return open_door()


def connect(door):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(5)
    try:
        connection.connect(os.fspath(door.path))
    except BlockingIOError:
        connection.close()
        raise
    return connection


def ask(connection, head, body=b""):
    frames.send(connection, Frame(head=head, body=body), frames.LONGEST_REQUEST)
    return receive(connection)


def receive(connection):
    return frames.receive(connection, frames.LONGEST_ANSWER, 5)


def works(door):
    with KeyClient(door.path) as client:
        return len(client.mac("RK1_DDF1", masters.CARD, masters.CHALLENGE, b"")) == 4


def test_the_socket_is_private_and_goes_with_the_door(open_door, tmp_path):
    door = open_door()
    assert stat.S_IMODE(door.path.stat().st_mode) == 0o600
    door.close()
    assert not door.path.exists()


def test_a_user_who_is_not_listed_is_turned_away_by_the_kernels_word(open_door, caplog):
    door = open_door(os.geteuid() + 1)
    assert stat.S_IMODE(door.path.stat().st_mode) == 0o666  # others are let in by their uid, not by the file's mode
    with KeyClient(door.path) as client, pytest.raises(NotAllowed, match="This user may not use the key service"):
        client.status()
    assert f"uid={os.geteuid()}" in caplog.text


def test_strangers_take_no_thread_and_no_place(open_door, monkeypatch):
    door = open_door()
    monkeypatch.setattr(doors, "MOST_CONNECTIONS", 3)
    stranger = Peer(pid=1, uid=os.geteuid() + 1)
    monkeypatch.setattr(doors, "peer_of", lambda connection: stranger)
    before = threading.active_count()
    strangers = [connect(door) for _ in range(20)]
    for connection in strangers:
        assert "may not use" in receive(connection).head["reason"]
        assert receive(connection) is None
        connection.close()
    assert threading.active_count() <= before
    monkeypatch.undo()
    assert works(door)


def test_a_client_waits_where_others_crowd_the_door(open_door, monkeypatch):
    entered, go_on = threading.Event(), threading.Event()

    def slow(connection):
        entered.set()
        go_on.wait(5)
        return peer_of(connection)

    monkeypatch.setattr(doors, "MOST_CONNECTIONS", 2)
    door = open_door()
    monkeypatch.setattr(doors, "MOST_CONNECTIONS", 128)
    monkeypatch.setattr(doors, "peer_of", slow)
    held = [connect(door)]
    assert entered.wait(5)
    with pytest.raises(BlockingIOError):  # the door has no room left for others to wait in
        held.extend(connect(door) for _ in range(9))
    threading.Timer(0.3, go_on.set).start()
    assert works(door)
    for connection in held:
        connection.close()


def test_one_users_connections_take_no_place_of_anothers(open_door, monkeypatch):
    ours, other = Peer(pid=1, uid=os.geteuid()), Peer(pid=2, uid=os.geteuid() + 1)
    door = open_door(ours.uid, other.uid)
    monkeypatch.setattr(doors, "MOST_CONNECTIONS", 2)
    monkeypatch.setattr(doors, "peer_of", lambda connection: other)
    held = [connect(door) for _ in range(3)]
    assert "Try again later" in receive(held[2]).head["reason"]
    monkeypatch.setattr(doors, "peer_of", lambda connection: ours)
    assert works(door)
    for connection in held:
        connection.close()


def test_a_listed_user_is_served_beside_our_own(open_door):
    assert works(open_door(os.geteuid(), os.geteuid() + 1))


def test_a_socket_in_use_is_not_taken_over_and_a_dead_one_is(open_door, tmp_path):
    door = open_door()
    with pytest.raises(StoreRefused, match="Another key service answers"):
        open_door()
    assert works(door)
    left = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(os.fspath(left))
    assert works(open_door(path=left))


def test_a_path_too_long_for_a_socket_is_refused_with_its_limit(shared, tmp_path):
    with pytest.raises(StoreRefused, match="up to 100 bytes"):
        Door(Reception(shared, REACHED), tmp_path / ("x" * 100), frozenset())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=300))
def test_any_bytes_get_a_refusal_or_the_end_and_the_door_stays_open(door, data):
    with connect(door) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while received := connection.recv(65536):
            answer += received
    for head in heads(answer):
        assert head["ok"] is False
        assert head["kind"] == "OutOfShape"
    assert works(door)


def heads(answer):
    while answer:
        head_length, body_length = frames.LENGTHS.unpack(answer[:8])
        yield json.loads(answer[8 : 8 + head_length])
        answer = answer[8 + head_length + body_length :]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    verb=st.sampled_from([*verbs.VERBS, "other"]),
    fields=st.dictionaries(
        st.sampled_from(
            ["name", "product", "loads", "names", "version", "issuer", "valid_from", "valid_to", "purpose"]
        ),
        NO_DATA,
        max_size=4,
    ),
    exact=st.booleans(),
    body=st.binary(max_size=60),
    data=st.data(),
)
def test_a_request_out_of_shape_is_refused_and_the_connection_lives(door, verb, fields, exact, body, data):
    head = {"verb": verb, **fields}
    if exact and verb in verbs.VERBS:  # the right fields, of the right types, with any content
        kinds = {str: st.text(max_size=20), int: st.integers(), list: st.lists(NO_DATA, max_size=3)}
        head = {"verb": verb} | {name: data.draw(kinds[kind]) for name, kind in verbs.VERBS[verb].fields.items()}
    with connect(door) as connection:
        answer = ask(connection, head, body)
        assert answer.head["ok"] is True or answer.head["kind"] in {"OutOfShape", "NotAllowed", "UnknownKey"}
        assert verb in verbs.VERBS or answer.head["ok"] is False
        assert ask(connection, {"verb": "authority"}).head["ok"] is True


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"[1]", "JSON object"),
        (b"{", "JSON object in UTF-8"),
        (b"\xff\xfe", "JSON object in UTF-8"),
        (b"[" * 60_000, "JSON object in UTF-8"),
        (b"{}", "names one of the verbs"),
        (b'{"verb": 7}', "names one of the verbs"),
        (b'{"verb": "status", "x": 1}', "no more and no fewer"),
        (b'{"verb": "mac"}', "no more and no fewer"),
        (b'{"verb": "mac", "name": 1}', "of type str"),
        (b'{"verb": "mac", "name": "\\ud800"}', "17 bytes"),
        (b'{"verb": "national_check_values", "version": true}', "of type int"),
        (b'{"verb": "national_check_values", "version": 0}', r"1\.\.255"),
        (b'{"verb": "wrap", "product": "jia", "loads": [1]}', "A load has the fields"),
        (b'{"verb": "wrap", "product": "J\\n", "loads": []}', "product name"),
    ],
)
def test_a_head_out_of_shape_is_told_what_is_wrong(door, head, reason):
    with connect(door) as connection:
        connection.sendall(frames.LENGTHS.pack(len(head), 0) + head)
        answer = receive(connection)
        assert (answer.head["ok"], answer.head["kind"]) == (False, "OutOfShape")
        with pytest.raises(OutOfShape, match=reason):
            raise OutOfShape(answer.head["reason"])
        assert ask(connection, {"verb": "authority"}).head["ok"] is True


@pytest.mark.parametrize(
    "lengths", [(frames.LONGEST_HEAD + 1, 0), (2, frames.LONGEST_REQUEST + 1), (2**32 - 1, 2**32 - 1)]
)
def test_a_frame_too_large_is_refused_before_it_is_read(door, lengths):
    with connect(door) as connection:
        connection.sendall(frames.LENGTHS.pack(*lengths) + b"{}")
        answer = receive(connection)
        assert answer.head["ok"] is False
        assert receive(connection) is None
    assert works(door)


def test_a_client_that_stops_in_the_middle_of_a_frame_is_let_go(door, monkeypatch):
    monkeypatch.setattr(doors, "PATIENCE", 0.2)
    with connect(door) as connection:
        connection.sendall(b"\x00\x00")
        assert connection.recv(1) == b""
    assert works(door)


def drip(connection, until):
    while time.monotonic() < until:
        connection.sendall(b" ")
        time.sleep(0.05)


def test_a_client_that_drips_a_frame_is_let_go_all_the_same(door, monkeypatch):
    monkeypatch.setattr(doors, "PATIENCE", 0.3)
    begun = time.monotonic()
    with connect(door) as connection:
        connection.sendall(frames.LENGTHS.pack(1000, 0))
        with pytest.raises(OSError, match=r"Broken pipe|reset"):
            drip(connection, begun + 5)
    assert time.monotonic() - begun < 4
    assert works(door)


def test_a_client_that_is_silent_between_two_requests_is_not_let_go(door, monkeypatch):
    monkeypatch.setattr(doors, "PATIENCE", 0.1)
    with connect(door) as connection:
        assert ask(connection, {"verb": "authority"}).head["ok"] is True
        time.sleep(0.4)
        assert ask(connection, {"verb": "authority"}).head["ok"] is True


def test_more_connections_than_the_door_has_are_told_to_come_later(door, monkeypatch):
    monkeypatch.setattr(doors, "MOST_CONNECTIONS", 3)
    held = [connect(door) for _ in range(3)]
    assert all(ask(connection, {"verb": "authority"}).head["ok"] for connection in held)
    with connect(door) as one_more:
        assert "Try again later" in receive(one_more).head["reason"]
    held.pop().close()
    for _ in range(50):
        try:
            assert works(door)
            break
        except NotAllowed:  # the thread of the one that left is still ending
            time.sleep(0.05)
    else:
        pytest.fail("the place of a client who left was not given to another")
    for connection in held:
        connection.close()


def test_an_error_of_its_own_is_told_without_its_words_and_does_not_stop_the_service(door, monkeypatch, caplog):
    secret = masters.master("RK1_DDF1").hex()

    def broken(*_):
        raise RuntimeError(f"something with {secret}")

    monkeypatch.setitem(verbs.VERBS, "authority", verbs.Verb(fields={}, act=broken))
    with KeyClient(door.path) as client, pytest.raises(ServiceFailed, match="see its log"):
        client.authority()
    assert "at=RuntimeError:test_door.py:" in caplog.text
    assert secret not in caplog.text
    assert works(door)


def test_every_request_is_counted_and_logged_answered_or_refused(door, caplog):
    caplog.set_level(logging.INFO, "healthcard.keys")
    with KeyClient(door.path) as client:
        for _ in range(3):
            client.encipher("RK1_DDF1", masters.CARD, masters.CHALLENGE, bytes(16))
        with pytest.raises(NotAllowed):
            client.encipher("PIN", masters.CARD, masters.CHALLENGE, bytes(16))
        with pytest.raises(OutOfShape):
            client.encipher("RK1_DDF1", masters.CARD, masters.CHALLENGE, bytes(15))
        report = client.report()
    assert (report.requests["encipher"], report.refusals) == (3, {"NotAllowed": 1, "OutOfShape": 1})
    lines = [record.getMessage() for record in caplog.records]
    answered = [line for line in lines if line.startswith("Answered") and "action=encipher name=RK1_DDF1" in line]
    assert len(answered) == 3
    assert all(f"chip={masters.CHIP.hex().upper()} version=1 uid={os.geteuid()}" in line for line in answered)
    assert sum(line.startswith("Refused") for line in lines) == 2


def test_what_a_caller_writes_does_not_become_a_line_of_the_log(door, caplog):
    for name in ("X\nAnswered: request=1 action=wrap", "x" * 5000, "\x1b[31m"):
        with KeyClient(door.path) as client, pytest.raises(OutOfShape, match="A key name is"):
            client.mac(name, masters.CARD, masters.CHALLENGE, b"")
    assert "action=wrap" not in caplog.text
    assert "\x1b" not in caplog.text
    assert max(map(len, caplog.text.splitlines())) < 500


def test_requests_under_way_are_answered_before_the_door_is_closed(open_door, monkeypatch):
    door = open_door()
    begun, go_on = threading.Event(), threading.Event()

    def slow(office, head, body):
        begun.set()
        go_on.wait(5)
        return Frame(head={}, body=office.authority())

    monkeypatch.setitem(verbs.VERBS, "authority", verbs.Verb(fields={}, act=slow))
    answers = []

    def ask_slowly():
        with KeyClient(door.path) as client:
            answers.append(client.authority())

    asking = threading.Thread(target=ask_slowly)
    asking.start()
    assert begun.wait(5)
    closing = threading.Thread(target=door.close)
    closing.start()
    time.sleep(0.2)
    go_on.set()
    closing.join(10)
    asking.join(10)
    assert [len(answer) for answer in answers] == [64]


def test_many_clients_at_once_get_their_own_answers(door):
    expected = {}
    with KeyClient(door.path) as client:
        for number in range(8):
            data = bytes([number]) * 16
            expected[number] = client.encipher("RK1_DDF1", masters.CARD, masters.CHALLENGE, data)
        wrong = []

        def use(number):
            for _ in range(40):
                data = bytes([number]) * 16
                if client.encipher("RK1_DDF1", masters.CARD, masters.CHALLENGE, data) != expected[number]:
                    wrong.append(number)

        threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(client._idle) <= 8


def test_a_batch_of_more_than_a_request_takes_is_refused_by_the_service(door):
    load = {"name": "RK1_DDF1", "header": "84D4010424", "clear": "", "prefix": "07010F", "padded": True}
    head = {"verb": "wrap", "product": "jia", "loads": [load]}
    with connect(door) as connection:
        assert "split the batch" in ask(connection, head, pack([masters.CARD]) * 4097).head["reason"]
        assert "up to 64 loads" in ask(connection, head | {"loads": [load] * 65}, pack([masters.CARD])).head["reason"]


def test_every_refusal_of_the_wire_has_its_class_again(door):
    with KeyClient(door.path) as client:
        for kind, act in {
            "UnknownKey": lambda: client.wrap("ding", [], [masters.CARD]),
            "NotAllowed": lambda: client.factory_envelope("jia"),
            "OutOfShape": lambda: client.data_key("NO"),
        }.items():
            with pytest.raises(KeysError) as caught:
                act()
            assert type(caught.value).__name__ == kind
