"""Virtual chips in the rack process, as transports (the rack's own module lays down the protocol)."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import Any

from healthcard.card.wire.errors import CardError, CardGone

RACK_MODULE = "healthcard.card.os.rack"
DONE, GONE = 0, 2
CREDENTIALS = struct.Struct("=iII")  # struct ucred: pid, uid, gid
ROOT = 0
HEAD = struct.Struct(">IcI")  # frame length, verb, chip number
VERB_SIZE = 5
START_SECONDS = 20.0
ANSWER_SECONDS = 60
EAGER_SECONDS = 100e-6


class RackError(CardError):
    """The rack refused, or is not there."""


class RunCut(CardGone):
    """The chip went away in the middle of a run; `answers` are those that came before."""

    def __init__(self, answers: list[bytes]) -> None:
        super().__init__(f"the chip went away after {len(answers)} answers of a run")
        self.answers = answers


class TearMoment(IntEnum):
    """When a chip armed for a tear loses power: before, half-way through, or after its n-th command."""

    BEFORE = 1
    HALF = 2
    AFTER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RackSlot:
    """A chip that stays in the rack: name, whether somebody works with it, whether it was pulled."""

    name: str
    in_use: bool
    pulled: bool


class RackClient:
    """A connection to the rack; chips taken over it are put down when it closes. Safe for several threads."""

    def __init__(self, path: Path) -> None:
        """Raises RackError when no rack serves at `path`, or one of another user than we are or root."""
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", ANSWER_SECONDS, 0))
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise RackError(f"no rack of virtual chips serves at {path}: {error.strerror}") from None
        server = _user_at(self._socket)
        if server not in (os.geteuid(), ROOT):
            self._socket.close()
            raise RackError(f"at {path} a process of user {server} serves, not our rack: find out who put it there")

    def __enter__(self) -> RackClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def blank(self, product: str, serial: bytes, envelope: bytes, name: str | None = None) -> RackChip:
        """A new chip of `product` with `serial` (4 bytes contactless, 6 contact).

        `envelope` is the key service's factory envelope for that product and this rack's vault. Without a `name` the
        chip is for rehearsals: nobody sees it again once it is closed. With one it stays in the slot of that name.
        """
        order = {"do": "blank", "product": product, "serial": serial.hex(), "envelope": envelope.hex(), "name": name}
        return self._taken(order)

    def open(self, name: str) -> RackChip:
        """The chip in slot `name`, ours until it is closed."""
        return self._taken({"do": "open", "name": name})

    def slots(self) -> list[RackSlot]:
        """The chips that stay in the rack."""
        return [RackSlot(**row) for row in self._order({"do": "slots"})]

    def remove(self, name: str) -> None:
        """Pull the chip out of its slot, whoever works with it: the card is gone for him. It is not lost."""
        self._order({"do": "remove", "name": name})

    def insert(self, name: str) -> None:
        """Put a pulled chip back into its slot."""
        self._order({"do": "insert", "name": name})

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def ask(self, verb: bytes, chip: int, payload: bytes = b"") -> bytes:
        """One request of the rack's protocol; raises CardGone and RackError."""
        with self._lock:
            try:
                self._socket.sendall(HEAD.pack(VERB_SIZE + len(payload), verb, chip) + payload)
                body = self._frame()
            except OSError as error:
                self._socket.close()
                raise CardGone(f"the rack of virtual chips does not answer: {error}") from None
            except BaseException:  # an interrupt: what is still on its way must not meet the next request
                self._socket.close()
                raise
        if body[0] == DONE:
            return body[1:]
        raise (CardGone if body[0] == GONE else RackError)(body[1:].decode())

    def _frame(self) -> bytes:
        received = self._first_bytes()
        while len(received) < 4 or len(received) < 4 + int.from_bytes(received[:4], "big"):
            more = self._socket.recv(1 << 16)
            if not more:
                raise ConnectionResetError("the connection ended")
            received += more
        return received[4:]

    def _first_bytes(self) -> bytes:
        """Look for a moment before waiting: being woken costs as much as the chip's whole command."""
        until = time.perf_counter() + EAGER_SECONDS
        while time.perf_counter() < until:
            try:
                return self._socket.recv(1 << 16, socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
        return self._socket.recv(1 << 16)

    def _taken(self, order: dict[str, Any]) -> RackChip:
        taken = self._order(order)
        return RackChip(self, taken["chip"], taken["product"])

    def _order(self, order: dict[str, Any]) -> Any:
        return json.loads(self.ask(b"J", 0, json.dumps(order).encode()))


class RackChip:
    """One chip in the rack: a Transport."""

    def __init__(self, client: RackClient, number: int, product: str) -> None:
        """`product` is the COS product's name, or "sam"."""
        self._client = client
        self._number = number
        self.product = product

    def __enter__(self) -> RackChip:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def reset(self) -> bytes:
        """Power cycle; the answer to reset as a reader shows it."""
        return self._client.ask(b"R", self._number)

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU; data and status word."""
        return self._client.ask(b"T", self._number, command)

    def run(self, commands: Sequence[bytes]) -> list[bytes]:
        """Many commands in one round trip; ends after the first answer that is neither 9000 nor 61xx.

        Raises RunCut with the answers so far when the chip goes away in the middle.
        """
        payload = b"".join(len(command).to_bytes(2, "big") + command for command in commands)
        body = self._client.ask(b"N", self._number, payload)
        answers = list(_parts(body[1:]))
        if not body[0]:
            raise RunCut(answers)
        return answers

    def arm(self, at: int, moment: TearMoment) -> None:
        """Tear the chip at its `at`-th command from now (1..65535)."""
        self._client.ask(b"A", self._number, at.to_bytes(2, "big") + bytes([moment]))

    def disarm(self) -> None:
        """No tear after all."""
        self._client.ask(b"A", self._number, bytes(3))

    def close(self) -> None:
        """Put the chip down: power off, image written."""
        self._client.ask(b"C", self._number)


@contextmanager
def running(path: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A rack process of our own for the chips in `folder`, serving at `path` inside the block; ends when we do."""
    process = start(path, folder)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def start(path: Path, folder: Path, *, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a rack and wait until it serves; raises RackError when it does not (it says why on standard error).

    It stops with SIGTERM, and when the calling thread ends: call it in the main one. Ctrl-C does not reach it. Without
    an `environment` it gets ours.
    """
    command = [sys.executable, "-m", RACK_MODULE, str(path), str(folder), "--parent", str(os.getpid())]
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.DEVNULL, start_new_session=True, env=environment
    )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            RackClient(path).close()
        except RackError:
            time.sleep(0.01)
        else:
            return process
    process.kill()
    process.wait()
    raise RackError(f"the rack of virtual chips did not start for {folder}: its reason stands above")


def _user_at(connection: socket.socket) -> int:
    """The uid at the other end, by the kernel's word."""
    _, uid, _ = CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size))
    return int(uid)


def _parts(payload: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 2], "big")
        at += 2 + size
        yield payload[at - size : at]
