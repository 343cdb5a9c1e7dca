"""Requests over HTTP as fast as a server answers: a client that costs little, so that the server is measured."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle
from multiprocessing import get_context

CLIENTS, CONNECTIONS = 2, 8  # processes, and what each keeps open
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Refused(Exception):
    """The server answered something else than the bench asked for; the message is the beginning of its answer."""


def rate(port: int, requests: Sequence[bytes], seconds: float) -> float:
    """Answers with status 200 a second over kept connections; every client goes round `requests` from its own place."""
    shares = [requests[first::CLIENTS] or requests for first in range(CLIENTS)]
    with ProcessPoolExecutor(CLIENTS, mp_context=get_context("spawn")) as pool:
        counts = pool.map(_drive, [port] * CLIENTS, shares, [seconds] * CLIENTS)
        return sum(counts)


def get(path: str, token: str = "") -> bytes:
    """A request as bytes."""
    return _head("GET", path, token) + _END


def post(path: str, body: bytes, token: str = "", headers: str = "") -> bytes:
    """A request with a body of JSON."""
    kind = f"\r\nContent-Type: application/json\r\nContent-Length: {len(body)}{headers}"
    return _head("POST", path, token) + kind.encode() + _END + body


def _head(method: str, path: str, token: str) -> bytes:
    known = f"\r\nAuthorization: Bearer {token}" if token else ""
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1{known}".encode()


def _drive(port: int, requests: Sequence[bytes], seconds: float) -> float:
    """Answers a second over this process's connections."""
    todo: Iterator[bytes] = cycle(requests)
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            link = socket.create_connection(("127.0.0.1", port), timeout=30)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(link, selectors.EVENT_READ)
            link.sendall(next(todo))
        count, begun = 0, time.perf_counter()
        until = begun + seconds
        while (now := time.perf_counter()) < until:
            for key, _ in selector.select():
                link = key.fileobj  # type: ignore[assignment] # what we registered
                _answer(link)
                count += 1
                link.sendall(next(todo))
        for key in list(selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr] # as above
    return count / (now - begun)


def _answer(link: socket.socket) -> bytes:
    """One whole answer; raises Refused unless its status is 200."""
    answer = link.recv(65536)
    while (end := answer.find(_END)) < 0:
        answer += link.recv(65536)
    head = answer[:end].lower()
    if not head.startswith(b"http/1.1 200"):
        raise Refused(answer[:300].decode(errors="replace"))
    at = head.index(_LENGTH) + len(_LENGTH)
    length = int(head[at:].split(b"\r\n", 1)[0])
    while len(answer) < end + len(_END) + length:
        answer += link.recv(65536)
    return answer[end + len(_END) :]
