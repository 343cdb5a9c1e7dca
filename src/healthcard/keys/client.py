"""The key service as the other rooms see it: sessions, wrapped keys, check values, and never a key."""

from __future__ import annotations

import math
import os
import select
import socket
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import TracebackType

from healthcard.keys import frames, peers
from healthcard.keys.anchors import Anchor, Gap, Head
from healthcard.keys.entries import KeyRow
from healthcard.keys.errors import WIRE, KeysError, OutOfShape, ServiceFailed, ServiceGone
from healthcard.keys.frames import Frame, Json
from healthcard.keys.reports import ServiceReport, reported
from healthcard.keys.requests import Address, KeyLoad, Wrapped, pack
from healthcard.keys.secret import Secret

CHUNK = 1000  # chips in one request of a batch
TIMEOUT = 60.0  # seconds an answer may take


class KeyClient:
    """Threads may share one. It connects when first used and again after the service was restarted.

    Every method raises a KeysError: the service's refusal as it was given, or ServiceGone when the service does not
    answer, or who answers is another user than we are, root, or one of `served_by` (uids). A request that was cut off
    is not repeated; the next one connects anew.
    """

    def __init__(self, path: Path | str, *, timeout: float = TIMEOUT, served_by: frozenset[int] = frozenset()) -> None:
        self.path = Path(path)
        self._served_by = served_by
        self._timeout = timeout
        self._guard = threading.Lock()
        self._idle: list[socket.socket] = []
        self._owner = os.getpid()

    def encipher(self, name: str, card: Address, challenge: bytes, data: bytes) -> bytes:
        """`data` (whole blocks) under the session key of card key `name` and the card's last challenge (8 bytes).

        `name` is one of the 21 card keys, SAM_STK, or `TRANSPORT:<product>` for the chip's transport key.
        """
        return self._ask({"verb": "encipher", "name": name}, _record(card) + _challenge(challenge) + data).body

    def mac(self, name: str, card: Address, challenge: bytes, data: bytes) -> bytes:
        """The 4-byte MAC over `data` of any length, under the same session key as `encipher`."""
        return self._ask({"verb": "mac", "name": name}, _record(card) + _challenge(challenge) + data).body

    def wrap(self, product: str, loads: Sequence[KeyLoad], cards: Sequence[Address]) -> list[tuple[bytes, ...]]:
        """For each card the data fields of its key loads, under that chip's transport key."""
        return self._batch({"verb": "wrap", "product": product}, loads, cards)

    def sam_loads(self, loads: Sequence[KeyLoad], sams: Sequence[Address]) -> list[tuple[bytes, ...]]:
        """For each SAM the data fields of what it holds: national keys, provincial keys, SAM_STK, its PIN."""
        return self._batch({"verb": "sam_loads"}, loads, sams)

    def check_values(self, names: Sequence[str], card: Address) -> dict[str, bytes]:
        """Check values (3 bytes) of a chip's keys, names as for `encipher`."""
        return _checks(self._ask({"verb": "check_values", "names": list(names)}, _record(card)))

    def national_check_values(self, version: int = 1) -> dict[str, bytes]:
        """Check values of the national masters."""
        return _checks(self._ask({"verb": "national_check_values", "version": version}))

    def provincial_check_values(self, city: bytes, version: int = 1) -> dict[str, bytes]:
        """Check values of the masters of a province, by CITY8."""
        return _checks(self._ask({"verb": "provincial_check_values", "version": version}, city))

    def sam_pin(self, sam: Address) -> Secret:
        """The PIN of a SAM, 3 bytes BCD, for the terminal it is handed to."""
        return Secret(self._ask({"verb": "sam_pin"}, _record(sam)).body)

    def issuer_certificate(self, issuer: str, valid_from: date, valid_to: date) -> bytes:
        """The 180 bytes of item 5. Signatures differ from call to call: keep what you got for an issuer."""
        days = {"valid_from": valid_from.isoformat(), "valid_to": valid_to.isoformat()}
        return self._ask({"verb": "issuer_certificate", "issuer": issuer, **days}).body

    def authority(self) -> bytes:
        """The public key (64 bytes) for `certificates.verify`."""
        return self._ask({"verb": "authority"}).body

    def factory_envelope(self, product: str) -> bytes:
        """A product's lot key for the virtual chip factory, sealed under its vault key; demo and rehearsal only."""
        return self._ask({"verb": "factory_envelope", "product": product}).body

    def data_key(self, purpose: str) -> Secret:
        """16 bytes to seal data with, always the same for a purpose (a-z 0-9 . -)."""
        return Secret(self._ask({"verb": "data_key", "purpose": purpose}).body)

    def anchor(self, heads: Sequence[Head], ended: Sequence[str] = ()) -> tuple[Anchor, ...]:
        """Have the heads of the audit's chains signed and kept, with the cards that ended (32 digits each).

        Raises AnchorRefused, and the service gives an alarm, when a chain went back or became another.
        """
        for start in range(0, max(0, len(ended) - CHUNK), CHUNK):
            self._ask({"verb": "anchor", "heads": []}, "".join(ended[start : start + CHUNK]).encode())
        rest = "".join(ended[(len(ended) - 1) // CHUNK * CHUNK :]) if ended else ""
        return _anchors(self._ask({"verb": "anchor", "heads": _heads(heads)}, rest.encode()))

    def restored(self, heads: Sequence[Head], gaps: Sequence[Gap], reason: str) -> tuple[Anchor, ...]:
        """Let chains go on from the heads of a restored backup; what was anchored after it is kept as lost."""
        rows = [[gap.chain, gap.since, gap.until] for gap in gaps]
        return _anchors(self._ask({"verb": "restored", "heads": _heads(heads), "gaps": rows, "reason": reason}))

    def anchors(self) -> Iterator[bytes]:
        """Every line of what the service keeps of the audit, for `anchors.read`."""
        offset = 0
        while part := self._ask({"verb": "anchors", "offset": offset}).body:
            yield from part.splitlines()
            offset += len(part)

    def newest_anchors(self) -> bytes:
        """The last of those lines alone, for `anchors.newest`."""
        return self._ask({"verb": "newest_anchors"}).body

    def audit_key(self) -> bytes:
        """The public key (64 bytes) that anchors are verified with."""
        return self._ask({"verb": "audit_key"}).body

    def status(self) -> tuple[KeyRow, ...]:
        """Every key of the store, as a line of its status."""
        rows = self._ask({"verb": "status"}).head["keys"]
        return tuple(KeyRow(**row) for row in rows) if isinstance(rows, list) else ()

    def report(self) -> ServiceReport:
        """How the service stands."""
        return reported(self._ask({"verb": "status"}).head)

    def require_running(self) -> None:
        """Raise Stopped while the making of cards is stopped."""
        self._ask({"verb": "running"})

    def stop(self, by: str, reason: str) -> None:
        """Stop the making of cards at once: wrapped keys, SAM loads, certificates. One person may."""
        self._ask({"verb": "stop", "by": by, "reason": reason})

    def restart(self, people: Mapping[str, Secret]) -> None:
        """Let it go on: two key officers with their passphrases. Raises NotAllowed."""
        said = b"\n".join(passphrase.reveal() for passphrase in people.values())
        self._ask({"verb": "restart", "people": list(people)}, said)

    def close(self) -> None:
        """End the idle connections. The client may be used again."""
        with self._guard:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def __enter__(self) -> KeyClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _batch(
        self, head: dict[str, object], loads: Sequence[KeyLoad], addresses: Sequence[Address]
    ) -> list[tuple[bytes, ...]]:
        """One call for a batch, in requests of a thousand chips."""
        head["loads"] = [_load(load) for load in loads]
        rows: list[tuple[bytes, ...]] = []
        for start in range(0, len(addresses), CHUNK):
            answer = self._ask(head, pack(addresses[start : start + CHUNK]))
            rows += Wrapped(lengths=_lengths(answer.head), blob=answer.body).rows()
        return rows

    def _ask(self, head: Json, body: bytes = b"") -> Frame:
        connection = self._connect()
        try:
            answer = self._exchange(connection, Frame(head=head, body=body))
        except BaseException:  # an interrupt too: what is still on its way must not meet the next request
            connection.close()
            raise
        with self._guard:
            self._idle.append(connection)
        if answer.head.get("ok") is not True:
            raise refusal(answer.head)
        return answer

    def _exchange(self, connection: socket.socket, request: Frame) -> Frame:
        try:
            connection.settimeout(self._timeout)
            with suppress(BrokenPipeError):  # turned away before it was asked: its reason can still be read
                frames.send(connection, request, frames.LONGEST_REQUEST)
            answer = frames.receive(connection, frames.LONGEST_ANSWER, self._timeout)
        except (OSError, frames.Broken) as error:
            raise self._gone("broke off in the middle of a request") from error
        if answer is None:
            raise self._gone("closed the connection without an answer")
        return answer

    def _connect(self) -> socket.socket:
        """An idle connection that still stands, or a new one."""
        with self._guard:
            if self._owner != os.getpid():  # a forked child must not share its parent's connections
                self._idle, self._owner = [], os.getpid()
            while self._idle:
                connection = self._idle.pop()
                if not select.select([connection], [], [], 0)[0]:
                    return connection
                connection.close()  # readable without a question: the service has ended it
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        waits = struct.pack(
            "ll", math.ceil(self._timeout), 0
        )  # where others crowd the door; a settimeout would not wait
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, waits)
        try:
            connection.connect(os.fspath(self.path))
        except OSError as error:
            connection.close()
            raise self._gone("does not answer") from error
        peer = peers.peer_of(connection)
        if not peers.is_ours(peer, self._served_by):
            connection.close()
            raise ServiceGone(
                f"At {self.path} a process of user {peer.uid} answers, not the key service of this installation. "
                "Nothing was asked of it. Find out who put it there, and start the key service."
            )
        return connection

    def _gone(self, how: str) -> ServiceGone:
        return ServiceGone(
            f"The key service at {self.path} {how}. Nothing is lost; have it started and unlocked, then try again."
        )


def refusal(head: Json) -> KeysError:
    """The refusal an answer tells of."""
    return WIRE.get(str(head.get("kind")), ServiceFailed)(str(head.get("reason", "The key service gave no reason.")))


def _record(address: Address) -> bytes:
    return pack([address])


def _challenge(challenge: bytes) -> bytes:
    if len(challenge) != 8:
        raise OutOfShape(f"A challenge has 8 bytes, this one {len(challenge)}.")
    return challenge


def _load(load: KeyLoad) -> Json:
    return {
        "name": load.name,
        "header": load.header.hex(),
        "clear": load.clear.hex(),
        "prefix": load.prefix.hex(),
        "padded": load.padded,
    }


def _lengths(head: Json) -> tuple[int, ...]:
    lengths = head["lengths"]
    return tuple(lengths) if isinstance(lengths, list) else ()


def _checks(answer: Frame) -> dict[str, bytes]:
    values = answer.head["check_values"]
    return {name: bytes.fromhex(value) for name, value in values.items()} if isinstance(values, dict) else {}


def _heads(heads: Sequence[Head]) -> list[list[object]]:
    return [[head.chain, head.seq, head.hash.hex()] for head in heads]


def _anchors(answer: Frame) -> tuple[Anchor, ...]:
    rows = answer.head["anchors"]
    return tuple(
        Anchor(head=Head(chain=chain, seq=seq, hash=bytes.fromhex(text)), at=at, signature=bytes.fromhex(signature))
        for chain, seq, text, at, signature in (rows if isinstance(rows, list) else ())
    )
