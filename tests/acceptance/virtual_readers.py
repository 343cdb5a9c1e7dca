"""pcscd with virtual readers, in a corner of its own where the machine allows it, and what it takes to run it."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

DRIVER = "usr/lib/pcsc/drivers/serial/libifdvpcd.so"
INSTALL = "apt-get install -y --no-install-recommends pcscd vsmartcard-vpcd opensc libpcsclite-dev"
READERS = 4  # two for each entry of the configuration
SECONDS = 20.0
LOCK = Path(tempfile.gettempdir()) / "healthcard-pcscd.lock"
FIRST_PORT, LAST_PORT = 36000, 39000
SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"

ISOLATED = (
    os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0
    if shutil.which("unshare")
    else False
)
if ISOLATED:
    # The PC/SC library reads this once in the life of a process, so it is set before any test can wake it.
    _corner = Path(tempfile.mkdtemp(prefix="hc-pcsc-"))
    os.environ[SOCKET_VARIABLE] = str(_corner / "s")
    atexit.register(shutil.rmtree, _corner, ignore_errors=True)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A virtual reader: its name in PC/SC, the port a card connects to."""

    name: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Pcsc:
    """A running pcscd with virtual readers."""

    readers: tuple[Reader, ...]
    log: Path

    def wait_until(self, true: Callable[[], bool], what: str) -> None:
        """Until `true()`; fails with `what` should be so."""
        wait_until(true, what)

    def wait_for_card(self, reader: Reader, *, present: bool = True) -> None:
        """Until PC/SC has noticed the card in `reader`, or its absence."""
        wait_until(
            lambda: _has_card(reader.name) is present, f"{reader.name} should {'have' if present else 'lose'} its card"
        )


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Pcsc]:
    """pcscd with READERS empty virtual readers inside the block; `folder` holds its configuration and log."""
    readers = configure(folder / "readers")
    log = folder / "pcscd.log"
    with contextlib.ExitStack() as stack:
        if not ISOLATED:
            stack.enter_context(alone_on_this_machine())
        process = stack.enter_context(pcscd(folder / "readers", log))
        wait_until(lambda: serves(process, log, readers), "pcscd should serve its virtual readers")
        yield Pcsc(readers=readers, log=log)


def wait_until(true: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what}, not so after {seconds:g} s"
        time.sleep(0.01)


def parts_present() -> dict[str, bool]:
    return {
        "pcscd": _pcscd_program() is not None,
        "vsmartcard-vpcd": Path("/", DRIVER).exists(),
        "opensc": shutil.which("opensc-tool") is not None,
        "pyscard": importlib.util.find_spec("smartcard") is not None,
    }


def _pcscd_program() -> str | None:
    return shutil.which("pcscd", path=os.environ.get("PATH", "") + ":/usr/sbin")


def configure(folder: Path) -> tuple[Reader, ...]:
    """Two readers an entry. Entries of one driver file share its memory and mix up their cards: each has a copy."""
    folder.mkdir()
    readers = []
    for entry in range(READERS // 2):
        port = _free_ports(2, FIRST_PORT + entry * 16)
        name = f"Health Card Reader {'ABCD'[entry]}"
        driver = shutil.copy(Path("/", DRIVER), folder.parent / f"driver-{name[-1]}.so")
        lines = [f'FRIENDLYNAME "{name}"', f"DEVICENAME /dev/null:{port:#x}", f"LIBPATH {driver}"]
        (folder / name[-1]).write_text("\n".join([*lines, f"CHANNELID {port:#x}", ""]))
        readers += [Reader(name=f"{name} 00 {slot:02d}", port=port + slot) for slot in range(2)]
    return tuple(readers)


def _free_ports(count: int, start: int) -> int:
    """The first of `count` free ports in a row; several test runs on one machine look in different places first."""
    first = start + os.getpid() % 60 * 32
    for port in range(first, LAST_PORT, 2):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for one in range(port, port + count):
                stack.enter_context(socket.socket()).bind(("", one))
            return port
    pytest.fail("no free ports for virtual readers")


@contextlib.contextmanager
def alone_on_this_machine() -> Iterator[None]:
    """Without a corner of its own there is one pcscd to a machine: take turns."""
    with LOCK.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def pcscd(configuration: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = f"exec {_pcscd_program()} -f -c '{configuration}'"
    run = ["sh", "-c", command]
    if ISOLATED:
        run = ["unshare", "-m", "sh", "-c", f"mkdir -p /run/pcscd && mount -t tmpfs tmpfs /run/pcscd && {command}"]
    with log.open("wb") as out:
        process = subprocess.Popen(run, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    link = Path(os.environ[SOCKET_VARIABLE]) if ISOLATED else None
    if link:
        link.unlink(missing_ok=True)
        link.symlink_to(f"/proc/{process.pid}/root/run/pcscd/pcscd.comm")
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if link:
            link.unlink(missing_ok=True)


def serves(process: subprocess.Popen[bytes], log: Path, expected: tuple[Reader, ...]) -> bool:
    assert process.poll() is None, f"pcscd stopped: {log.read_text()}"
    with _context() as (scard, context):
        names = scard.SCardListReaders(context, [])[1] if context is not None else []
    return {reader.name for reader in expected} <= set(names)


def _has_card(name: str) -> bool:
    """Asked without connecting: a connection would keep the card in use."""
    with _context() as (scard, context):
        _, states = scard.SCardGetStatusChange(context, 0, [(name, scard.SCARD_STATE_UNAWARE)])
        return bool(states[0][1] & scard.SCARD_STATE_PRESENT)


@contextlib.contextmanager
def _context() -> Iterator[tuple[Any, Any]]:
    from smartcard import scard

    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    try:
        yield scard, context if result == scard.SCARD_S_SUCCESS else None
    finally:
        if result == scard.SCARD_S_SUCCESS:
            scard.SCardReleaseContext(context)
