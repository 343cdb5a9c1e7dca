"""The rack: a process of its own in which virtual chips live, reached over a Unix socket by `card.host.rack`.

    python -m healthcard.card.os.rack SOCKET FOLDER [--parent PID]

Frames in both directions are `length(4) | body`, numbers big-endian. A request body is `verb(1) | chip(4) | payload`,
an answer body `outcome(1) | payload`:

    verb  payload                                           answer
    R     -                                                 answer to reset
    T     command APDU                                      data and status word
    N     [length(2) | command] ...                         whole(1) | [length(2) | answer] ...
    A     tear at(2) | mode(1: 0 none, 1 before, 2 half, 3 after)   -
    C     -                                                 -                            (put the chip down)
    J     JSON {"do": blank|open|insert|remove|slots, ...}  JSON                         (chip number unused)

Outcomes: 0 done, 1 refused (UTF-8 sentence), 2 chip gone (UTF-8 sentence). A run (N) ends at the first status word
other than 9000 and 61xx; `whole` is 0 when the chip went away in the middle. Chips opened over a connection are put
down when it closes; a client asks one thing at a time. The process keeps its memory to itself: no core dumps, no
debugger of the same user.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from healthcard.card.os.drawer import Drawer, DrawerError, Place
from healthcard.card.os.tear import Tear, TearMode
from healthcard.card.wire.errors import CardError, CardGone

DONE, REFUSED, GONE = 0, 1, 2
HEAD = struct.Struct(">cI")
LENGTH = struct.Struct(">I")
PART = struct.Struct(">H")
TEAR = struct.Struct(">HB")
FRAME_MAX = 1 << 22
MOST_CLIENTS = 128
PAUSE = 0.1  # seconds before the next try to take a connection
CROWDED = "the rack of virtual chips has all its connections in use: close one"
STOPS = {signal.SIGTERM, signal.SIGINT}
TEAR_MODES = (None, TearMode.BEFORE, TearMode.HALF, TearMode.AFTER)
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4


class Hands:
    """One client: the chips it has taken, by the number it knows them by."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer
        self._places: dict[int, Place] = {}
        self._next = 1
        self._verbs: dict[bytes, Callable[[Place, bytes], bytes]] = {
            b"R": lambda place, _: place.reset(),
            b"T": lambda place, payload: place.transmit(payload),
            b"N": _run,
            b"A": _arm,
        }

    def answer(self, body: bytes) -> bytes:
        """The answer body to a request body: never an exception for what a client or a chip does."""
        try:
            return bytes([DONE]) + self._act(body)
        except CardGone as gone:
            return bytes([GONE]) + str(gone).encode()
        except CardError as error:
            return bytes([REFUSED]) + str(error).encode()

    def put_down(self) -> None:
        """Give all chips back."""
        while self._places:
            _, place = self._places.popitem()
            self._drawer.put_down(place)

    def _act(self, body: bytes) -> bytes:
        if len(body) < HEAD.size:
            raise DrawerError("a request has a verb and a chip number")
        verb, number = HEAD.unpack_from(body)
        payload = body[HEAD.size :]
        if verb == b"J":
            return self._order(payload)
        place = self._places.get(number)
        if place is None:
            raise CardGone("this chip was put down")
        if verb == b"C":
            self._drawer.put_down(self._places.pop(number))
            return b""
        act = self._verbs.get(verb)
        if act is None:
            raise DrawerError(f"the rack knows no verb {verb!r}")
        return act(place, payload)

    def _order(self, payload: bytes) -> bytes:
        try:
            order = json.loads(payload)
            return json.dumps(self._carry_out(order)).encode()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DrawerError(f"an order the rack cannot read: {error!r}") from None

    def _carry_out(self, order: dict[str, Any]) -> object:
        do, name = order["do"], order.get("name")
        if do == "slots":
            return [{"name": slot.name, "in_use": slot.in_use, "pulled": slot.pulled} for slot in self._drawer.slots()]
        if do == "blank":
            serial, envelope = bytes.fromhex(order["serial"]), bytes.fromhex(order["envelope"])
            return self._take(self._drawer.blank(str(order["product"]), serial, envelope, name))
        if do == "open":
            return self._take(self._drawer.open(str(name)))
        if do in ("insert", "remove"):
            return getattr(self._drawer, do)(str(name))
        raise DrawerError(f"the rack does not know how to {do}")

    def _take(self, place: Place) -> dict[str, Any]:
        number, self._next = self._next, self._next + 1
        self._places[number] = place
        return {"chip": number, "product": place.chip.product}


