"""The rack of virtual chips: a process, its socket, its client."""

from __future__ import annotations

import json
import os
import resource
import secrets
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from healthcard.card.host import rack
from healthcard.card.host.rack import RackClient, RackError, RunCut, TearMoment
from healthcard.card.os import image, vault
from healthcard.card.os.rack import MOST_CLIENTS
from healthcard.card.wire.errors import CardError, CardGone

LOT = bytes.fromhex("C0" * 16)
SERIAL = bytes.fromhex("00000007")
CONTACT_SERIAL = bytes.fromhex("000000000007")
CHALLENGE = bytes.fromhex("0084000008")
WRONG_AUTHENTICATION = bytes.fromhex("0082007F11") + bytes(16) + b"\x01"
PROBE = bytes.fromhex("80CA010000")


def ecb(key, data):
    return Cipher(SM4(key), modes.ECB()).encryptor().update(data)


def sealed(key, table, context=b"healthcard transport key"):
    nonce = secrets.token_bytes(12)
    sealer = Cipher(SM4(key), modes.GCM(nonce)).encryptor()
    sealer.authenticate_additional_data(context)
    text = sealer.update(json.dumps(table).encode()) + sealer.finalize()
    return nonce + text + sealer.tag


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("rack")


@pytest.fixture(scope="module")
def process(place):
    with rack.running(place / "s", place / "chips") as process:
        yield process


@pytest.fixture
def client(process, place):
    with RackClient(place / "s") as client:
        yield client


@pytest.fixture
def envelope(place, process):
    def make(product, *, diversified=True, **more):
        key = vault.find(place / "chips").key
        return sealed(key, {"product": product, "key": LOT.hex(), "diversified": diversified} | more)

    return make


def authenticate(chip, key, kid=0x7F):
    challenge = chip.transmit(CHALLENGE)[:8]
    once = ecb(key, challenge + bytes(byte ^ 255 for byte in challenge))
    block = ecb(once, bytes(16))
    token = bytes(a ^ b for a, b in zip(block[:8], block[8:], strict=True))
    return chip.transmit(bytes([0, 0x82, 0, kid, 17]) + token + bytes(8) + b"\x01").hex()


def test_a_blank_has_its_own_transport_key_derived_in_the_rack(client, envelope):
    chip = client.blank("jia", SERIAL, envelope("jia"))
    answer = chip.reset()
    chip8 = answer[4:12]
    own = ecb(LOT, chip8 + bytes(byte ^ 255 for byte in chip8))
    assert chip.product == "jia"
    assert chip.transmit(PROBE) == b"JIA32-10\x90\x00"
    assert authenticate(chip, LOT) == "63ce"
    assert authenticate(chip, own) == "9000"


def test_a_lot_without_diversification_gives_every_chip_the_lot_key(client, envelope):
    chip = client.blank("bing", CONTACT_SERIAL, envelope("bing", diversified=False))
    chip.reset()
    assert authenticate(chip, LOT, kid=0xFE) == "9000"


def test_a_sam_comes_from_the_rack_too(client, envelope):
    chip = client.blank("sam", CONTACT_SERIAL, envelope("sam"))
    historical = chip.reset()[4:]
    own = ecb(LOT, historical[-8:] + bytes(byte ^ 255 for byte in historical[-8:]))
    assert authenticate(chip, own) == "9000"
    with pytest.raises(RackError, match="SAM"):
        chip.arm(1, TearMoment.BEFORE)


def test_rehearsal_blanks_leave_no_trace(client, envelope, place):
    before = sorted(path.name for path in (place / "chips").iterdir())
    chip = client.blank("yi", SERIAL, envelope("yi"))
    chip.reset()
    chip.transmit(PROBE)
    chip.close()
    assert sorted(path.name for path in (place / "chips").iterdir()) == before
    with pytest.raises(CardGone, match="put down"):
        chip.reset()


def test_an_envelope_for_something_else_makes_no_chip(client, envelope, place):
    key = vault.find(place / "chips").key
    whole = envelope("jia")
    for wrong, words in [
        (envelope("yi"), "is for yi"),
        (whole[:-1] + bytes([whole[-1] ^ 1]), "another vault key"),
        (sealed(bytes(16), {"product": "jia"}), "another vault key"),
        (sealed(key, {"product": "jia"}), "no transport key"),
        (sealed(key, ["jia"]), "no transport key"),
        (sealed(key, {"product": "jia"}, b"another purpose"), "another vault key"),
        (b"", "longer"),
    ]:
        with pytest.raises(RackError, match=words):
            client.blank("jia", SERIAL, wrong)
    with pytest.raises(RackError, match="serial of 4 bytes"):
        client.blank("jia", CONTACT_SERIAL, whole)
    with pytest.raises(RackError, match="no blank ding"):
        client.blank("ding", SERIAL, envelope("ding"))


