"""Stores of test keys, and key services as they really run: in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from healthcard.keys.client import KeyClient
from healthcard.keys.office import KeyOffice
from healthcard.keys.pkcs11.token import Token
from healthcard.keys.secret import Secret
from keys import masters, soft_token

VAULT = bytes(range(100, 116))


class Service:
    """A key service over the store at `folder/store.json`; started, killed and started again by tests."""

    def __init__(self, folder):
        self.folder = folder
        self.store = folder / "store.json"
        self.socket = folder / "k.sock"
        self.log = folder / "keys.log"
        self.vault = folder / "vault.key"
        self.process = None

    def start(self, *more, passphrase=masters.PASSPHRASE):
        """Start it; the one line it says."""
        command = [sys.executable, "-m", "healthcard.keys.service", "--with-parent"]
        command += ["--store", self.store, "--socket", self.socket, *more]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        self.process.stdin.write(passphrase.reveal() + b"\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()

    def stop(self):
        """End it and give its exit code."""
        if self.process is None:
            return None
        self.process.terminate()
        code = self.process.wait(10)
        self.process.stdin.close()
        self.process.stdout.close()
        self.process = None
        return code

    def kill(self):
        """As a power cut would."""
        self.process.kill()
        self.process.wait(10)
        self.process.stdin.close()
        self.process.stdout.close()
        self.process = None

    def client(self):
        return KeyClient(self.socket)


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """The bytes of a store of test keys: each test writes its own copy."""
    path = tmp_path_factory.mktemp("filled") / "store.json"
    masters.make(path)
    return path.read_bytes()


@pytest.fixture
def folder(tmp_path, filled):
    """A folder with a store of test keys and the key of a virtual chip factory."""
    for name, data in (("store.json", filled), ("vault.key", VAULT)):
        path = tmp_path / name
        path.write_bytes(data)
        path.chmod(0o600)
    return tmp_path


@pytest.fixture
def service(folder):
    """A service that is not started yet."""
    service = Service(folder)
    yield service
    service.stop()


@pytest.fixture
def running(service):
    """A service that runs, the factory's key in hand."""
    assert service.start("--factory-vault", service.vault) == f"ready {service.socket}"
    return service


@pytest.fixture
def client(running):
    with running.client() as client:
        yield client


@pytest.fixture
def store(tmp_path):
    """A store of test keys, unlocked."""
    return masters.make(tmp_path / "own" / "store.json")


@pytest.fixture
def office(store):
    """What the service does, without its process."""
    return KeyOffice(store, vault=Secret(VAULT))


@pytest.fixture(scope="session")
def empty_tokens(tmp_path_factory):
    """New tokens of SoftHSM2 in a folder of its own; a process that has begun to use the module sees no newer ones."""
    if soft_token.MODULE is None:
        if os.environ.get("CI") == "true":
            pytest.fail("SoftHSM2 is missing: run `make parts`")
        pytest.skip("SoftHSM2 is not installed: run `make parts`")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(soft_token.settings(tmp_path_factory.mktemp("tokens"))))
        yield [soft_token.made(f"token {number}") for number in range(soft_token.COUNT)]


@pytest.fixture(scope="session")
def tokens(empty_tokens):
    """Two tokens, each with keys of its own."""
    places = {whose: empty_tokens.pop() for whose in ("ours", "theirs")}
    for place in places.values():
        Token.open(place, soft_token.PIN).provide()
    return places


@pytest.fixture
def openssl():
    """The openssl command: a second implementation."""

    def run(*arguments, data=b""):
        done = subprocess.run(["openssl", *arguments], input=data, capture_output=True, env=os.environ, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run
