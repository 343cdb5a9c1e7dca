"""The sessions of the line: each an act in a thread of its own, known by a random id to whoever opened it."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db import InterfaceError, OperationalError, connections

from healthcard.services import breakage
from healthcard.services.actor import Actor
from healthcard.services.errors import Conflict, Invalid, NotFound, TooMany
from healthcard.services.idempotency import KeyReused
from healthcard.services.line import failures
from healthcard.services.line.calls import Act, Call, Result, Workshops
from healthcard.services.line.devices import TAKE
from healthcard.services.line.failures import FORESEEN, Json, LineGone
from healthcard.services.line.relay import IDLE_SECONDS, Relay, RelayedDevices, RelayedPad, RelayedTransport
from healthcard.services.workshop.progress import Progress, watch

MOST = 32  # acts under way: each holds a connection to the database
KEEP_SECONDS = 900.0  # how long the end of an act can be asked for
SUBJECTS = ("application", "card")  # arguments that say what an act is about
WORK_SECONDS = 20.0  # a request waits so long for the next step, then it is told to ask again
_LOG = logging.getLogger("healthcard.line")


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """One act. `owner` is whose it is, `fingerprint` and `arguments` what it was opened with; `end` how it ended.

    With a `station` it is carried by that one: `carried` from its first message on, `wants` is what it waits for.
    """

    id: str
    owner: str
    name: str
    fingerprint: bytes
    relay: Relay
    arguments: Mapping[str, object] = field(repr=False)
    thread: threading.Thread | None = None
    end: Json | None = None
    ended_at: float = 0.0
    station: int | None = None
    carried: bool = False
    wants: str = ""
    progress: Progress = field(default_factory=Progress)

    def state(self, after: int = 0, seconds: float = WORK_SECONDS) -> Json:
        """Where it stands, as JSON: the step behind number `after` when one comes in time, or the end."""
        step = self.relay.next(after, seconds)
        head: Json = {"session": self.id, "act": self.name}
        if step is not None:
            return head | {"state": "step", "step": step.told()}
        if self.end is None:
            return head | {"state": "working"}
        return head | {"state": "ended"} | self.end

    @property
    def device(self) -> str:
        """The device it asks and needs no card for; '' for an act on a card."""
        return str(self.arguments.get("device", "")) if self.name == TAKE else ""

    def about(self) -> Json:
        """The rows it is about, by which it is found again: {"application": id} or {"card": id}."""
        return {name: value for name, value in self.arguments.items() if name in SUBJECTS and isinstance(value, int)}


@dataclass(slots=True, kw_only=True)
class Sessions:
    """All sessions of this process; safe for several threads."""

    acts: Mapping[str, Act]
    idle: float = IDLE_SECONDS
    clock: Callable[[], float] = time.monotonic
    _shops: Workshops = field(default_factory=Workshops)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: dict[str, Session] = field(default_factory=dict)
    _keys: dict[tuple[str, str], Session] = field(default_factory=dict)

    def open(self, actor: Actor, name: str, arguments: Mapping[str, object], key: str) -> Json:
        """Begin an act, or find the one begun under this `key` of this actor; its first step or its end.

        Raises NotFound, KeyReused, TooMany.
        """
        act = self.acts.get(name)
        if act is None:
            raise NotFound(f"The line knows no act {name[:40]!r}.")
        fingerprint = _fingerprint(name, arguments)
        with self._lock:
            self._tidy()
            session = self._keys.get((owner(actor), key)) if key else None
            if session is not None and session.fingerprint != fingerprint:
                raise KeyReused("This key was used for another request: nothing was changed. Use a new one.")
            if session is None:
                session = self._begun(act, actor, name, arguments, fingerprint)
                if key:
                    self._keys[owner(actor), key] = session
        return session.state()

    def open_at(self, actor: Actor, station: int, name: str, arguments: Mapping[str, object]) -> Json:
        """Begin an act that `station` carries; the same act again while it is under way is one.

        Does not wait. Raises NotFound, TooMany, Conflict when the station is at work on another one.
        """
        act = self.acts.get(name)
        if act is None:
            raise NotFound(f"The line knows no act {name[:40]!r}.")
        fingerprint = _fingerprint(name, arguments)
        with self._lock:
            self._tidy()
            session = self.due_at(station)
            if session is None:
                session = self._begun(act, actor, name, arguments, fingerprint, station)
            elif (session.owner, session.fingerprint) != (owner(actor), fingerprint):
                raise Conflict("读写站正在办理另一张卡。", "This station is at work on another card.")
        return session.state(seconds=0)

    def tidy(self) -> None:
        """Forget what ended long ago, also where nobody begins anything new."""
        with self._lock:
            self._tidy()

    def due_at(self, station: int) -> Session | None:
        """The act under way that `station` carries, or shall carry."""
        return next((each for each in list(self._known.values()) if each.station == station and each.end is None), None)

    def carried(self, name: str, station: int) -> Session | None:
        """The session of that id, when `station` carries it."""
        session = self._known.get(name)
        return session if session is not None and session.station == station else None

    def watched(self, actor: Actor, name: str) -> Json:
        """Where a session at a station stands, for the clerk; a refusal under "error". Raises NotFound."""
        session = self._found(actor, name)
        table = session.state(seconds=0) | {"done": session.progress.done, "total": session.progress.total}
        return table | {"carried": session.carried, "wants": session.wants, "about": session.about()}

    def again(self, actor: Actor, name: str, station: int, act: str) -> Json:
        """Begin `act` at `station` with what the session of that id was opened with. Raises NotFound, as `open_at`."""
        return self.open_at(actor, station, act, self._found(actor, name).arguments)

    def at(self, actor: Actor, station: int) -> str | None:
        """The id of the act under way at `station`, when it is the actor's."""
        session = self.due_at(station)
        return session.id if session is not None and session.owner == owner(actor) else None

    def stop(self, actor: Actor, name: str) -> None:
        """For the act its card is gone: the clerk gave it up. Raises NotFound."""
        self._found(actor, name).relay.close("the clerk stopped it")

    def forget(self, actor: Actor, name: str) -> None:
        """Nobody can ask any more what came of an act that has ended. Raises NotFound, Conflict while it goes on."""
        if self._found(actor, name).end is None:
            raise Conflict("这一步还在进行：请先停止。", "This act goes on: stop it first.")
        with self._lock:
            self._known.pop(name, None)

    def answer(self, actor: Actor, name: str, number: int, told: Mapping[str, object]) -> Json:
        """The answer to step `number`: the next step, or the end. Raises NotFound, Conflict, Invalid."""
        session = self._found(actor, name)
        session.relay.take(number, told)
        return session.state(after=number)

    def status(self, actor: Actor, name: str) -> Json:
        """Where a session stands; the step that is due. Raises NotFound."""
        return self._found(actor, name).state(seconds=0)

    def close(self, reason: str, seconds: float) -> None:
        """Tell every act that its card is gone, and wait that they have written so."""
        with self._lock:
            threads = [session.thread for session in self._known.values() if session.thread is not None]
            for session in self._known.values():
                session.relay.close(reason)
        until = self.clock() + seconds
        for thread in threads:
            thread.join(max(0.0, until - self.clock()))
        self._shops.close()

    def _begun(
        self,
        act: Act,
        actor: Actor,
        name: str,
        arguments: Mapping[str, object],
        fingerprint: bytes,
        station: int | None = None,
    ) -> Session:
        if sum(session.end is None for session in self._known.values()) >= MOST:
            raise TooMany("Too many cards are being worked on at this moment: try again in a minute.", 60)
        relay = Relay(self.idle)
        devices = RelayedDevices(relay)
        session = Session(
            id=secrets.token_urlsafe(18),
            owner=owner(actor),
            name=name,
            fingerprint=fingerprint,
            relay=relay,
            arguments=arguments,
            station=station,
        )
        call = Call(
            actor=actor,
            arguments=arguments,
            reader=RelayedTransport(relay),
            pad=RelayedPad(devices),
            devices=devices,
            shop=self._shops.lent,
        )
        session.thread = threading.Thread(target=self._work, args=(session, act, call), daemon=True)
        self._known[session.id] = session
        session.thread.start()
        return session

    def _work(self, session: Session, act: Act, call: Call) -> None:
        """The act, in its thread; its end, whatever it is."""
        watch(session.progress)
        try:
            end = _carried_out(act, call)
        finally:
            connections.close_all()
        session.end, session.ended_at = end, self.clock()
        session.relay.end()

    def _found(self, actor: Actor, name: str) -> Session:
        session = self._known.get(name)
        if session is None or session.owner != owner(actor):
            raise NotFound(
                "There is no such session: it has ended long ago, or the line was started anew. Settle the card."
            )
        return session

    def _tidy(self) -> None:
        """Forget what ended long ago."""
        late = self.clock() - KEEP_SECONDS
        self._known = {
            name: session for name, session in self._known.items() if session.end is None or session.ended_at > late
        }
        self._keys = {key: session for key, session in self._keys.items() if session.id in self._known}


def owner(actor: Actor) -> str:
    """Whose session it is: the login's or the machine's, at the console the organisation's."""
    if actor.account is not None:
        return f"account:{actor.account}"
    return f"organisation:{actor.organisation}:{actor.credential}"


def _carried_out(act: Act, call: Call) -> Json:
    try:
        result: Result = act(call)
    except FORESEEN as error:
        return {"refused": failures.told(error)}
    except (OperationalError, InterfaceError) as error:
        _LOG.error("the database left an act alone: %s", type(error).__name__)
        return {
            "refused": failures.told(LineGone("The database does not answer at this moment: settle the card later."))
        }
    except Exception as error:  # noqa: BLE001 - the thread's outermost edge: whoever waits must hear of it
        _LOG.error("an act broke: %s", breakage.told(error))
        return {"refused": failures.told(error)}
    return {"result": result}


def _fingerprint(name: str, arguments: Mapping[str, object]) -> bytes:
    try:
        text = json.dumps([name, dict(arguments)], sort_keys=True)
    except (TypeError, ValueError):
        raise Invalid("arguments", "参数有误", "The arguments of an act are JSON.") from None
    return hashlib.new("sm3", text.encode()).digest()