def test_a_chip_in_a_slot_keeps_what_it_went_through(client, envelope, place):
    with client.blank("jia", SERIAL, envelope("jia"), "card-1") as chip:
        chip.reset()
        chip.transmit(CHALLENGE)
        assert chip.transmit(WRONG_AUTHENTICATION).hex() == "63ce"
        chip.transmit(CHALLENGE)
        on_disk = image.load(place / "chips" / "card-1.img")  # while the chip is in use: what was answered is there
        on_disk.reset()
        on_disk.transmit(CHALLENGE)
        assert on_disk.transmit(WRONG_AUTHENTICATION).hex() == "63cd"
    with client.open("card-1") as chip:
        with pytest.raises(CardGone):
            chip.transmit(PROBE)
        chip.reset()
        chip.transmit(CHALLENGE)
        assert chip.transmit(WRONG_AUTHENTICATION).hex() == "63cd"


def test_slots_are_listed_and_belong_to_one_at_a_time(client, envelope, place):
    chip = client.blank("jia", SERIAL, envelope("jia"), "card-2")
    assert [(slot.in_use, slot.pulled) for slot in client.slots() if slot.name == "card-2"] == [(True, False)]
    with RackClient(place / "s") as other:
        with pytest.raises(RackError, match="somebody works"):
            other.open("card-2")
        with pytest.raises(RackError, match="holds a chip already"):
            other.blank("jia", SERIAL, envelope("jia"), "card-2")
        chip.close()
        other.open("card-2")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(slot.in_use for slot in client.slots()):
        time.sleep(0.01)  # the rack learns of a closed connection by itself
    client.open("card-2").close()


@pytest.mark.parametrize("name", ["../card", "", ".card", "a/b", "x" * 65])
def test_a_slot_name_is_no_path(client, envelope, name):
    for act in (client.open, client.remove, client.insert):
        with pytest.raises(RackError, match="named by"):
            act(name)
    with pytest.raises(RackError, match="named by"):
        client.blank("jia", SERIAL, envelope("jia"), name)


def test_an_unknown_slot_is_told(client):
    with pytest.raises(RackError, match="no chip in slot nobody"):
        client.remove("nobody")
    with pytest.raises(RackError, match="cannot be read"):
        client.open("nobody")


def test_a_pulled_card_is_gone_until_it_is_inserted_and_reset(client, envelope):
    chip = client.blank("jia", SERIAL, envelope("jia"), "card-3")
    chip.reset()
    client.remove("card-3")
    for act in (chip.reset, lambda: chip.transmit(PROBE), lambda: chip.run([PROBE]), lambda: client.open("card-3")):
        with pytest.raises((CardGone, RackError)):
            act()
    client.insert("card-3")
    with pytest.raises(CardGone):
        chip.transmit(PROBE)
    chip.reset()
    assert chip.transmit(PROBE)[-2:] == b"\x90\x00"


def test_a_run_answers_all_commands_in_one_round_trip_and_stops_at_a_failure(client, envelope):
    chip = client.blank("bing", CONTACT_SERIAL, envelope("bing"))
    chip.reset()
    select = bytes.fromhex("00A40000023F00")
    assert chip.run([]) == []
    assert [answer[-2:].hex() for answer in chip.run([select, CHALLENGE, select])] == ["9000"] * 3
    answers = chip.run([select, bytes.fromhex("00A4000002DDF1"), select])
    assert [answer.hex() for answer in answers] == ["9000", "6a82"]


def test_a_tear_in_a_run_shows_the_answers_before_it(client, envelope):
    chip = client.blank("jia", SERIAL, envelope("jia"))
    chip.reset()
    chip.arm(3, TearMoment.AFTER)
    with pytest.raises(RunCut) as cut:
        chip.run([PROBE] * 5)
    assert cut.value.answers == [b"JIA32-10\x90\x00"] * 2
    with pytest.raises(CardGone):
        chip.transmit(PROBE)
    chip.reset()
    chip.arm(1, TearMoment.BEFORE)
    chip.disarm()
    assert chip.transmit(PROBE)[-2:] == b"\x90\x00"


@pytest.mark.parametrize("body", [b"", b"T", b"\x00" * 5, b"J\0\0\0\0", b"J\0\0\0\0[]", b'J\0\0\0\0{"do":"dump"}'])
def test_nonsense_is_refused_and_the_rack_lives_on(client, place, body):
    with RackClient(place / "s") as rude:
        rude._socket.sendall(len(body).to_bytes(4, "big") + body)
        assert rude._frame()[0] in (1, 2)
    client.slots()


def test_a_rack_of_another_user_is_not_used(process, place, monkeypatch):
    monkeypatch.setattr(rack, "_user_at", lambda connection: os.geteuid() + 4711)
    with pytest.raises(RackError, match=f"a process of user {os.geteuid() + 4711} serves"):
        RackClient(place / "s")


