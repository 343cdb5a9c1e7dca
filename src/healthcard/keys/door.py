"""The Unix socket of the key service: who may knock, and one thread for each connection."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from healthcard.keys import frames
from healthcard.keys.errors import KeysError, NotAllowed, OutOfShape, StoreRefused
from healthcard.keys.frames import Frame
from healthcard.keys.peers import Peer, peer_of
from healthcard.keys.reception import Reception

log = logging.getLogger("healthcard.keys")
PATIENCE = 10.0  # seconds a started frame may take
PARTING = 0.5  # seconds, and at most so many reads, for a client to take its refusal
PARTING_READS = 64
MOST_CONNECTIONS = 128  # of one user, so that none takes the others' places
LONGEST_PATH = 100  # sun_path has 108 bytes
STRANGER = "This user may not use the key service. Its operator lists the users that may with --allow-uid."
CROWDED = "The key service has all its connections for this user in use. Try again later."


class Door:
    """Listens on `path` for users `allowed` (uids). `start`, then `close`; requests under way are answered first."""

    def __init__(
        self, reception: Reception, path: Path, allowed: frozenset[int], listener: socket.socket | None = None
    ) -> None:
        """`listener` is given when `path` can be bound no more by the user we have become."""
        self.path = path
        self._reception = reception
        self._allowed = allowed
        self._guard = threading.Lock()
        self._open: dict[socket.socket, tuple[threading.Thread, Peer]] = {}
        self._closing = False
        self._listener = listener or listen(path, shared=bool(allowed - {os.geteuid()}))
        self._welcomer = threading.Thread(target=self._welcome, name="door", daemon=True)

    def start(self) -> None:
        """Answer from now on."""
        self._welcomer.start()

    def close(self, patience: float = 5.0) -> None:
        """Take no more, answer what was asked, end every connection, remove the socket."""
        self._closing = True
        with suppress(PermissionError):  # another user than the one we are bound it: whoever started us removes it
            self.path.unlink(missing_ok=True)
        _shut(self._listener, socket.SHUT_RDWR)
        self._welcomer.join(patience)
        self._listener.close()
        with self._guard:
            waiting = dict(self._open)
        for connection in waiting:
            _shut(connection, socket.SHUT_RD)  # what is being answered still goes out
        deadline = time.monotonic() + patience
        for thread, _ in waiting.values():
            thread.join(max(0.0, deadline - time.monotonic()))

    def _welcome(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._listener.accept()
                self._admit(connection)
            except (OSError, RuntimeError) as error:
                if not self._closing:  # no descriptors or threads left, say: others will be given back
                    log.warning("A connection could not be taken: %s", error)
                    time.sleep(0.1)

    def _admit(self, connection: socket.socket) -> None:
        """A thread for a user who may knock. For others the connection ends here: it costs no thread and no wait."""
        peer = peer_of(connection)
        objection = self._objection(peer)
        if objection:
            refusal = self._reception.refuse("action=connect", peer, NotAllowed(objection))
            with connection:
                connection.settimeout(0)  # a new connection has room for a sentence
                frames.send(connection, refusal, frames.LONGEST_ANSWER)
            return
        thread = threading.Thread(target=self._receive, args=(connection, peer), name="client", daemon=True)
        with self._guard:
            self._open[connection] = (thread, peer)
        try:
            thread.start()
        except RuntimeError:
            self._forget(connection)
            raise

    def _receive(self, connection: socket.socket, peer: Peer) -> None:
        """One connection from its beginning to its end."""
        try:
            self._serve(connection, peer)
        except OSError as error:
            log.info("A client went away: %s", error)
        finally:
            self._forget(connection)

    def _forget(self, connection: socket.socket) -> None:
        connection.close()
        with self._guard:
            self._open.pop(connection, None)

    def _objection(self, peer: Peer) -> str:
        if peer.uid not in self._allowed:
            return STRANGER
        with self._guard:
            taken = sum(other.uid == peer.uid for _, other in self._open.values())
        return CROWDED if taken >= MOST_CONNECTIONS else ""

    def _serve(self, connection: socket.socket, peer: Peer) -> None:
        while not self._closing:
            connection.settimeout(None)
            connection.recv(1, socket.MSG_PEEK)  # a client may be silent for long, but not in the middle of a frame
            try:
                request = frames.receive(connection, frames.LONGEST_REQUEST, PATIENCE)
            except frames.Broken as error:
                self._turn_away(connection, peer, error)
                return
            except OutOfShape as error:
                _send(connection, self._reception.refuse("action=unreadable", peer, error))
                continue
            if request is None:
                return
            _send(connection, self._reception.answer(request, peer))

    def _turn_away(self, connection: socket.socket, peer: Peer, error: KeysError) -> None:
        """Refuse and end so that the refusal arrives: a socket closed with something unread loses its last answer."""
        _send(connection, self._reception.refuse("action=connect", peer, error))
        connection.settimeout(PARTING)
        connection.shutdown(socket.SHUT_WR)
        for _ in range(PARTING_READS):
            if not connection.recv(65536):
                return


def listen(path: Path, *, shared: bool) -> socket.socket:
    """A listening socket at `path`, mode 0600; 0666 when `shared`, for then the kernel's word on the peer decides.

    A socket left behind by a service that died is replaced; one that answers is not. Raises StoreRefused, OSError.
    """
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise StoreRefused(f"A socket path has up to {LONGEST_PATH} bytes; {path} is longer. Choose a shorter folder.")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if answers(path):
        raise StoreRefused(f"Another key service answers at {path}. Stop it first.")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    before = os.umask(0o177)
    try:
        listener.bind(os.fspath(path))
    finally:
        os.umask(before)
    if shared:
        path.chmod(0o666)
    listener.listen(MOST_CONNECTIONS)
    return listener


def answers(path: Path) -> bool:
    """Whether somebody accepts connections at `path`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(os.fspath(path))
        except OSError:
            return False
        return True


def _send(connection: socket.socket, answer: Frame) -> None:
    connection.settimeout(PATIENCE)
    frames.send(connection, answer, frames.LONGEST_ANSWER)


def _shut(connection: socket.socket, how: int) -> None:
    try:
        connection.shutdown(how)
    except OSError:
        log.debug("A connection had gone already.")
