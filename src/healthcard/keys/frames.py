"""How client and service talk: two lengths (4 bytes each, big-endian), a JSON object, raw bytes."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from healthcard.keys.errors import OutOfShape

LENGTHS = struct.Struct(">II")
SMALL = 16 * 1024  # bodies that go out in one piece with their head: the other side wakes once
LONGEST_HEAD = 64 * 1024
LONGEST_REQUEST = 256 * 1024  # 4096 chips of a batch are 68 KiB
LONGEST_ANSWER = 16 * 1024 * 1024  # their key loads are up to 60 times as long
TOO_LARGE = "A frame has a head of up to {} and a body of up to {} bytes; split the request."
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One request or answer. `body` may be cipher text or personal data: it is not shown in a repr."""

    head: Json
    body: bytes = field(default=b"", repr=False)


class Broken(OutOfShape):
    """Bytes after which nobody knows where the next frame begins: the connection has to end."""


def send(connection: socket.socket, frame: Frame, longest: int) -> None:
    """Send one frame with a body of up to `longest` bytes; raises OSError, OutOfShape for one too large."""
    head = json.dumps(frame.head, separators=(",", ":")).encode()
    if len(head) > LONGEST_HEAD or len(frame.body) > longest:
        raise OutOfShape(TOO_LARGE.format(LONGEST_HEAD, longest))
    begin = LENGTHS.pack(len(head), len(frame.body)) + head
    if len(frame.body) <= SMALL:
        connection.sendall(begin + frame.body)
    else:
        connection.sendall(begin)
        connection.sendall(frame.body)


def receive(connection: socket.socket, longest: int, patience: float) -> Frame | None:
    """The next frame, with a body of up to `longest` bytes; None when the other side has closed between two.

    The whole frame has `patience` seconds. Raises OutOfShape, Broken, OSError.
    """
    deadline = time.monotonic() + patience
    prefix = _exactly(connection, LENGTHS.size, deadline, may_end=True)
    if prefix is None:
        return None
    head_length, body_length = LENGTHS.unpack(prefix)
    if head_length > LONGEST_HEAD or body_length > longest:
        raise Broken(TOO_LARGE.format(LONGEST_HEAD, longest))
    head = _exactly(connection, head_length, deadline)
    body = _exactly(connection, body_length, deadline)
    return Frame(head=_object(bytes(head or b"")), body=bytes(body or b""))


def _exactly(connection: socket.socket, length: int, deadline: float, *, may_end: bool = False) -> bytearray | None:
    data = bytearray(length)
    view = memoryview(data)
    filled = 0
    while filled < length:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the frame took too long")
        connection.settimeout(left)
        received = connection.recv_into(view[filled:])
        if not received:
            if may_end and not filled:
                return None
            raise Broken("The connection ended in the middle of a frame.")
        filled += received
    return data


def _object(text: bytes) -> Json:
    try:
        head = json.loads(text)
    except (ValueError, RecursionError):
        raise OutOfShape("The head of a frame is a JSON object in UTF-8.") from None
    if not isinstance(head, dict):
        raise OutOfShape("The head of a frame is a JSON object.")
    return head
