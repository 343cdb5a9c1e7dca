"""An installation of its own under load, whose parts are killed outright: what it acknowledged has to be there once.

`healthcard run` serves it; its supervisor restarts what dies, and where it dies itself it is started again as an
operator would. Clients of the desk's API act on cards (on paper: paper.py) and keep a ledger of what they were told.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

from desk_client import Client, Entry, Prepared
from run_server import KINDS, Server

READY_SECONDS = 90
TELL_SECONDS = 30
AT_ONCE = 64


def prepare(home: Path, people: int) -> Prepared:
    """Make the installation and give so many people a card; runs in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:  # its settings are no longer ours afterwards
        return pool.submit(_prepare, str(home), people).result()


def _prepare(home: str, people: int) -> Prepared:
    os.environ["HEALTHCARD_HOME"] = home
    from healthcard.site.installation import Site

    site = Site.open(os.environ)
    list(site.set_up())
    with site.working():
        return _people(people)


def _people(number: int) -> Prepared:
    from office import Office
    from paper import chips_on_paper
    from scenes import issued

    from healthcard.services.authority import tokens

    with chips_on_paper():
        office = Office.found(number)
        scenes = [issued(office) for _ in range(number)]
    given = {}
    for role in ("clerk", "reviewer"):
        account = office.roles[role].account
        given[role] = tokens._issue(tokens.LONGEST, int(tokens.LONGEST.total_seconds()), "", account_id=account).token
    return Prepared(tokens=given, people=tuple((scene.person, scene.card) for scene in scenes))


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of it."""

    cycles: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    unknown: int = 0
    done_unheard: int = 0
    reads: int = 0
    replays: int = 0
    submits: int = 0
    slowest: float = 0.0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    fsck: str = ""
    audit: str = ""

    @property
    def bad(self) -> list[str]:
        """Everything that is not as promised."""
        return [*self.lost, *self.doubled, *self.faults, *filter(None, (self.fsck, self.audit))]

    def __str__(self) -> str:
        return (
            f"KILLS cycles={self.cycles} acknowledged={self.acknowledged} unknown={self.unknown} "
            f"done_unheard={self.done_unheard} reads={self.reads} replays={self.replays} "
            f"identical_submits={self.submits} "
            f"slowest_recovery={self.slowest:.1f}s lost={len(self.lost)} doubled={len(self.doubled)} "
            f"faults={len(self.faults)} fsck={1 if self.fsck else 0} audit={1 if self.audit else 0}"
        )


def killed(
    home: Path,
    port: int,
    *,
    cycles: int,
    least: int = 0,
    clients: int = 6,
    kinds: tuple[str, ...] = KINDS,
    seconds: tuple[float, float] = (5.0, 10.0),
    tell: Callable[[str], None] = print,
) -> Tally:
    """Kill so many times under load, and go on until so many acts were acknowledged; then look at everything."""
    prepared = prepare(home, clients * 4)
    tally, server = Tally(), Server(home, port)
    desks = [Client(port, prepared, prepared.people[n::clients]) for n in range(clients)]
    try:
        server.start()
        tell("ready")
        with _working(desks):
            for cycle in range(cycles):
                time.sleep(random.uniform(*seconds))
                kind = kinds[cycle % len(kinds)]
                tally.slowest = max(tally.slowest, _cycle(server, desks, kind))
                tally.kills[kind] += 1
                tally.cycles += 1
                tally.replays += _asked_again(port, prepared, desks, tally)
                tell(f"cycle {cycle + 1} of {cycles}: {kind} killed, {_count(desks)} acknowledged")
            _go_on(desks, least, tell)
        _submit_at_once(port, prepared, desks[0], tally)
        _settle(server, desks, tally)
    finally:
        server.end()
    return tally


def _go_on(desks: list[Client], least: int, tell: Callable[[str], None]) -> None:
    """Until so many acts were acknowledged, or a desk cannot go on."""
    told = time.monotonic()
    while _count(desks) < least and not any(desk.faults for desk in desks):
        time.sleep(1)
        if time.monotonic() - told > TELL_SECONDS:
            told = time.monotonic()
            tell(f"{_count(desks)} of {least} acknowledged")


def _submit_at_once(port: int, prepared: Prepared, desk: Client, tally: Tally) -> None:
    """The same request from many clients at once under one key: one effect, one answer; another body is refused."""
    (person, card), key = prepared.people[0], uuid4().hex
    body = json.dumps({"resident": person, "channel": "phone", "identity": "questions"}).encode()
    clients, start = [Client(port, prepared, ()) for _ in range(AT_ONCE)], threading.Barrier(AT_ONCE)

    def submit(client: Client) -> tuple[int, bytes, bool]:
        start.wait()
        return client.send("POST", "/oral-losses", "clerk", body, key)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(submit, clients))
    status, answer, _ = answers[0]
    tally.submits = AT_ONCE
    if {each[:2] for each in answers} != {(201, answer)} or sum(not replayed for *_, replayed in answers) != 1:
        tally.faults.append(f"{AT_ONCE} identical submits: {Counter((each[0], each[2]) for each in answers)}")
    other, said, _ = clients[0].send("POST", "/oral-losses", "clerk", body.replace(b"phone", b"web"), key)
    if other != 422 or b"idempotency-key-reused" not in said:
        tally.faults.append(f"another body under the same key: {other} {said[:200]!r}")
    desk.ledger.append(
        Entry(
            key=key,
            role="clerk",
            path="/oral-losses",
            body=body,
            status=status,
            answer=answer,
            unknown=False,
            replayed=False,
        )
    )
    desk.events[card].append("oral_loss")
    for client in clients:
        client.close()


@contextmanager
def _working(desks: list[Client]) -> Iterator[None]:
    for desk in desks:
        desk.start()
    try:
        yield
    finally:
        for desk in desks:
            desk.ended.set()
        until = time.monotonic() + READY_SECONDS
        for desk in desks:
            desk.join(max(0.0, until - time.monotonic()))


def _count(desks: list[Client]) -> int:
    return sum(len(desk.ledger) for desk in desks)


def _cycle(server: Server, desks: list[Client], kind: str) -> float:
    """One kill, and until every desk was acknowledged something after it; the seconds that took."""
    begun, before = time.monotonic(), None
    server.kill(kind)
    before = [len(desk.ledger) for desk in desks]
    if not server.lives:
        server.start()
    while any(len(desk.ledger) == count and not desk.faults for desk, count in zip(desks, before, strict=True)):
        if not server.lives:
            raise AssertionError(f"healthcard run gave up after a kill of the {kind}")
        if time.monotonic() - begun > READY_SECONDS:
            raise AssertionError(f"nobody is served {READY_SECONDS} s after a kill of the {kind}")
        time.sleep(0.05)
    return time.monotonic() - begun


def _asked_again(port: int, prepared: Prepared, desks: list[Client], tally: Tally) -> int:
    """The last acts before and after the kill, asked again under their keys."""
    asking, number = Client(port, prepared, ()), 0
    for desk in desks:
        for entry in desk.ledger[-8:]:
            number += 1
            tally.faults += filter(None, [asking.again(entry)])
    asking.close()
    return number


def _settle(server: Server, desks: list[Client], tally: Tally) -> None:
    entries = [entry for desk in desks for entry in desk.ledger]
    tally.acknowledged, tally.reads = len(entries), sum(desk.reads for desk in desks)
    tally.unknown = sum(entry.unknown for entry in entries)
    tally.done_unheard = sum(entry.unknown and entry.replayed for entry in entries)
    tally.faults += [fault for desk in desks for fault in desk.faults]
    _compare(server.home, desks, entries, tally)
    for name, command in (("fsck", ("fsck",)), ("audit", ("audit", "verify"))):
        status, said = server.told(*command)
        if status != 0:
            setattr(tally, name, f"{name}: {said[-600:]}")
    if server.stop() != 0:
        tally.faults.append("healthcard run did not end with 0")


def _compare(home: Path, desks: list[Client], entries: list[Entry], tally: Tally) -> None:
    """The clients' ledgers against the record: every acknowledged act once, and nothing else."""
    import psycopg

    from healthcard.site.installation import Site

    site = Site.open({**os.environ, "HEALTHCARD_HOME": str(home)})
    with psycopg.connect(dbname="healthcard", **site.server.superuser()) as connection:
        kept = {
            key: (status, bytes(body))
            for key, status, body in connection.execute("SELECT key, status, body FROM idempotent_answer")
        }
        for entry in entries:
            if kept.pop(entry.key, None) != (entry.status, entry.answer):
                tally.lost.append(f"the answer kept for {entry.path} is not the one given")
        tally.doubled += [f"an answer nobody was given: {key}" for key in kept]
        for desk in desks:
            for card, events in desk.events.items():
                rows = connection.execute(
                    "SELECT event FROM card_event WHERE card_id = %s ORDER BY version OFFSET 4", [card]
                )
                found = [event for (event,) in rows]
                if found != events:
                    short = len(found) < len(events)
                    (tally.lost if short else tally.doubled).append(
                        f"card {card}: {len(events)} acts, {len(found)} events"
                    )
