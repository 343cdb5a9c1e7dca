"""Every state that two persons with their cards can reach: table and guards keep what they promise.

Time is one of three moments: an oral report ends at the next one, a temporary card is good on the first day alone, a
formal one on the first two, a prolonged one on all. Persons share nothing but the clock, so each is searched alone and
the states of two are counted as the product, moment by moment. What an ended card still goes through (its chip, its
place) bears on no other card: with several cards it is folded into "ended", with one it is searched in full. So is the
lock of the PIN, which no guard between cards looks at: it is left out where one person has three cards.

Where the database knows more than the model (which application a card was made for, who acts, what was checked), the
model allows the act: it reaches more states than there are.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product
from typing import NamedTuple

import pytest

from healthcard.domain.lifecycle import INITIAL, RULES, Facts, Usability, applicable, apply, usable

pytestmark = pytest.mark.xdist_group("model")  # one worker searches once for all of them

MOMENTS = tuple(datetime(2027, 3, 1 + day, 4, tzinfo=UTC) for day in range(3))
VALID = {"temporary": date(2027, 3, 1), "formal": date(2027, 3, 2)}
PROLONGED = date(2028, 3, 1)
GONE = ("ended", "scrapped")
CHIPS_END = frozenset({"locked_on_chip", "listed", "recovered", "destroyed"})  # rows of cards that ended already
PIN = frozenset({"pin_locked", "unlocked"})
Cards = tuple[Facts | None, ...]


class State(NamedTuple):
    """One person: the moment, the application open for a new card (none, "first", "replacement"), the cards."""

    clock: int
    wish: str
    cards: Cards


@dataclass(kw_only=True)
class Seen:
    """What a search has found: states and acts by moment, the rows that fired, what should not be."""

    states: Counter[int] = field(default_factory=Counter)
    acts: Counter[int] = field(default_factory=Counter)
    fired: Counter[str] = field(default_factory=Counter)
    bad: list[tuple[str, State]] = field(default_factory=list)


@cache
def moves(card: Facts, clock: int, *, fold: bool) -> tuple[tuple[str, Facts], ...]:
    """Every event these facts allow at this moment, with every choice its row leaves."""
    found = []
    for rule in applicable(card):
        if rule.name == "oral_lapsed" and MOMENTS[clock] < card.loss_until:
            continue
        for chosen in product(*rule.sets.values()):
            changes = dict(zip(rule.sets, chosen, strict=True))
            found += [(rule.name, apply(card, rule.name, changes | carried)) for carried in brought(rule.name, clock)]
    return tuple(dict.fromkeys((event, folded(after) if fold else after) for event, after in found))


def folded(card: Facts) -> Facts:
    """An ended card, as far as it bears on others."""
    return Facts(life=card.life) if card.life in GONE else card


def brought(event: str, clock: int) -> list[dict[str, object]]:
    """What an act may bring along, as far as it matters here."""
    if event == "oral_loss":
        return [{"loss_until": MOMENTS[clock] + timedelta(days=1)}]
    return [{}, {"valid_until": PROLONGED}] if event == "data_updated" else [{}]


@cache
def answer(card: Facts, clock: int) -> Usability:
    return usable(card, MOMENTS[clock], MOMENTS[clock].date())


@cache
def may_become_usable(card: Facts, clock: int) -> bool:
    """Usable now, or by time alone: an oral report lapses without an act."""
    free = card.life == "issued" and card.loss != "written" and card.app_lock == "none" and not card.suspended
    return free and MOMENTS[clock].date() <= card.valid_until


# The guards between the cards of a person, as the database holds them.


def one_formal_issued(kinds, state):
    return among(kinds, state, "formal", "issued") <= 1


def one_formal_in_making(kinds, state):
    return among(kinds, state, "formal", "planned", "made") <= 1


def one_temporary(kinds, state):
    return among(kinds, state, "temporary", "planned", "made", "issued") <= 1


def never_two_usable(kinds, state):
    return sum(card is not None and may_become_usable(card, state.clock) for card in state.cards) <= 1


def among(kinds: tuple[str, ...], state: State, kind: str, *lives: str) -> int:
    return sum(
        card is not None and each == kind and card.life in lives for each, card in zip(kinds, state.cards, strict=True)
    )


GUARDS = (one_formal_issued, one_formal_in_making, one_temporary, never_two_usable)


class Person:
    """The acts of one person whose cards are of these kinds; without `fold` ended cards are followed to their end.

    Events `without` do not happen.
    """

    def __init__(self, *kinds: str, fold: bool = True, guards=GUARDS, without=frozenset()) -> None:
        self.kinds, self.fold, self.guards, self.without = kinds, fold, guards, without

    def acts(self, state: State) -> Iterator[tuple[tuple[str, ...], State]]:
        """Every act that no guard stands against: the events it consists of, and the state after it."""
        for events, after in self.attempts(state):
            if all(guard(self.kinds, after) for guard in self.guards):
                yield events, after

    def attempts(self, state: State) -> Iterator[tuple[tuple[str, ...], State]]:
        if state.clock + 1 < len(MOMENTS):
            yield (), state._replace(clock=state.clock + 1)
        yield (), state._replace(wish="" if state.wish else ("replacement" if self.issued(state) else "first"))
        for index, card in enumerate(state.cards):
            if card is None and state.wish:
                yield (), put(state, index, Facts(valid_until=VALID[self.kinds[index]]))
            if card is None or (self.fold and card.life in GONE):
                continue
            for event, after in moves(card, state.clock, fold=self.fold):
                if event == "handed_over":
                    yield from self.hand_overs(state, index, after)
                elif self.allowed(state, index, event):
                    yield (event,), put(state, index, after)

    def hand_overs(self, state: State, index: int, card: Facts) -> Iterator[tuple[tuple[str, ...], State]]:
        """A temporary card for an open application, the formal one suspended with it; a new card for the old one."""
        after = put(state, index, card)
        old = self.issued(state)
        if not state.wish or (self.kinds[index] == "formal" and among(self.kinds, state, "temporary", "issued")):
            return
        together = "suspended" if self.kinds[index] == "temporary" else "replaced"
        if together == "replaced":
            after = after._replace(wish="")
        if together == "suspended" or state.wish == "first":
            yield ("handed_over",), after
        for other in old:
            for event, left in moves(state.cards[other], state.clock, fold=self.fold):
                if event == together and (together == "suspended" or state.wish == "replacement"):
                    yield (event, "handed_over"), put(after, other, left)

    def allowed(self, state: State, index: int, event: str) -> bool:
        """The guards of single rows that look at the other cards, and at the kind of this one."""
        formal, issued = self.kinds[index] == "formal", among(self.kinds, state, "temporary", "issued")
        in_making = among(self.kinds, state, "formal", "planned", "made")
        return {
            event: event not in self.without,
            "replaced": False,  # with the hand-over of the new card alone
            "temporary_ended": not formal,
            "suspended": formal and issued > 0,
            "resumed": formal and issued == 0,
            "unlossed": not formal or in_making == 0,
            "loss_rejected": not formal or in_making == 0,
            "data_updated": formal,  # a temporary card is not prolonged
        }.get(event, True)

    def issued(self, state: State) -> list[int]:
        """The formal card that is out."""
        cards = enumerate(zip(self.kinds, state.cards, strict=True))
        return [index for index, (kind, card) in cards if kind == "formal" and card and card.life == "issued"]


def put(state: State, index: int, card: Facts) -> State:
    return state._replace(cards=(*state.cards[:index], card, *state.cards[index + 1 :]))


def search(person: Person) -> Seen:
    """Breadth first over every state the person can reach."""
    start = State(0, "", (None,) * len(person.kinds))
    known, waiting, seen = {start}, deque([start]), Seen()
    while waiting:
        state = waiting.popleft()
        seen.states[state.clock] += 1
        seen.bad += [(why, state) for why in wrong(state)]
        ending: set[int] = set()
        for events, after in person.acts(state):
            if after.clock == state.clock:
                seen.acts[state.clock] += 1
            seen.fired.update(events)
            ending |= changed(state, after, seen)
            if after not in known:
                known.add(after)
                waiting.append(after)
        stuck = [
            index for index, card in enumerate(state.cards) if card and card.life == "issued" and index not in ending
        ]
        seen.bad += [("no way to the end", state) for _ in stuck]
    return seen


def wrong(state: State) -> Iterator[str]:
    """What is not to be in any state."""
    good = [card for card in state.cards if card is not None and answer(card, state.clock) is Usability.USABLE]
    if len(good) > 1:
        yield "two usable cards"
    for card in good:
        if card.life != "issued" or card.loss == "written" or card.suspended or card.app_lock != "none":
            yield "usable though it should not be"
        if card.loss == "oral" and MOMENTS[state.clock] < card.loss_until:
            yield "usable while reported lost"


def changed(state: State, after: State, seen: Seen) -> set[int]:
    """The issued cards this act ends; a card that had ended and has not any more is bad."""
    ended = set()
    for index, (old, new) in enumerate(zip(state.cards, after.cards, strict=True)):
        if old is not None and old.life in GONE and new.life != old.life:
            seen.bad.append(("an ended card came back", after))
        if old is not None and old.life == "issued" and new.life == "ended":
            ended.add(index)
    return ended


@cache
def alone(kind: str) -> Seen:
    return search(Person(kind, fold=False))


@cache
def several(*kinds: str) -> Seen:
    return search(Person(*kinds, without=PIN if len(kinds) > 2 else frozenset()))


def of_two(one: Seen, other: Seen) -> tuple[int, int]:
    """States and transitions of two persons who share the clock alone."""
    states = Counter({moment: one.states[moment] * other.states[moment] for moment in one.states})
    acts = sum(one.acts[m] * other.states[m] + one.states[m] * other.acts[m] for m in states)
    ticks = sum(count for moment, count in states.items() if moment + 1 < len(MOMENTS))
    return states.total(), acts + ticks


@pytest.mark.parametrize(
    "kinds", [("formal", "temporary"), ("formal", "formal"), ("formal", "temporary", "formal")], ids="+".join
)
def test_no_reachable_state_of_two_persons_breaks_a_promise(kinds):
    one, other = several(*kinds), several("formal")
    states, transitions = of_two(one, other)
    bad = one.bad + other.bad
    print(f"\nMODEL persons=2 cards={len(kinds) + 1} states={states} transitions={transitions} bad={len(bad)}")
    assert bad == []


@pytest.mark.parametrize("kind", ["formal", "temporary"])
def test_no_reachable_state_of_one_card_followed_to_its_destruction_breaks_a_promise(kind):
    assert alone(kind).bad == []
    assert CHIPS_END - set(alone(kind).fired) == set()


def test_every_row_of_the_table_fires_in_the_search():
    fired = set(several("formal", "temporary", "formal").fired) | set(several("formal", "temporary").fired)
    assert set(RULES) - fired == CHIPS_END, "rows beyond those of ended cards, which are folded there"
    assert set(RULES) == fired | set(alone("formal").fired)


def test_one_card_alone_is_never_replaced_suspended_or_ended_as_a_temporary_one():
    assert set(RULES) - set(alone("formal").fired) == {"replaced", "suspended", "resumed", "temporary_ended"}


def test_without_the_guard_between_cards_the_search_finds_two_usable_ones():
    found = search(Person("formal", "temporary", guards=GUARDS[:-1]))
    assert {why for why, _ in found.bad} == {"two usable cards"}


def test_the_search_begins_where_every_card_begins():
    assert Facts() == INITIAL
    assert "ordered" in {event for event, _ in moves(INITIAL, 0, fold=False)}
