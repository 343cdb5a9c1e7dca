"""A virtual chip on a virtual PC/SC reader: the link to vpcd, the driver that pcscd loads.

The reader listens (port 35963 and up), the card connects to it: in the reader means connected. Both sides send
`length(2) | body`; a body of one byte from the reader is 0 power off, 1 power on, 2 reset, 4 asks for the answer to
reset, which is the only one of them that is answered.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Protocol

from healthcard.card.wire.errors import CardError, CardGone

FIRST_PORT = 35963  # 0x8C7B, of the driver's own configuration
READERS_MAX = 16  # pcscd knows no more
POWER_OFF, POWER_ON, RESET, ANSWER_TO_RESET = (bytes([code]) for code in (0, 1, 2, 4))
RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)  # between attempts to reach a reader that is not there; then the last
OUT_SECONDS = 0.8  # pcscd looks every 0.4 s: a card that is back sooner was never out, and stays dead for its clients
ASK_SECONDS = 3.0  # a reader without a card polls well within this


class ReaderMissing(CardError):
    """No virtual reader to put the card in."""


class Card(Protocol):
    """A chip or SAM."""

    def reset(self) -> bytes:
        """Power cycle; the answer to reset."""
        ...

    def power_off(self) -> None:
        """Take the power away."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """The answer to one command; raises CardGone."""
        ...


class Slot:
    """A card before a reader, each in a thread of its own: `insert` connects it, `pull` takes it out again.

    A card that is torn pulls itself. A reader that goes away is waited for. `keep` is called when the card may have
    changed: after every command and when its power goes; when it fails the card is out, and `failure` says why.
    """

    def __init__(
        self, card: Card, port: int, host: str = "127.0.0.1", *, keep: Callable[[], None] = lambda: None
    ) -> None:
        self.port = port
        self._host = host
        self._card = card
        self._keep = keep
        self._stop = threading.Event()
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._out_since = 0.0
        self._answer_to_reset = b""
        self.failure: CardError | None = None

    @property
    def inserted(self) -> bool:
        """Whether the card is in its reader, or waits for it."""
        return self._thread is not None and self._thread.is_alive() and not self._stop.is_set()

    def insert(self, connected: socket.socket | None = None) -> None:
        """Put the card in; does nothing when it is in. `connected` is a reader's connection won by `find_reader`."""
        if self.inserted:
            return
        self.pull()
        self._stop.clear()
        self._thread = threading.Thread(target=self._live, args=(connected,), name=f"card-{self.port}", daemon=True)
        self._thread.start()

    def pull(self) -> None:
        """Take the card out, in the middle of whatever it does; its power is gone when this returns."""
        self._stop.set()
        _hang_up(self._socket)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
            self._thread = None

    def _live(self, connected: socket.socket | None) -> None:
        attempt = 0
        while not self._stop.wait(max(0.0, self._out_since + OUT_SECONDS - time.monotonic())):
            reader = connected or _connect(self._host, self.port)
            connected = None
            if reader is None:
                self._stop.wait(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
                attempt += 1
                continue
            attempt = 0
            try:
                self._visit(reader)
                self._keep()
            except CardError as error:
                self.failure = error
                self._stop.set()

    def _visit(self, reader: socket.socket) -> None:
        """Serve one connection to its end."""
        self._socket = reader
        if self._stop.is_set():  # pulled before the reader could see the connection that `pull` was to hang up
            _hang_up(reader)
        try:
            self._answer_to_reset = self._card.reset()
            while (body := _receive(reader)) is not None:
                answer = self._answer(body)
                if answer is not None:
                    reader.sendall(len(answer).to_bytes(2, "big") + answer)
        except CardGone:
            self._stop.set()
        except OSError:
            pass  # the reader went away: `_live` looks for it again
        finally:
            self._socket = None
            reader.close()
            self._out_since = time.monotonic()
            self._card.power_off()

    def _answer(self, body: bytes) -> bytes | None:
        if body == ANSWER_TO_RESET:
            return self._answer_to_reset
        if body in (POWER_ON, RESET):
            self._answer_to_reset = self._card.reset()
            return None
        if body == POWER_OFF:
            self._card.power_off()
            self._keep()
            return None
        try:
            return self._card.transmit(body)
        finally:
            self._keep()


def find_reader(start: int = FIRST_PORT, host: str = "127.0.0.1") -> tuple[int, socket.socket]:
    """The first virtual reader without a card from port `start` on, with a connection to it.

    A reader that has a card lets us connect too, but asks us nothing. Raises ReaderMissing.
    """
    seen = 0
    for port in range(start, start + READERS_MAX):
        reader = _connect(host, port)
        if reader is None:
            continue
        seen += 1
        if _asks(reader):
            return port, reader
        reader.close()
    if seen:
        raise ReaderMissing(f"all {seen} virtual readers from port {start} on have a card: give pcscd more of them")
    raise ReaderMissing(f"no virtual reader answers from port {start} on: start pcscd with the vpcd driver")


def _asks(reader: socket.socket) -> bool:
    """Whether the reader wants something of us; what it wants stays to be read."""
    reader.settimeout(ASK_SECONDS)
    try:
        return bool(reader.recv(1, socket.MSG_PEEK))
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            reader.settimeout(None)


def _connect(host: str, port: int) -> socket.socket | None:
    try:
        reader = socket.create_connection((host, port), timeout=ASK_SECONDS)
    except OSError:
        return None
    reader.settimeout(None)
    reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return reader


def _hang_up(reader: socket.socket | None) -> None:
    if reader is not None:
        with contextlib.suppress(OSError):
            reader.shutdown(socket.SHUT_RDWR)


def _receive(reader: socket.socket) -> bytes | None:
    """The next body; None when the reader has gone. Empty ones mean nothing and are passed over."""
    size = 0
    while not size:
        head = _exactly(reader, 2)
        if head is None:
            return None
        size = int.from_bytes(head, "big")
    return _exactly(reader, size)


def _exactly(reader: socket.socket, size: int) -> bytes | None:
    """`size` bytes. The driver sends length and body apart: unless each is acknowledged at once it waits 40 ms.

    The kernel forgets the option after every few packets, so it is set before every read.
    """
    received = b""
    while len(received) < size:
        reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = reader.recv(size - len(received))
        if not part:
            return None
        received += part
    return received