def test_an_interrupted_request_leaves_no_answer_for_the_next_one(process, place, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    with RackClient(place / "s") as client:
        monkeypatch.setattr(client, "_frame", interrupted)
        with pytest.raises(KeyboardInterrupt):
            client.slots()
        monkeypatch.undo()
        with pytest.raises(CardGone, match="does not answer"):
            client.slots()


def test_a_client_too_many_is_told_so_and_its_place_is_given_to_the_next(tmp_path):
    with rack.running(tmp_path / "s", tmp_path / "chips"):
        held = [RackClient(tmp_path / "s") for _ in range(MOST_CLIENTS)]
        assert [client.slots() for client in held] == [[]] * MOST_CLIENTS
        with RackClient(tmp_path / "s") as late, pytest.raises(CardError, match=r"in use: close one|does not answer"):
            late.slots()
        for client in held:
            client.close()
        assert _served(tmp_path / "s")


def test_the_rack_outlives_a_want_of_descriptors(tmp_path):
    with rack.running(tmp_path / "s", tmp_path / "chips") as process:
        _, most = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        open_ones = max(int(entry.name) for entry in Path(f"/proc/{process.pid}/fd").iterdir()) + 1
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (open_ones, most))
        with RackClient(tmp_path / "s"):
            time.sleep(0.3)
            assert process.poll() is None
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (most, most))
        assert _served(tmp_path / "s")


def _served(path):
    """Whether a new client is served within some seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with RackClient(path) as client:
                return client.slots() == []
        except CardError:
            time.sleep(0.05)
    return False


def test_a_frame_beyond_all_measure_ends_the_connection_only(client, place):
    with RackClient(place / "s") as rude:
        rude._socket.sendall(b"\xff\xff\xff\xff")
        with pytest.raises(ConnectionError):
            rude._frame()
    client.slots()


def test_several_threads_share_a_client(client, envelope):
    chips = [client.blank("jia", bytes([0, 0, 1, n]), envelope("jia")) for n in range(4)]
    wrong = []

    def work(chip, serial):
        wrong.extend(serial for _ in range(50) if chip.reset()[8:12] != serial)

    threads = [threading.Thread(target=work, args=(chip, bytes([0, 0, 1, n]))) for n, chip in enumerate(chips)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_socket_folder_and_vault_are_closed_to_others(process, place):
    assert stat.S_IMODE((place / "s").stat().st_mode) == 0o600
    assert stat.S_IMODE((place / "chips").stat().st_mode) == 0o700
    assert stat.S_IMODE((place / "chips" / "vault.key").stat().st_mode) == 0o600


def test_the_rack_leaves_no_core_dump_and_no_debugger_in(process):
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]
    code = (
        "import ctypes; from healthcard.card.os import rack; rack._keep_memory_private();"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_a_second_rack_on_the_same_socket_is_refused_and_a_dead_ones_socket_is_cleared(tmp_path, capfd):
    with rack.running(tmp_path / "s", tmp_path / "chips") as first:
        command = [sys.executable, "-m", "healthcard.card.os.rack", str(tmp_path / "s"), str(tmp_path / "other")]
        second = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert second.returncode == 1
        assert "serves at" in second.stderr
        first.kill()
        first.wait()
        assert (tmp_path / "s").exists()
        with rack.running(tmp_path / "s", tmp_path / "chips"), RackClient(tmp_path / "s") as client:
            assert client.slots() == []


def test_a_rack_that_cannot_start_says_why(tmp_path, capfd):
    (tmp_path / "chips").mkdir()
    (tmp_path / "chips" / "vault.key").write_bytes(b"short")
    (tmp_path / "chips" / "vault.key").chmod(0o600)
    with pytest.raises(RackError, match="did not start"):
        rack.start(tmp_path / "s", tmp_path / "chips")
    assert "no vault key" in capfd.readouterr().err


def test_a_stop_puts_all_chips_down_and_a_kill_loses_nothing_answered(tmp_path):
    for number, (end, code) in enumerate([(signal.SIGTERM, 0), (signal.SIGKILL, -9)]):
        process = rack.start(tmp_path / "s", tmp_path / "chips")
        client = RackClient(tmp_path / "s")
        lot = sealed(
            (tmp_path / "chips" / "vault.key").read_bytes(), {"product": "jia", "key": LOT.hex(), "diversified": True}
        )
        chip = client.blank("jia", SERIAL, lot, f"card-{number}")
        chip.reset()
        chip.transmit(CHALLENGE)
        assert chip.transmit(WRONG_AUTHENTICATION).hex() == "63ce"
        os.kill(process.pid, end)
        assert process.wait(10) == code
        with pytest.raises(CardGone, match="does not answer"):
            chip.transmit(CHALLENGE)
        client.close()
        again = image.load(tmp_path / "chips" / f"card-{number}.img")
        again.reset()
        again.transmit(CHALLENGE)
        assert again.transmit(WRONG_AUTHENTICATION).hex() == "63cd"
    assert not list((tmp_path / "chips").glob(".*"))


def test_the_rack_ends_with_the_process_that_started_it(tmp_path):
    code = (
        "import sys; from pathlib import Path; from healthcard.card.host import rack;"
        "print(rack.start(Path(sys.argv[1]), Path(sys.argv[2])).pid, flush=True); import os; os._exit(0)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "s"), str(tmp_path / "chips")]
    pid = int(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and (tmp_path / "s").exists():
        time.sleep(0.01)
    assert not (tmp_path / "s").exists(), f"process {pid} still serves"