class Client(threading.Thread):
    """One connection. A thread each that waits in `recv`: a selector in between costs as much as a command."""

    def __init__(
        self, connection: socket.socket, drawer: Drawer, turn: threading.Lock, places: threading.Semaphore
    ) -> None:
        """`turn` is held while a request is carried out: one at a time in the whole rack. Gives its place back."""
        super().__init__(daemon=True)
        self._connection = connection
        self._places = places
        self._hands = Hands(drawer)
        self._turn = turn

    def run(self) -> None:
        """Answer until the client goes, then put its chips down."""
        try:
            while (body := self._frame()) is not None:
                with self._turn:
                    answer = self._hands.answer(body)
                self._connection.sendall(LENGTH.pack(len(answer)) + answer)
        except OSError:
            pass  # the client went without reading its answer: the next lines are all there is to do
        finally:
            self._connection.close()
            with self._turn:
                self._hands.put_down()
            self._places.release()

    def _frame(self) -> bytes | None:
        """The next request body; None when the client has gone, or speaks no frames."""
        received = self._connection.recv(1 << 16)
        while len(received) < LENGTH.size or len(received) < LENGTH.size + LENGTH.unpack_from(received)[0]:
            if len(received) >= LENGTH.size and LENGTH.unpack_from(received)[0] > FRAME_MAX:
                return None
            more = self._connection.recv(1 << 16)
            if not more:
                return None
            received += more
        return received[LENGTH.size :]


def serve(path: Path, folder: Path) -> None:
    """Serve the chips of `folder` on a socket at `path` (0600) until SIGTERM or SIGINT; then put all chips down."""
    _keep_memory_private()
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    drawer, turn = Drawer(folder), threading.Lock()
    with _listen(path) as door:
        threading.Thread(target=_admit, args=(door, drawer, turn), daemon=True).start()
        signal.sigwait(STOPS)
        turn.acquire()  # for good: whatever is in the middle of a command finishes it, nothing new begins
        path.unlink(missing_ok=True)
        drawer.close()


def _admit(door: socket.socket, drawer: Drawer, turn: threading.Lock) -> None:
    places = threading.Semaphore(MOST_CLIENTS)
    while True:
        try:
            connection, _ = door.accept()
            _seat(connection, places, lambda taken: Client(taken, drawer, turn, places))
        except (OSError, RuntimeError):  # no descriptors or threads left, say: others will be given back
            time.sleep(PAUSE)


def _seat(
    connection: socket.socket, places: threading.Semaphore, client: Callable[[socket.socket], threading.Thread]
) -> None:
    if not places.acquire(blocking=False):
        with connection:
            connection.sendall(LENGTH.pack(1 + len(CROWDED)) + bytes([REFUSED]) + CROWDED.encode())
        return
    try:
        client(connection).start()
    except RuntimeError:
        connection.close()
        places.release()
        raise


def _listen(path: Path) -> socket.socket:
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    _clear(path)
    mask = os.umask(0o177)
    try:
        door.bind(str(path))
    finally:
        os.umask(mask)
    door.listen(64)
    return door


def _clear(path: Path) -> None:
    """Remove the socket a killed rack left behind; a living one is not touched."""
    if not path.exists():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        try:
            knock.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise DrawerError(f"a rack serves at {path} already")


def _keep_memory_private() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "the rack cannot keep its memory from debuggers")


def _die_with(parent: int) -> None:
    """Have the kernel send SIGTERM when the parent dies; it may have died before we asked."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit("the process that started this rack is gone")


def _run(place: Place, payload: bytes) -> bytes:
    answers, whole = place.stretch(_parts(payload))
    return bytes([whole]) + b"".join(PART.pack(len(answer)) + answer for answer in answers)


def _parts(payload: bytes) -> list[bytes]:
    parts, at = [], 0
    while at < len(payload):
        if len(payload) < at + PART.size:
            raise DrawerError("the last command of the run is cut")
        (size,) = PART.unpack_from(payload, at)
        at += PART.size + size
        parts.append(payload[at - size : at])
    return parts


def _arm(place: Place, payload: bytes) -> bytes:
    if len(payload) != TEAR.size or payload[-1] >= len(TEAR_MODES):
        raise DrawerError("no such tear")
    at, mode = TEAR.unpack(payload)
    kind = TEAR_MODES[mode]
    place.arm(Tear(at=at, mode=kind) if kind else None)
    return b""


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m healthcard.card.os.rack", description="Virtual chips on a socket.")
    parser.add_argument("socket", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parent", type=int, help="stop when this process, our parent, ends")
    arguments = parser.parse_args()
    if arguments.parent is not None:
        _die_with(arguments.parent)
    try:
        serve(arguments.socket, arguments.folder)
    except (CardError, OSError) as error:
        sys.exit(f"the rack stopped: {error}")


if __name__ == "__main__":
    main()
