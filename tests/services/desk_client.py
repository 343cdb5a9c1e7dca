"""A desk at the API that does not give up: it asks again under the same key until it is told, and keeps a ledger."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from uuid import uuid4

HOST = "127.0.0.1"
FORM = {"phone": "15412345678", "loss_reason": "遗失"}
FACE = "document_and_face"
AGAIN_SECONDS = 0.05
PATIENCE = 120.0  # seconds until it gives up: nobody is there any more
SPOKEN = 6  # times a card is frozen by word of mouth for each time it is by a form
LATER = frozenset({0, 500, 502, 503, 504})  # nobody knows: ask again under the same key


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What the clients work with: a token for each role, people each with his card."""

    tokens: dict[str, str] = field(repr=False)
    people: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act that was acknowledged: its key and request, the answer; whether that had been unknown for a while."""

    key: str
    role: str
    path: str
    body: bytes
    status: int
    answer: bytes
    unknown: bool
    replayed: bool


class Client(threading.Thread):
    """A desk that acts on its own people, one after the other, and asks again under the same key until it is told."""

    def __init__(self, port: int, prepared: Prepared, share: tuple[tuple[int, int], ...]) -> None:
        super().__init__(daemon=True)
        self.ledger: list[Entry] = []
        self.events: dict[int, list[str]] = {card: [] for _, card in share}
        self.faults: list[str] = []
        self.reads = 0
        self.ended = threading.Event()
        self._port, self._tokens, self._share = port, prepared.tokens, share
        self._link: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Until it is ended: a round for each card."""
        try:
            self._work()
        finally:
            self.close()

    def close(self) -> None:
        """Hang up."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def _work(self) -> None:
        while not self.ended.is_set():
            for person, card in self._share:
                if self.ended.is_set():
                    break
                try:
                    self._round(person, card)
                except Exception as error:  # noqa: BLE001 - whatever it is, it goes on record
                    self.faults.append(f"card {card}: {type(error).__name__} {error}")
                    return

    def _round(self, person: int, card: int) -> None:
        """Frozen by word of mouth and freed, some times; reported lost, and the report rejected; looked at between."""
        spoken = {"resident": person, "channel": "phone", "identity": "questions"}
        for _ in range(SPOKEN):
            self.act("/oral-losses", spoken, card, "oral_loss")
            self.act(f"/residents/{person}/oral-loss/withdrawal", {"identity": "questions"}, card, "oral_withdrawn")
        self.act(
            "/losses",
            {"resident": person, "presented": ["identity"], "identity": FACE, "form": FORM},
            card,
            "written_loss",
        )
        newest = self.look(f"/residents/{person}/applications")[0]
        digest = self.look(f"/applications/{newest['id']}")["digest"]
        judged = {"approved": False, "opinion": "属实", "digest": digest}
        self.act(f"/applications/{newest['id']}/review", judged, card, "loss_rejected", role="reviewer")

    def act(self, path: str, body: dict[str, object], card: int, event: str, *, role: str = "clerk") -> None:
        """One act; it is done when its acknowledgement is here, and not before."""
        key, sent = uuid4().hex, json.dumps(body).encode()
        status, answer, replayed, unknown = self._insist("POST", path, role, sent, key)
        if not 200 <= status < 300:
            raise RuntimeError(f"{path} was answered {status} {answer[:300]!r} (unknown before: {unknown})")
        self.ledger.append(
            Entry(
                key=key,
                role=role,
                path=path,
                body=sent,
                status=status,
                answer=answer,
                unknown=unknown,
                replayed=replayed,
            )
        )
        self.events[card].append(event)

    def look(self, path: str):
        """Something read; as often as it takes."""
        status, answer, *_ = self._insist("GET", path, "reviewer")
        if status != 200:
            raise RuntimeError(f"{path} was answered {status} {answer[:300]!r}")
        self.reads += 1
        return json.loads(answer)

    def again(self, entry: Entry) -> str:
        """Ask under a key that was acknowledged: what is wrong with the answer ('' = nothing)."""
        status, answer, replayed, _ = self._insist("POST", entry.path, entry.role, entry.body, entry.key)
        same = (status, answer, replayed) == (entry.status, entry.answer, True)
        return "" if same else f"{entry.path} again: {status} {answer[:200]!r} replayed={replayed}"

    def _insist(
        self, method: str, path: str, role: str, body: bytes = b"", key: str = ""
    ) -> tuple[int, bytes, bool, bool]:
        """Until somebody knows the answer: its status and content, whether it was given before, whether it took more
        than one try. Raises RuntimeError when nobody is there for too long.
        """
        until, unknown = time.monotonic() + PATIENCE, False
        while True:
            status, answer, replayed = self.send(method, path, role, body, key)
            if status not in LATER and b"#busy" not in answer:
                return status, answer, replayed, unknown
            if time.monotonic() > until:
                raise RuntimeError(f"{path}: nobody has answered for {PATIENCE:.0f} s, last {status} {answer[:300]!r}")
            unknown = True
            time.sleep(AGAIN_SECONDS)

    def send(self, method: str, path: str, role: str, body: bytes = b"", key: str = "") -> tuple[int, bytes, bool]:
        """One request; status 0 when no answer came."""
        headers = {"Authorization": f"Bearer {self._tokens[role]}", "Content-Type": "application/json"}
        try:
            if self._link is None:
                self._link = http.client.HTTPConnection(HOST, self._port, timeout=30)
            given = headers | ({"Idempotency-Key": key} if key else {})
            self._link.request(method, f"/api/v1{path}", body or None, given)
            answer = self._link.getresponse()
            return answer.status, answer.read(), answer.headers.get("Idempotent-Replayed") == "true"
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, b"", False
