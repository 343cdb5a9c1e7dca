"""Two acts on one card from two sessions at the same moment: what comes of it is one order or the other.

Both orders are tried first, in transactions that are rolled back, on the same person and cards; then both acts at once,
each on a connection of its own, behind one barrier. Answers and everything on file have to be those of one order. A
session that is told "somebody else was faster" asks again, as a clerk does.

One act may come between the chip of another and its record. Where the record then refuses, the work on the chip stays
open, said to be undecided until the card is back (test_open_ends): that is the order in which the other act was first,
and the open work beside it. It is counted apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from itertools import combinations_with_replacement
from threading import Barrier

from office import Office
from paper import chips_on_paper
from scenes import ACTS, SCENES, Scene

PATIENCE = 50  # times a session that was told to wait asks again
BUSY = "Somebody"  # how such an answer begins


Pairs = Sequence[tuple[str, str]]
PAIRS: Pairs = tuple(combinations_with_replacement(ACTS, 2))
UPKEEP = 6  # the place of the work on chips among FILES
End = tuple[str, str, tuple[list[object], ...]]  # what the first was answered, the second, and everything on file


@dataclass(slots=True, kw_only=True)
class Seen:
    """What was tried: how often a session had to ask again, chips left undecided, and what came out in no order."""

    pairs: int = 0
    both: int = 0
    runs: int = 0
    first: int = 0
    again: int = 0
    undecided: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Seen) -> None:
        """Count what was tried elsewhere."""
        for counted in fields(self):
            setattr(self, counted.name, getattr(self, counted.name) + getattr(other, counted.name))

    def __str__(self) -> str:
        return (
            f"TOGETHER acts={len(ACTS)} pairs={self.pairs} both_possible={self.both} runs={self.runs} "
            f"asked_again={self.again} undecided_chips={self.undecided} neither_order={len(self.wrong)}"
        )


class Desks:
    """Two sessions, each with a thread and a connection of its own."""

    def __init__(self, office: Office) -> None:
        self.office, self.seen = office, Seen()
        self._pool, self._start = ThreadPoolExecutor(2), Barrier(2)
        self._may: dict[tuple[str, str], bool] = {}

    def close(self) -> None:
        """End the sessions."""
        from django.db import connection

        start = Barrier(2)
        for _ in range(2):
            self._pool.submit(lambda: (start.wait(), connection.close()))
        self._pool.shutdown()

    def places(self, pairs: Pairs) -> Iterator[tuple[str, str, Callable[[Office], Scene], int]]:
        """Each of these pairs of acts with the scene in which most of the two are possible, and how many are."""
        with chips_on_paper():
            for one in SCENES:
                scene = self._scene(one)
                for act in ACTS:
                    self._may[one.__name__, act] = self._alone(scene, act)
        for first, second in pairs:
            counted = [(self._may[one.__name__, first] + self._may[one.__name__, second], one) for one in SCENES]
            most = max(number for number, _ in counted)
            yield first, second, next(one for number, one in counted if number == most), most

    def _alone(self, scene: Scene, act: str) -> bool:
        with rolled_back():
            return self.answer(act, scene) == "done"

    def pair(self, first: str, second: str, make: Callable[[Office], Scene], times: int) -> None:
        """Both orders, then so many times both at once."""
        orders: list[End] = []
        with chips_on_paper():
            for _ in range(times):
                scene = self._scene(make)
                if not orders:
                    other, one, file = self._in_order(scene, second, first)
                    orders = [self._in_order(scene, first, second), (one, other, file)]
                self._judge(make.__name__, (first, second), self._at_once(scene, first, second), orders)
        self.seen.pairs += 1

    def _scene(self, make: Callable[[Office], Scene]) -> Scene:
        scene = make(self.office)
        scene.seen = self.office.look(scene.about)
        return scene

    def _in_order(self, scene: Scene, *acts: str) -> End:
        with rolled_back():
            one, other = (self.answer(act, scene) for act in acts)
            return one, other, on_file(scene.person)

    def _at_once(self, scene: Scene, *acts: str) -> End:
        one, other = self._pool.map(lambda act: self._session(act, scene), acts)
        return one, other, on_file(scene.person)

    def _session(self, act: str, scene: Scene) -> str:
        self._start.wait()
        for _ in range(PATIENCE):
            answer = self.answer(act, scene)
            if not answer.startswith(BUSY):
                return answer
            self.seen.again += 1
            time.sleep(0.01)
        return answer

    def _judge(self, scene: str, acts: tuple[str, str], end: End, orders: list[End]) -> None:
        self.seen.runs += 1
        if end == orders[0]:
            self.seen.first += 1
        if end in orders:
            return
        if decided(end) in orders:
            self.seen.undecided += 1
        else:
            self.seen.wrong.append(f"{scene}: {acts}: {end} is neither {orders[0]} nor {orders[1]}")

    def answer(self, act: str, scene: Scene) -> str:
        """What a session is told: done, refused, or to wait. Which of two rules refuses may depend on the moment."""
        from django.db import OperationalError

        from healthcard.domain.lifecycle import TransitionRefused
        from healthcard.services.errors import Conflict, NotFound, Refused

        try:
            ACTS[act](self.office, scene)
        except (TransitionRefused, Refused, NotFound):
            return "refused"
        except Conflict as conflict:
            return str(conflict) if str(conflict).startswith(BUSY) else "refused"
        except OperationalError as broken:  # a deadlock: no order answers so
            return str(broken)
        return "done"


def rolled_back():
    """A transaction of which nothing stays; what is checked at its end is checked when it is left all the same."""
    from contextlib import contextmanager

    from django.db import connection, transaction

    @contextmanager
    def block():
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)

    return block()


def on_file(person: int) -> tuple[list[object], ...]:
    """Everything the record holds of a person, ids replaced by their place in the order."""
    from django.db import connection

    from healthcard.services import scope

    scope.limit(scope.EVERYBODY)
    found = []
    for question in FILES:
        with connection.cursor() as cursor:
            cursor.execute(question, [person])
            found.append(cursor.fetchall())
    return tuple(found)


_CARD = "(SELECT count(*) FROM card older WHERE older.resident_id = card.resident_id AND older.id <= card.id)"
FILES = (
    (
        "SELECT kind, life, place, place_org_id, loss, pin_locked, app_lock, suspended, chip_end, end_reason, version,"
        " unusable_because(card, now()) FROM card WHERE resident_id = %s ORDER BY id"
    ),
    (
        "SELECT kind, state, reason, verification, opinion, outcome, receipt, closed_at IS NULL, version"
        " FROM application WHERE resident_id = %s ORDER BY id"
    ),
    (
        f"SELECT {_CARD}, card_event.version, person_version, event, changes - 'loss_until' FROM card_event"
        " JOIN card ON card.id = card_id WHERE resident_id = %s ORDER BY card_id, card_event.version"
    ),
    "SELECT kind FROM message WHERE resident_id = %s ORDER BY id",
    (
        f"SELECT {_CARD}, witness_id, second_witness_id, destroyed_at IS NULL FROM recovery"
        " JOIN card ON card.id = card_id WHERE resident_id = %s ORDER BY recovery.id"
    ),
    (
        f"SELECT {_CARD}, perso_job.state FROM perso_job JOIN card ON card.id = card_id WHERE resident_id = %s"
        " ORDER BY perso_job.id"
    ),
    (
        f"SELECT {_CARD}, upkeep_job.kind, upkeep_job.state FROM upkeep_job JOIN card ON card.id = card_id"
        " WHERE resident_id = %s ORDER BY upkeep_job.id"
    ),
    (
        f"SELECT {_CARD}, usable, card_change.reason FROM card_change JOIN card ON card.id = card_id"
        " WHERE resident_id = %s ORDER BY card_change.id"
    ),
    (
        f"SELECT {_CARD}, wish, ordered_by_id, carried_out_by_id, withdrawn_by_id, chip_at IS NULL FROM lock_order"
        " JOIN card ON card.id = card_id WHERE resident_id = %s ORDER BY lock_order.id"
    ),
    # that work on a chip was begun stays noted, whatever came of it
    (
        "SELECT action, count(*) FROM audit_entry WHERE resident = %s AND action NOT LIKE '%%.begin'"
        " GROUP BY action ORDER BY action"
    ),
)


def decided(end: End) -> End:
    """The end without the work on chips that is still open."""
    one, other, file = end
    jobs = [job for job in file[UPKEEP] if job[-1] != "writing"]
    return one, other, (*file[:UPKEEP], jobs, *file[UPKEEP + 1 :])


def deadlocks(connection) -> int:
    """How many there were on this server; `connection` is the superuser's, outside a transaction."""
    return int(connection.execute("SELECT sum(deadlocks) FROM pg_stat_database").fetchone()[0])


def tried(office: Office, times: int, pairs: Pairs = PAIRS) -> Iterator[Desks]:
    """Try these pairs, so many times; yields after each pair."""
    desks = Desks(office)
    try:
        for first, second, scene, possible in desks.places(pairs):
            desks.seen.both += possible == 2
            desks.pair(first, second, scene, times)
            yield desks
    finally:
        desks.close()
