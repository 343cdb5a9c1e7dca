"""`healthcard keys`, as an operator types it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys

import pytest
from click.testing import CliRunner

from healthcard.cli.keys import command
from healthcard.keys import demo
from healthcard.keys.client import KeyClient
from healthcard.keys.entries import DEMO, PRODUCTION
from healthcard.keys.errors import NotAllowed, ServiceGone, StoreRefused, WrongPassphrase
from healthcard.keys.hierarchy import HIERARCHY
from healthcard.keys.secret import Secret
from healthcard.keys.store import KeyStore


@pytest.fixture
def healthcard(tmp_path, monkeypatch):
    """Run a sub-command of `healthcard keys` with its state in a folder of its own."""
    monkeypatch.setenv("HEALTHCARD_HOME", str(tmp_path))

    def run(*arguments, said=None):
        return CliRunner().invoke(command, [str(argument) for argument in arguments], input=said)

    return run


@pytest.fixture
def descriptor():
    """A descriptor on which a passphrase comes."""
    opened = []

    def make(line):
        reader, writer = os.pipe()
        os.write(writer, line + b"\n")
        os.close(writer)
        opened.append(reader)
        return reader

    yield make
    for reader in opened:
        os.close(reader)


def test_a_demo_store_is_made_announced_and_named(healthcard, tmp_path, caplog):
    done = healthcard("init", "--purpose", "demo")
    assert done.exit_code == 0
    assert "marked demo" in done.output
    assert "DEMO KEYS" in caplog.text
    path = tmp_path / "keys" / "store.json"
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(demo.passphrase_file(path).stat().st_mode) == 0o600
    assert KeyStore.open(path, demo.prepare(path)).mark == DEMO


def test_a_store_may_be_of_another_algorithm_for_old_cards(healthcard, tmp_path):
    assert healthcard("init", "--purpose", "demo", "--algorithm", "3DES").exit_code == 0
    store = KeyStore.open(tmp_path / "keys" / "store.json", demo.prepare(tmp_path / "keys" / "store.json"))
    assert {entry.algorithm for entry in store} == {"3DES", "SM2", "SM4"}  # the data root is no card's


def test_sm1_is_refused_by_the_command_and_leaves_no_store(healthcard, tmp_path):
    from healthcard.keys.errors import AlgorithmRefused

    refused = healthcard("init", "--purpose", "demo", "--algorithm", "SM1")
    assert isinstance(refused.exception, AlgorithmRefused)
    assert not (tmp_path / "keys" / "store.json").exists()


def test_a_store_is_not_written_over(healthcard):
    healthcard("init", "--purpose", "demo")
    again = healthcard("init", "--purpose", "production")
    assert again.exit_code == 1
    assert "is there already and is not written over" in again.output


def test_a_production_store_asks_for_its_passphrase_twice_and_writes_it_nowhere(healthcard, tmp_path):
    passphrase = "对此密码无人知晓-十二个字符"
    assert healthcard("init", "--purpose", "production", said=f"{passphrase}\nother\n").exit_code == 1
    done = healthcard("init", "--purpose", "production", said=f"{passphrase}\n{passphrase}\n")
    assert done.exit_code == 0
    assert passphrase not in done.output
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["store.json"]
    store = KeyStore.open(tmp_path / "keys" / "store.json", Secret(passphrase.encode()))
    assert store.mark == PRODUCTION
    assert len(list(store)) == len(HIERARCHY.masters) + len(HIERARCHY.services)


def test_a_passphrase_may_come_on_a_descriptor(healthcard, descriptor, tmp_path):
    number = descriptor(b"a passphrase of production")
    assert healthcard("init", "--purpose", "production", "--passphrase-fd", number).exit_code == 0
    assert KeyStore.open(tmp_path / "keys" / "store.json", Secret(b"a passphrase of production")).mark == PRODUCTION


def test_a_short_passphrase_of_production_is_refused(healthcard, descriptor):
    refused = healthcard("init", "--purpose", "production", "--passphrase-fd", descriptor(b"short"))
    assert isinstance(refused.exception, StoreRefused)


def test_another_virtual_product_gets_its_transport_key_by_a_command(healthcard, tmp_path):
    healthcard("init", "--purpose", "demo")
    assert healthcard("add-transport", "--product", "ding", "--same").exit_code == 0
    path = tmp_path / "keys" / "store.json"
    entry = next(entry for entry in KeyStore.open(path, demo.prepare(path)) if entry.place.scope == "ding")
    assert (entry.place.name, entry.diversified) == ("TRANSPORT:ding", False)
    assert isinstance(healthcard("add-transport", "--product", "ding", "--same").exception, NotAllowed)


def test_production_makes_no_transport_key_for_itself(healthcard, descriptor):
    healthcard("init", "--purpose", "production", "--passphrase-fd", descriptor(b"a passphrase of production"))
    fd = descriptor(b"a passphrase of production")
    refused = healthcard("add-transport", "--product", "jia", "--same", "--passphrase-fd", fd)
    assert refused.exit_code == 1
    assert "receives transport keys from the COS maker" in refused.output


def test_a_wrong_passphrase_on_standard_input_is_told(healthcard, descriptor, tmp_path):
    healthcard("init", "--purpose", "production", "--passphrase-fd", descriptor(b"a passphrase of production"))
    refused = healthcard("add-transport", "--product", "jia", "--same", "--passphrase-fd", descriptor(b"another"))
    assert isinstance(refused.exception, WrongPassphrase)


def test_status_without_a_service_says_what_to_do(healthcard):
    assert isinstance(healthcard("status").exception, ServiceGone)


def test_status_of_a_running_service_as_table_and_json(healthcard, client, running):
    table = healthcard("status", "--socket", running.socket)
    assert table.exit_code == 0
    assert "Store marked TEST, driver software; no core dumps: yes" in table.output
    assert "BB0DF6" in next(line for line in table.output.splitlines() if " IRK_DDF1 " in line)
    whole = json.loads(healthcard("status", "--json", "--socket", running.socket).output)
    assert (whole["mark"], whole["driver"]) == ("test", "software")
    assert len(whole["keys"]) == len(client.status())
    assert whole["keys"][0]["check_value"] == "BB0DF6"


def test_serve_unlocks_a_demo_store_by_itself_and_ends_on_ctrl_c(healthcard, tmp_path):
    healthcard("init", "--purpose", "demo")
    code = "from healthcard.cli.keys import command; command()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "HEALTHCARD_HOME": str(tmp_path)},
    )
    try:
        socket = tmp_path / "run" / "keys.sock"
        assert process.stdout.readline().decode().strip() == f"ready {socket}"
        with KeyClient(socket) as client:
            assert client.report().mark == DEMO
    finally:
        process.send_signal(2)
        _, said = process.communicate(timeout=10)
    assert process.returncode == 0
    assert b"DEMO KEYS" in said
