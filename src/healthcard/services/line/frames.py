"""Frames of the line's socket: length (4 bytes, big-endian) and JSON."""

from __future__ import annotations

import json
import socket
from typing import Any

FRAME_MAX = 1 << 20
LENGTH = 4


def send(connection: socket.socket, table: dict[str, Any]) -> None:
    """One frame out; raises OSError."""
    body = json.dumps(table).encode()
    connection.sendall(len(body).to_bytes(LENGTH, "big") + body)


def receive(connection: socket.socket) -> dict[str, Any] | None:
    """One frame in; None when the other end has gone. Raises ValueError for no frame, OSError."""
    head = _exactly(connection, LENGTH)
    if head is None:
        return None
    size = int.from_bytes(head, "big")
    if size > FRAME_MAX:
        raise ValueError(f"a frame has at most {FRAME_MAX} bytes, not {size}")
    body = _exactly(connection, size)
    if body is None:
        return None
    table = json.loads(body)
    if not isinstance(table, dict):
        raise ValueError("a frame holds a JSON object")  # noqa: TRY004 - what came over the wire, not a caller's type
    return table


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    received = b""
    while len(received) < size:
        more = connection.recv(size - len(received))
        if not more:
            return None
        received += more
    return received
