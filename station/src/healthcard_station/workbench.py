"""The workbench over HTTP: one connection a thread, kept open; what it refuses comes as its own sentence."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from typing import Any
from urllib.parse import urlsplit

SECONDS = 30.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")
LONGEST = 1 << 20  # bytes of an answer
Json = dict[str, Any]


class Unreachable(Exception):
    """No answer came: the network, or the server is being started anew. The same may be said again."""


class Refused(Exception):
    """The workbench says no; the sentence is its own."""


class Workbench:
    """The workbench at `address`; `authority` is a file of certificates to trust, the system's own where empty."""

    def __init__(self, address: str, *, authority: str = "", seconds: float = SECONDS) -> None:
        """Raises Refused for an address without TLS that leaves this machine."""
        parts = urlsplit(address if "//" in address else f"https://{address}")
        self._host = parts.hostname or ""
        self._port = parts.port
        self._plain = parts.scheme == "http"
        self._prefix = parts.path.rstrip("/")
        self._seconds = seconds
        self._mine = threading.local()
        if not self._host or parts.scheme not in ("http", "https"):
            raise Refused(f"{address} is no address of a workbench: https://NAME")
        if self._plain and self._host not in LOOPBACK:
            raise Refused("Without https the secret would be told to everybody on the way: use https://NAME.")
        self._trust = None if self._plain else ssl.create_default_context(cafile=authority or None)

    def post(self, path: str, body: Json) -> Json:
        """The answer to `body`; raises Unreachable, Refused."""
        try:
            status, answer = self._exchange(path, json.dumps(body).encode())
            table = json.loads(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.leave()
            raise Unreachable(f"{self._host}: {error or type(error).__name__}") from error
        if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unreachable(f"{self._host}: {_sentence(table)}")
        if status >= http.HTTPStatus.BAD_REQUEST or not isinstance(table, dict):
            raise Refused(_sentence(table))
        return table

    def leave(self) -> None:
        """Close the connection of the calling thread."""
        kept: http.client.HTTPConnection | None = getattr(self._mine, "connection", None)
        if kept is not None:
            kept.close()
            self._mine.connection = None

    def _exchange(self, path: str, body: bytes) -> tuple[int, bytes]:
        connection = self._connection()
        connection.request("POST", self._prefix + path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        read = answer.read(LONGEST)
        if answer.will_close:
            self.leave()
        return answer.status, read

    def _connection(self) -> http.client.HTTPConnection:
        kept: http.client.HTTPConnection | None = getattr(self._mine, "connection", None)
        if kept is None:
            kept = (
                http.client.HTTPConnection(self._host, self._port, timeout=self._seconds)
                if self._trust is None
                else http.client.HTTPSConnection(self._host, self._port, timeout=self._seconds, context=self._trust)
            )
            self._mine.connection = kept
        return kept


def _sentence(table: object) -> str:
    """What a problem says, Chinese before English."""
    if not isinstance(table, dict):
        return "the answer is none of a workbench"
    return " ".join(str(table[name]) for name in ("title", "detail", "detail_en") if table.get(name))
