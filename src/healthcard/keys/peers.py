"""Who is at the other end of a Unix socket, by the kernel's word."""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass

CREDENTIALS = struct.Struct("=iII")  # struct ucred: pid, uid, gid
ROOT = 0  # may do in our name whatever it likes anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A process and its user; at a client's end, the process that began to listen."""

    pid: int
    uid: int


def peer_of(connection: socket.socket) -> Peer:
    """Who is at the other end of `connection`."""
    pid, uid, _ = CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size))
    return Peer(pid=pid, uid=uid)


def is_ours(peer: Peer, others: frozenset[int] = frozenset()) -> bool:
    """Whether it may serve us: our own user, root, or one of `others` (uids)."""
    return peer.uid in {os.geteuid(), ROOT} | others
