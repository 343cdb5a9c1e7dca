"""The key service as a command starts it: under a user of its own, and as long as anybody works with it."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from healthcard.keys import demo
from healthcard.keys.client import KeyClient
from healthcard.keys.errors import ServiceGone
from healthcard.keys.store import KeyStore
from healthcard.services import processes
from healthcard.services.state import State

ROOT = os.geteuid() == 0


@pytest.fixture
def state(tmp_path):
    state = State(tmp_path / "home")
    state.ensure()
    processes.prepare_demo_keys(state)
    return state


@pytest.fixture
def command(state):
    """What a command does that needs the key service and finds none; given as what ends it."""
    with ExitStack() as stack:

        def begin():
            users = stack.enter_context(processes.using_keys(state))
            process = processes.start_keys(state)
            stack.callback(processes.stop, process)
            return process, lambda: processes.leave_keys(state, process, users)

        yield begin


def test_started_by_root_it_works_as_a_user_of_its_own_and_nobody_else_reads_its_store(state, command):
    command()
    with KeyClient(state.key_socket) as client:
        uid = client.report().uid
    assert (uid != 0) or not ROOT
    assert (uid != os.geteuid()) == ROOT
    assert {path.stat().st_uid for path in (state.keys, *state.keys.iterdir())} == {uid}


def test_as_another_user_it_is_as_hardened_as_before(state, command):
    process, _ = command()
    with KeyClient(state.key_socket) as client:
        reached = client.report().hardening
    assert (reached["no_core"], reached["not_dumpable"]) == (True, True)
    status = dict(line.split(":\t", 1) for line in _status(process.pid).splitlines())
    assert len(set(status["Uid"].split())) == len(set(status["Gid"].split())) == 1
    assert status["CapEff"].strip("0\n") == "" or not ROOT
    assert status["Groups"].strip() == "" or not ROOT


def _status(number):
    return Path(f"/proc/{number}/status").read_text()


def test_the_store_stays_its_users_when_root_writes_it(state, command):
    path = processes.store(state)
    before = path.stat()
    store = KeyStore.open(path, demo.prepare(path))
    store.save()
    assert (path.stat().st_ino != before.st_ino, path.stat().st_uid) == (True, before.st_uid)
    command()


def test_it_ends_with_the_command_that_started_it(state, command):
    process, end = command()
    end()
    assert process.returncode == 0
    assert not state.key_socket.exists()


def test_a_command_that_borrowed_it_goes_on_when_its_owner_has_ended(state, command):
    process, end = command()
    with processes.using_keys(state), KeyClient(state.key_socket) as client:
        before = client.data_key("residents")
        end()
        time.sleep(0.3)
        assert process.poll() is None
        assert client.data_key("residents") == before
    assert process.wait(10) == 0


def test_it_goes_on_when_its_owner_was_killed(state, command):
    process, _ = command()
    with processes.using_keys(state), KeyClient(state.key_socket) as client:
        process.stdin.close()  # what the kernel does for the dead
        time.sleep(0.3)
        assert client.report().mark == "demo"


def test_who_comes_when_it_ends_waits_and_starts_another(state, command):
    _, end = command()
    end()
    process, _ = command()
    with KeyClient(state.key_socket) as client:
        assert set(client.report().requests) == {"status"}
    assert process.poll() is None


def test_without_a_service_the_client_says_so(state):
    with KeyClient(state.key_socket) as client, pytest.raises(ServiceGone):
        client.report()
