"""The key service as it really runs: another process, hardened, killed and started again, and keeping its keys."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pytest

from healthcard.card.host.ports import CardAddress, CardKeys
from healthcard.keys import certificates, frames, peers
from healthcard.keys.client import KeyClient
from healthcard.keys.errors import OutOfShape, ServiceGone
from healthcard.keys.hierarchy import HIERARCHY
from healthcard.keys.office import KeyOffice
from healthcard.keys.requests import KeyLoad, pack
from healthcard.keys.secret import Secret
from healthcard.keys.store import KeyStore
from keys import canary, masters
from keys.conftest import VAULT

SECRETS = [masters.master(name) for name in masters.NAMES]
LOADS = [
    KeyLoad(name=name, header=bytes((0x84, 0xD4, 1, number, 36)), prefix=b"\x07\x01\x0f")
    for number, name in enumerate(HIERARCHY.card_keys)
]
PIN_LOAD = KeyLoad(name="PIN", header=bytes.fromhex("84D4020014"), prefix=b"\x03\x03")


def cards(count):
    return [CardAddress(chip=number.to_bytes(8, "big"), city=masters.CITY) for number in range(count)]


def use_everything(client):
    """Every request there is, and what came of it."""
    keys: CardKeys = client  # what the card room asks for is what the client is
    return [
        keys.encipher("RK1_DDF1", CardAddress(chip=masters.CHIP, city=masters.CITY), masters.CHALLENGE, bytes(32)),
        keys.mac("STK_DF01", CardAddress(chip=masters.CHIP, city=masters.CITY), masters.CHALLENGE, b"abc"),
        client.wrap("jia", [*LOADS, PIN_LOAD], cards(5)),
        client.sam_loads([*LOADS, PIN_LOAD], cards(2)),
        client.check_values(HIERARCHY.card_keys, masters.CARD),
        client.national_check_values(),
        client.provincial_check_values(masters.CITY),
        client.sam_pin(masters.CARD),
        client.issuer_certificate("99", date(2026, 1, 1), date(2036, 1, 1)),
        client.authority(),
        client.factory_envelope("jia"),
        client.data_key("columns"),
        client.status(),
        client.report(),
    ]


def test_the_service_answers_what_the_office_would(client, folder):
    office = KeyOffice(KeyStore.open(folder / "store.json", masters.PASSPHRASE), vault=Secret(VAULT))
    records = pack(cards(2500))
    assert client.wrap("yi", LOADS[:3], cards(2500)) == office.wrap("yi", LOADS[:3], records).rows()
    assert client.sam_loads(LOADS, cards(2)) == office.sam_loads(LOADS, pack(cards(2))).rows()
    assert client.national_check_values() == office.national_check_values(1)
    assert client.provincial_check_values(masters.CITY) == office.provincial_check_values(masters.CITY, 1)
    assert client.sam_pin(masters.CARD).reveal() == office.sam_pin(masters.CARD)
    assert client.data_key("columns").reveal() == office.data_key("columns")
    assert client.authority() == office.authority()
    assert client.status() == office.rows()
    certificate = client.issuer_certificate("99", date(2026, 1, 1), date(2036, 1, 1))
    assert certificates.verify(certificate, office.authority()).issuer == "99"
    assert client.wrap("jia", LOADS, []) == []


def test_no_answer_and_no_log_holds_a_master_key_or_a_lot_key(running, client, folder, monkeypatch):
    answers = folder / "answers"
    receive = frames.receive

    def tapped(*given):
        answer = receive(*given)
        with answers.open("ab") as file:
            file.write(json.dumps(answer.head).encode() + b"\n" + answer.body)
        return answer

    monkeypatch.setattr(frames, "receive", tapped)
    results = use_everything(client)
    with pytest.raises(OutOfShape):
        client.encipher("RK1_DDF1", masters.CARD, masters.CHALLENGE, bytes(3))
    running.stop()
    (folder / "results").write_text(repr(results))
    assert answers.stat().st_size > 5000
    assert "Answered" in running.log.read_text()
    assert canary.hits(folder, [*SECRETS, masters.PASSPHRASE.reveal()]) == []
    assert canary.hits(folder, [VAULT], but=[running.vault]) == []


def test_the_passphrase_is_in_no_argument_and_no_environment(running):
    passphrase = masters.PASSPHRASE.reveal()
    for name in ("cmdline", "environ"):
        assert passphrase not in Path(f"/proc/{running.process.pid}/{name}").read_bytes()


def test_the_process_leaves_no_core_and_locks_its_memory(running, client):
    report = client.report()
    assert report.hardening["no_core"]
    assert report.hardening["not_dumpable"]
    limits, status = (Path(f"/proc/{running.process.pid}/{name}").read_text() for name in ("limits", "status"))
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]
    locked = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmLck"))
    assert (locked > 0) == report.hardening["locked"]
    assert (report.mark, report.driver) == ("test", "software")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told(running, client, number):
    client.authority()
    running.process.send_signal(number)
    assert running.process.wait(10) == 0
    assert not running.socket.exists()
    last = running.log.read_text().splitlines()[-1]
    assert f"The key service ends: signal={number.name} requests=1 refusals=0" in last


def test_it_ends_with_whoever_started_it(running):
    running.process.stdin.close()
    assert running.process.wait(10) == 0


def test_it_announces_test_keys_loudly(running):
    assert "WARNING TEST KEYS: this store is marked test" in running.log.read_text()


def test_a_wrong_passphrase_stops_it_before_it_begins_with_a_reason(service):
    said = service.start(passphrase=Secret(b"wrong"))
    assert said == "refused The passphrase does not open this store. Nothing was changed; try again."
    assert service.process.wait(10) == 2
    assert not service.socket.exists()


@pytest.mark.parametrize("line", [b"", b"x" * 2000])
def test_no_passphrase_or_an_endless_one_is_refused(service, line):
    said = service.start(passphrase=Secret(line))
    assert said.startswith("refused The passphrase is one line of 1 to 1024 bytes")


def test_the_passphrase_may_come_on_a_descriptor(service):
    reader, writer = os.pipe()
    os.write(writer, masters.PASSPHRASE.reveal() + b"\nmore")
    os.close(writer)
    command = [sys.executable, "-m", "healthcard.keys.service", "--passphrase-fd", str(reader)]
    command += ["--store", service.store, "--socket", service.socket]
    service.process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=[reader]
    )
    os.close(reader)
    assert service.process.stdout.readline().decode().strip() == f"ready {service.socket}"


def test_a_missing_store_is_told_of(service):
    service.store.unlink()
    assert "can not be read: No such file" in service.start()


def test_a_second_service_does_not_push_the_first_aside(running, client, folder):
    from keys.conftest import Service

    second = Service(folder)
    assert "Another key service answers" in second.start()
    second.stop()
    assert len(client.authority()) == 64


def test_a_client_without_a_service_is_told_what_to_do(tmp_path):
    with pytest.raises(ServiceGone, match="have it started and unlocked, then try again"):
        KeyClient(tmp_path / "none.sock").authority()


def test_killed_in_the_middle_of_use_the_client_says_so_and_connects_again(running, client):
    before = client.wrap("jia", LOADS, cards(3))
    running.kill()
    for _ in range(2):
        with pytest.raises(ServiceGone, match="Nothing is lost"):
            client.wrap("jia", LOADS, cards(3))
    assert running.start() == f"ready {running.socket}"  # the socket the killed one left behind is in its way no more
    assert client.wrap("jia", LOADS, cards(3)) == before


def test_restarted_between_two_requests_the_client_does_not_notice(running, client):
    before = client.authority()
    assert running.stop() == 0
    running.start()
    assert client.authority() == before


def test_killed_in_the_middle_of_an_answer_the_client_gets_a_plain_error(running, client):
    caught = []

    def wrap_on():
        try:
            while True:
                client.wrap("jia", LOADS, cards(4000))
        except ServiceGone as error:
            caught.append(error)

    thread = threading.Thread(target=wrap_on)
    thread.start()
    time.sleep(0.3)
    running.kill()
    thread.join(20)
    assert len(caught) == 1
    running.start()
    assert len(client.wrap("jia", LOADS, cards(2))) == 2


def test_a_forked_child_does_not_share_its_parents_connections(running, client):
    expected = client.authority()
    child = os.fork()
    if child == 0:  # pragma: no cover - runs in the child
        os._exit(0 if client.authority() == expected and client._owner == os.getpid() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert client.authority() == expected


def test_an_address_or_challenge_out_of_shape_is_refused_before_it_is_sent(tmp_path):
    client = KeyClient(tmp_path / "none.sock")  # nobody there: nothing was sent
    for chip, city, version in (
        (bytes(7), masters.CITY, 1),
        (masters.CHIP, bytes(9), 1),
        (masters.CHIP, masters.CITY, 0),
    ):
        with pytest.raises(OutOfShape, match="An address is CHIP8"):
            client.mac("RK1_DDF1", CardAddress(chip=chip, city=city, version=version), masters.CHALLENGE, b"")
    with pytest.raises(OutOfShape, match="A challenge has 8 bytes"):
        client.mac("RK1_DDF1", masters.CARD, bytes(4), b"")
    with pytest.raises(OutOfShape, match="split the request"):
        frames.send(None, frames.Frame(head={}, body=bytes(9)), 8)


def test_a_service_of_another_user_is_asked_nothing(running, monkeypatch):
    strangers = peers.Peer(pid=1, uid=os.geteuid() + 4711)
    monkeypatch.setattr(peers, "peer_of", lambda connection: strangers)
    with running.client() as client, pytest.raises(ServiceGone, match=f"user {strangers.uid} answers"):
        client.data_key("columns")
    with KeyClient(running.socket, served_by=frozenset({strangers.uid})) as client:
        assert len(client.authority()) == 64


def test_the_kernel_names_who_serves(running):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.fspath(running.socket))
        assert peers.peer_of(connection) == peers.Peer(pid=running.process.pid, uid=os.geteuid())


def test_a_request_too_large_is_refused_here_and_the_next_one_served(client):
    with pytest.raises(OutOfShape, match="split the request"):
        client.mac("RK1_DDF1", masters.CARD, masters.CHALLENGE, bytes(frames.LONGEST_REQUEST))
    assert len(client.authority()) == 64


def test_what_the_client_holds_shows_no_key(client):
    assert repr(client.data_key("columns")) == "<secret>"
    assert repr(client.sam_pin(masters.CARD)) == "<secret>"


def test_logs_are_sentences_with_fields(running, client):
    client.wrap("jia", LOADS, cards(7))
    running.stop()
    line = next(line for line in running.log.read_text().splitlines() if "action=wrap" in line)
    assert (
        f" INFO Answered: request=1 action=wrap product=jia chip=0000000000000000 version=1 chips=7 uid={os.geteuid()}"
        in line
    )
