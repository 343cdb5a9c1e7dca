"""The state machine of test_machine and of its long proof: one person's life, act by act, on a real database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from life_cards import WholeLife
from office import Office

_MADE = (("ask_first",), ("review", 0, True), ("order", 0), ("make", 0), ("arrive", 0))
_ISSUED = (*_MADE, ("hand_over", 0, 0, False))
_WISHED = (*_ISSUED, ("ask_replacement", "damaged"), ("review", 1, True))
BEGINNINGS = {
    "nothing": (),
    "made": _MADE,
    "issued": _ISSUED,
    "spoken for": (*_ISSUED, ("report_oral",)),
    "frozen": (*_ISSUED, ("report",)),
    "locked": (*_ISSUED, ("ask_unlock", 0)),
    "released": (*_ISSUED, ("report",), ("ask_release", 0), ("verify", 2), ("review", 2, True)),
    "replacing": (*_WISHED, ("order", 1), ("make", 1), ("arrive", 1)),
    "lost and replaced": (*_ISSUED, ("ask_replacement", "lost"), ("review", 1, True)),
    "lent": (*_WISHED, ("ask_temporary",), ("make_temporary", 2), ("lend", 2, 1)),
    "returned": (*_ISSUED, ("ask_end", "return", True)),
}
REASONS = ("uncollected", "undeliverable", "defective")


@dataclass(slots=True, kw_only=True)
class Seen:
    """The office, a connection past all rights, and how often each act happened and was refused."""

    office: Office
    connection: object
    happened: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def told(seen: Seen) -> str:
    """The figures in a line."""
    steps = seen.happened.total() + seen.refused.total()
    people = seen.connection.execute("SELECT count(*) FROM resident").fetchone()[0]
    return (
        f"MACHINE people={people} steps={steps} happened={seen.happened.total()} "
        f"refused={seen.refused.total()} acts={len(Machine.ACTS)} different=0"
    )


class Machine(RuleBasedStateMachine):
    """The model and the record of one person, side by side."""

    ON_CARD: ClassVar = (
        "make", "dispatch", "arrive", "ask_release", "ask_unlock", "receive", "lock_chip", "list_chip",
        "propose_destruction", "destroy", "half_a_year",
    )  # fmt: skip
    ON_APPLICATION: ClassVar = ("verify", "withdraw", "order", "release", "unlock", "make_temporary")
    ON_PERSON: ClassVar = (
        "ask_first", "report", "report_oral", "withdraw_oral", "ten_days", "lapse", "ask_temporary",
        "give_back", "lose_temporary",
    )  # fmt: skip
    OTHERS: ClassVar = {"review", "hand_over", "give_up", "ask_end", "ask_replacement", "declare", "lend"}
    ACTS: ClassVar = {*ON_CARD, *ON_APPLICATION, *ON_PERSON, *OTHERS}
    NEVER_REFUSED: ClassVar = {"ten_days", "half_a_year", "lapse"}  # time asks nobody

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self.seen, self.office, self.life = seen, seen.office, WholeLife()
        self.office.register(1)
        self.person = self.office.waiting.pop()
        self.cards: list[int] = []
        self.applications: list[int] = []
        self.known = self.record()

    @initialize(beginning=st.sampled_from(sorted(BEGINNINGS)))
    def begin(self, beginning: str) -> None:
        for move in BEGINNINGS[beginning]:
            self.do(move)

    @rule(data=st.data())
    def what_may_be(self, data) -> None:
        """An act first, then one of the things it may happen to: so that rare acts are not rare, nor lives short."""
        may = [move for move in self.moves() if not self.life.copied().tried(*move)]
        acts = {str(move[0]) for move in may}
        if data.draw(st.integers(0, 3)) and len(acts) > 1:
            acts.discard("ask_end")
        act = data.draw(st.sampled_from(sorted(acts)))
        self.do(data.draw(st.sampled_from([move for move in may if move[0] == act])))

    @rule(data=st.data())
    def anything(self, data) -> None:
        moves = list(self.moves())
        act = data.draw(st.sampled_from(sorted({str(move[0]) for move in moves})))
        self.do(data.draw(st.sampled_from([move for move in moves if move[0] == act])))

    def moves(self) -> Iterator[tuple[object, ...]]:
        """Every act on everything there is."""
        cards, applications = range(len(self.life.cards)), range(len(self.life.applications))
        yield from ((act,) for act in self.ON_PERSON if self.life.counts(act))
        yield from ((act, card) for act in self.ON_CARD for card in cards if self.life.counts(act, card))
        yield from ((act, each) for act in self.ON_APPLICATION for each in applications)
        yield from (("review", each, approved) for each in applications for approved in (True, False))
        yield from (("give_up", each, reason) for each in applications for reason in REASONS)
        pairs = [(each, card) for each in applications for card in cards]
        yield from (("hand_over", *pair, back) for pair in pairs for back in (True, False))
        yield from ((act, *pair) for act in ("declare", "lend") for pair in pairs)
        yield from (("ask_replacement", reason) for reason in ("damaged", "lost"))
        yield from (("ask_end", kind, card) for kind in ("termination", "return") for card in (True, False))

    def do(self, move: tuple[object, ...]) -> None:
        """One act, on the model and on the record: both do it, or neither."""
        before, why = self.known, self.life.tried(*move)
        said, self.known = self.tried(*move), self.record()
        act = str(move[0])
        (self.seen.refused if why else self.seen.happened)[act] += 1
        assert bool(said) == bool(why), f"{move}: the model says {why or 'yes'!r}, the services {said or 'yes'!r}"
        if said:
            assert self.known == before, f"{move} was refused ({said}) and left something behind"
        self._learn()
        self.compare(move)

    def tried(self, act: str, *what: object) -> str:
        """The same act by the services; why not ('' = it happened)."""
        from healthcard.domain.lifecycle import TransitionRefused
        from healthcard.services.errors import Conflict, NotFound

        try:
            getattr(self, f"_{act}", self._plain)(act, *what)
        except (TransitionRefused, Conflict, NotFound) as refused:
            return f"{type(refused).__name__}: {refused}"
        return ""

    def _plain(self, act: str, *what: object) -> None:
        ids = self.cards if act in self.ON_CARD else self.applications
        getattr(self.office, act)(*([ids[what[0]]] if what else [self.person]))

    def _lapse(self, act: str) -> None:
        self.office.lapse()

    def _review(self, act: str, application: int, approved: bool) -> None:
        self.office.review(self.applications[application], approved=approved)

    def _give_up(self, act: str, application: int, reason: str) -> None:
        self.office.give_up(self.applications[application], reason)

    def _hand_over(self, act: str, application: int, card: int, back: bool) -> None:
        shown = ("card", "temporary_card") if back else ()
        self.office.hand_over(self.applications[application], self.cards[card], *shown)

    def _declare(self, act: str, application: int, card: int) -> None:
        self.office.declare(self.applications[application], self.cards[card])

    def _lend(self, act: str, application: int, card: int) -> None:
        self.office.lend(self.applications[application], self.cards[card])

    def _ask_replacement(self, act: str, reason: str) -> None:
        self.office.ask_replacement(self.person, reason)

    def _ask_release(self, act: str, card: int) -> None:
        self.office.ask_release(self.person, self.cards[card])

    def _ask_unlock(self, act: str, card: int) -> None:
        self.office.ask_unlock(self.person, self.cards[card])

    def _release(self, act: str, application: int) -> None:
        self.office.release(self.applications[application], self._card_of(application))

    def _unlock(self, act: str, application: int) -> None:
        self.office.unlock(self.applications[application], self._card_of(application))

    def _card_of(self, application: int) -> int:
        """The card an application is about; for others some card."""
        card = self.life.applications[application].card
        return self.cards[card or 0] if self.cards else 0

    def _ask_end(self, act: str, kind: str, with_card: bool) -> None:
        self.office.ask_end(kind, self.person, with_card=with_card)

    # Time does not pass in a test: what was written down moves back by as much.

    def _ten_days(self, act: str) -> None:
        self._past(
            "UPDATE card SET loss_until = loss_until - interval '11 days' WHERE resident_id = %s AND loss = 'oral'",
            "UPDATE card_event SET changes = changes || jsonb_build_object('loss_until', loss_until) FROM card"
            " WHERE card.id = card_id AND resident_id = %s AND loss = 'oral' AND card_event.version = card.version",
        )

    def _half_a_year(self, act: str, card: int) -> None:
        self._past(
            "UPDATE card_event SET at = at - interval '200 days' FROM card WHERE card.id = card_id"
            " AND resident_id = %s AND event = 'arrived'"
        )

    def _past(self, *statements: str) -> None:
        connection = self.seen.connection
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                connection.execute(statement, [self.person])

    # --- the record, read by our own questions

    def _learn(self) -> None:
        """The ids of what came into being."""
        ask = self.seen.connection.execute
        for table, ids in (("card", self.cards), ("application", self.applications)):
            ids[:] = [
                row[0] for row in ask(f"SELECT id FROM {table} WHERE resident_id = %s ORDER BY id", [self.person])
            ]

    def record(self) -> tuple[list[tuple[object, ...]], ...]:
        """Everything on file of the person."""
        return tuple(self.seen.connection.execute(question, [self.person]).fetchall() for question in RECORD)

    def compare(self, move: tuple[object, ...]) -> None:
        cards, applications, *_ = self.known
        assert cards == [card.shown for card in self.life.cards], f"after {move}"
        assert applications == [(each.kind, each.state) for each in self.life.applications], f"after {move}"

    @invariant()
    def promises(self) -> None:
        for name, question in PROMISES.items():
            found = self.seen.connection.execute(question, [self.person]).fetchall()
            assert found == [], f"{name}: {found}"


RECORD = (
    (
        "SELECT kind, life, place, loss, pin_locked, app_lock, suspended, chip_end, end_reason, version,"
        " unusable_because(card, now())"
        " FROM card WHERE resident_id = %s ORDER BY id"
    ),
    "SELECT kind, state FROM application WHERE resident_id = %s ORDER BY id",
    (
        "SELECT card_id, card_event.version, event, changes FROM card_event JOIN card ON card.id = card_id"
        " WHERE resident_id = %s ORDER BY card_id, card_event.version"
    ),
    "SELECT version FROM person_version WHERE resident_id = %s",
    "SELECT id, kind FROM message WHERE resident_id = %s ORDER BY id",
    "SELECT recovery.* FROM recovery JOIN card ON card.id = card_id WHERE resident_id = %s ORDER BY recovery.id",
    "SELECT verified_at, reviewed_at, closed_at, outcome FROM application WHERE resident_id = %s ORDER BY id",
    "SELECT card_change.* FROM card_change JOIN card ON card.id = card_id WHERE resident_id = %s ORDER BY 1",
)

PROMISES = {
    "one formal card that is out, one on its way": """
        SELECT life = 'issued', count(*) FROM card WHERE resident_id = %s AND kind = 'formal'
        AND life IN ('planned', 'made', 'issued') GROUP BY 1 HAVING count(*) > 1""",
    "one temporary card, for an open application": """
        SELECT count(*) FROM card LEFT JOIN application mine ON mine.id = application_id
        LEFT JOIN application main ON main.id = mine.parent_id
        WHERE card.resident_id = %s AND card.kind = 'temporary' AND life IN ('planned', 'made', 'issued')
        HAVING count(*) > 1 OR bool_or(life = 'issued' AND coalesce(main.state, '') NOT IN
        ('accepted', 'approved', 'making', 'arrived'))""",
    "one usable card": """
        SELECT count(*) FROM card WHERE resident_id = %s AND unusable_because(card, now()) = 'usable'
        HAVING count(*) > 1""",
    "no gap between versions": """
        SELECT card.id, card.version, count(card_event), max(card_event.version) FROM card
        LEFT JOIN card_event ON card_id = card.id WHERE resident_id = %s GROUP BY card.id, card.version
        HAVING (count(card_event), max(card_event.version)) IS DISTINCT FROM (card.version::bigint, card.version)""",
    "no gap between the versions of the person": """
        SELECT sum(card.version), max(person_version.version) FROM card
        JOIN person_version USING (resident_id) WHERE resident_id = %s
        HAVING sum(card.version) IS DISTINCT FROM max(person_version.version)""",
    "what ended stays ended": """
        SELECT card_id FROM card_event one JOIN card ON card.id = card_id WHERE resident_id = %s
        AND one.changes ->> 'life' IN ('ended', 'scrapped') AND EXISTS (SELECT FROM card_event later
        WHERE later.card_id = one.card_id AND later.version > one.version AND later.changes ? 'life')""",
    "the state is what the events say": """
        SELECT card.id, key, last.value, to_jsonb(card) -> key FROM card CROSS JOIN LATERAL (
            SELECT DISTINCT ON (fact.key) fact.key, fact.value FROM card_event, jsonb_each(changes) AS fact
            WHERE card_id = card.id ORDER BY fact.key, card_event.version DESC) AS last
        WHERE resident_id = %s AND CASE key
            WHEN 'place_org' THEN (last.value #>> '{}')::bigint IS DISTINCT FROM place_org_id
            WHEN 'loss_until' THEN (last.value #>> '{}')::timestamptz IS DISTINCT FROM loss_until
            ELSE last.value IS DISTINCT FROM to_jsonb(card) -> key END""",
    "no event without its entry in the audit": """
        SELECT card_id, card_event.version FROM card_event JOIN card ON card.id = card_id WHERE resident_id = %s
        AND NOT EXISTS (SELECT FROM audit_entry WHERE audit_entry.operation = card_event.operation)""",
}
