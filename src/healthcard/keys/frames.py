"""How client and service talk: two lengths (4 bytes each, big-endian), a JSON object, raw bytes."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from healthcard.keys.errors import OutOfShape

LENGTHS = struct.Struct(">II")
SMALL = 16 * 1024  # bodies that go out in one piece with their head: the other side wakes once
LONGEST_HEAD = 64 * 1024
LONGEST_BODY = 16 * 1024 * 1024
TOO_LARGE = f"A frame has a head of up to {LONGEST_HEAD} and a body of up to {LONGEST_BODY} bytes; split the request."
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One request or answer. `body` may be cipher text or personal data: it is not shown in a repr."""

    head: Json
    body: bytes = field(default=b"", repr=False)


class Broken(OutOfShape):
    """Bytes after which nobody knows where the next frame begins: the connection has to end."""


def send(connection: socket.socket, frame: Frame) -> None:
    """Send one frame; raises OSError, OutOfShape for one too large."""
    head = json.dumps(frame.head, separators=(",", ":")).encode()
    if len(head) > LONGEST_HEAD or len(frame.body) > LONGEST_BODY:
        raise OutOfShape(TOO_LARGE)
    begin = LENGTHS.pack(len(head), len(frame.body)) + head
    if len(frame.body) <= SMALL:
        connection.sendall(begin + frame.body)
    else:
        connection.sendall(begin)
        connection.sendall(frame.body)


def receive(connection: socket.socket) -> Frame | None:
    """The next frame, None when the other side has closed between two. Raises OutOfShape, Broken, OSError."""
    prefix = _exactly(connection, LENGTHS.size, may_end=True)
    if prefix is None:
        return None
    head_length, body_length = LENGTHS.unpack(prefix)
    if head_length > LONGEST_HEAD or body_length > LONGEST_BODY:
        raise Broken(TOO_LARGE)
    head = _exactly(connection, head_length)
    body = _exactly(connection, body_length)
    return Frame(head=_object(bytes(head or b"")), body=bytes(body or b""))


def _exactly(connection: socket.socket, length: int, *, may_end: bool = False) -> bytearray | None:
    data = bytearray(length)
    view = memoryview(data)
    filled = 0
    while filled < length:
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
