"""A client of the API as anybody could write one: JSON over HTTP, a token, a key for every act."""

from __future__ import annotations

import json
import time
from base64 import b32decode
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

from healthcard.card.host.ports import Transport
from healthcard.perso.upkeep.pin import PinPad
from healthcard.services.authority import totp
from healthcard.services.line import driver
from healthcard.services.line.driver import Json

SECONDS = 120.0


class Told(Exception):
    """The server said no; `problem` is what it said (RFC 9457)."""

    def __init__(self, path: str, status: int, problem: Json) -> None:
        words = problem.get("detail_en") or problem.get("title_en") or "no reason"
        super().__init__(f"{path}: {status} {words} {problem.get('facts', '')} {problem.get('fields', '')}".strip())
        self.status = status
        self.problem = problem

    @property
    def rule(self) -> str:
        """The rule that stands against it."""
        return str(self.problem.get("rule", ""))


class Api:
    """One door of the API, known to it by a token."""

    def __init__(self, address: str) -> None:
        """`address` is that of the server: http://127.0.0.1:8000."""
        self._address = f"{address}/api/v1"
        self._token = ""

    def login(self, username: str, password: str, second_factor: str) -> Api:
        """Enter as a person; `second_factor` is the otpauth address an authenticator app would hold."""
        (secret,) = parse_qs(urlsplit(second_factor).query)["secret"]
        code = totp.code(b32decode(secret), int(time.time()) // totp.STEP_SECONDS)
        told = self.post("/sessions", {"username": username, "password": password, "code": code, "terminal": "demo"})
        self._token = told["token"]
        return self

    def enter(self, secret: str) -> Api:
        """Enter as a machine."""
        self._token = self.post("/sessions/machine", {"secret": secret, "terminal": "demo"})["token"]
        return self

    def get(self, path: str) -> Any:
        """What stands at `path`; raises Told."""
        return self._asked("GET", path, None)

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Do what `path` names, once; raises Told."""
        return self._asked("POST", path, body)

    def card_session(self, act: str, reader: Transport, pad: PinPad | None = None, **arguments: Any) -> Json:
        """An act on the card in `reader`, step by step, to its result; raises Told."""
        state = self.post("/card-sessions", {"act": act, "arguments": arguments})
        path = f"/card-sessions/{state['session']}"
        ended = driver.drive(
            state,
            lambda number, answer: self.post(f"{path}/steps/{number}", answer),
            reader,
            devices={} if pad is None else {"pad": lambda: {"digits": pad.new_pin()}},
            ask=lambda: self.get(path),
        )
        result: Json = ended["result"]
        return result

    def _asked(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._address + path, data=data, headers=headers, method=method)  # noqa: S310 - our own server
        try:
            with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - our own server
                return None if answer.status == HTTPStatus.NO_CONTENT else json.load(answer)
        except HTTPError as error:
            raise Told(path, error.code, json.load(error)) from None
