"""Cards on their way to their holders (第十二条第一项): made, sent, at the desk; who waits longest comes first.

Lists are masked; each card is sent, received and given up in an act of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from healthcard.domain.calendar import day_of
from healthcard.domain.lifecycle import TransitionRefused
from healthcard.domain.permissions import Permission
from healthcard.services import listing
from healthcard.services.acting import clock
from healthcard.services.actor import Actor
from healthcard.services.desk import issue
from healthcard.services.errors import Conflict, NotFound
from healthcard.services.listing import FIRST, Place
from healthcard.storage import statements
from healthcard.storage.models import Application, Card, CardKind, CardLife

MAKER, TRANSIT, DESK = "maker", "transit", "desk"
PLACES = (MAKER, TRANSIT, DESK)
WAITING, HANDED_OVER, ELSEWHERE = "waiting", "handed_over", "elsewhere"
MOST = 200  # cards of one page


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocked:
    """A finished card nobody was given yet: where it is `since` when; `until` it is kept for its holder at the desk.

    `overdue`: that day is over, so that it may be given up as uncollected.
    """

    id: int
    issue_serial: str
    resident: int
    holder_masked: str
    document_masked: str
    birth_year: int
    application: int | None
    number: str
    organisation: str
    since: datetime
    until: date | None
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A card in a list that goes by `moment`, where it is `since` when."""

    card: int
    moment: datetime
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPage:
    """One page of a place; `after` is where it ends ('' = there is no next one)."""

    cards: tuple[Stocked, ...]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """A card of a group that is handed over together: still at the desk, in its holder's hands, or gone otherwise."""

    id: int
    issue_serial: str
    resident: int
    holder_masked: str
    application: int | None
    number: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one card of several: done, or what stood against it."""

    card: int
    refusal: TransitionRefused | Conflict | None


def listed(actor: Actor, place: str, *, after: str = "", limit: int = MOST) -> StockPage:
    """The cards at `place` (of PLACES): of the actor's desk where it is `desk`, what waits there longest first.

    Elsewhere what was made first comes first. `after` is where the page before ended. Raises NotFound for a place or a
    page there is not.
    """
    actor.require(Permission.CARD_STOCK)
    if place not in PLACES:
        raise NotFound("There is no such list.")
    begin = listing.place(after) if after else FIRST
    found = _found(actor, place, begin, limit + 1)
    end = "" if len(found) <= limit else str(Place(moment=found[limit - 1].moment, id=found[limit - 1].card))
    return StockPage(cards=_stocked(found[:limit]), after=end)


def chosen(actor: Actor, cards: Sequence[int]) -> tuple[Stocked, ...]:
    """These cards of the actor's desk, what waits longest first; others are left out."""
    actor.require(Permission.CARD_STOCK)
    return _stocked(_found(actor, DESK, FIRST, MOST, cards))


def _found(actor: Actor, place: str, after: Place, count: int, cards: Sequence[int] | None = None) -> list[_Found]:
    given = {"desk": actor.organisation, "path": actor.path, "cards": None if cards is None else list(cards)}
    rows = statements.fetch(_LISTS[place], {**given, "moment": after.moment, "after": after.id, "count": count})
    return [_Found(card=card, moment=moment, since=since) for card, moment, since in rows]


def grouped(actor: Actor, cards: Sequence[int]) -> tuple[Grouped, ...]:
    """How far a group hand-over has come: these cards in the actor's part of the tree; others are left out."""
    actor.require(Permission.CARD_STOCK)
    rows = Card.objects.filter(pk__in=list(cards)[:MOST], kind=CardKind.FORMAL)
    found = rows.select_related("resident", "application").defer("resident__sealed").order_by("pk")
    return tuple(
        Grouped(
            id=card.pk,
            issue_serial=card.issue_serial,
            resident=card.resident_id,
            holder_masked=card.resident.name_masked,
            application=card.application_id,
            number=card.application.number if card.application else "",
            state=_state(actor, card),
        )
        for card in found
    )


def receive(actor: Actor, cards: Sequence[int]) -> tuple[Outcome, ...]:
    """Cards that came to the actor's desk, one act each; what became of each."""
    return _each(cards, lambda card: issue.arrive(actor, card))


def send(actor: Actor, cards: Sequence[int], organisation: int) -> tuple[Outcome, ...]:
    """Cards on their way to another desk, one act each; what became of each. Raises NotFound."""
    return _each(cards, lambda card: issue.dispatch(actor, card, organisation))


def _state(actor: Actor, card: Card) -> str:
    if card.life == CardLife.ISSUED:
        return HANDED_OVER
    waits = card.life == CardLife.MADE and card.place == DESK and card.place_org_id == actor.organisation
    return WAITING if waits else ELSEWHERE


def _each(cards: Sequence[int], act: Callable[[int], None]) -> tuple[Outcome, ...]:
    return tuple(Outcome(card=card, refusal=_tried(card, act)) for card in dict.fromkeys(cards))


def _tried(card: int, act: Callable[[int], None]) -> TransitionRefused | Conflict | None:
    try:
        act(card)
    except (TransitionRefused, Conflict) as refused:
        return refused
    return None


def _stocked(rows: Sequence[_Found]) -> tuple[Stocked, ...]:
    ids = [row.card for row in rows]
    people = Card.objects.select_related("resident", "place_org").defer("resident__sealed").in_bulk(ids)
    wishes = Application.objects.in_bulk([card.application_id for card in people.values() if card.application_id])
    _, today = clock()
    return tuple(_views(rows, people, wishes, today))


def _views(
    rows: Sequence[_Found], cards: dict[int, Card], wishes: dict[int, Application], today: date
) -> Iterator[Stocked]:
    for row in rows:
        card = cards.get(row.card)
        if card is None:
            continue
        wish = wishes.get(card.application_id or 0)
        until = issue.kept_until(day_of(row.since), wish) if wish is not None and card.place == DESK else None
        yield Stocked(
            id=card.pk,
            issue_serial=card.issue_serial,
            resident=card.resident_id,
            holder_masked=card.resident.name_masked,
            document_masked=card.resident.document_masked,
            birth_year=card.resident.birth_year,
            application=card.application_id,
            number=wish.number if wish else "",
            organisation=card.place_org.name if card.place_org else "",
            since=row.since,
            until=until,
            overdue=until is not None and until < today,
        )


# Each statement gives a card, the moment it goes by in the list, and since when it is where it is: at its
# maker since it was made, elsewhere since its last event that brought it there. Each home is asked by its index.
_WHICH = """card.kind = 'formal' AND card.life = 'made' AND card.place = '{place}'
    AND (%(cards)s::bigint[] IS NULL OR card.id = ANY(%(cards)s))"""
_BELOW = "starts_with(path, %(path)s)"
_FIRST = "ORDER BY made_at, id LIMIT %(count)s"
_MADE = f"""
    SELECT one.id, made_at, made_at FROM organisation, LATERAL (
        SELECT id, made_at FROM card
        WHERE home_path = path AND {_WHICH} AND {{scope}} AND (made_at, id) > (%(moment)s, %(after)s) {_FIRST}) AS one
    WHERE {_BELOW} {_FIRST}"""  # noqa: S608 - our own words
_THERE = f"place_org_id = ANY(ARRAY(SELECT id FROM organisation WHERE {_BELOW}))"  # noqa: S608 - our own words
_SENT = f"""
    SELECT id, moment, (SELECT max(at) FROM card_event WHERE card_id = waiting.id AND event = 'dispatched')
    FROM ({_MADE.format(place=TRANSIT, scope=_THERE)}) AS waiting (id, moment) ORDER BY moment, id"""  # noqa: S608
_ARRIVED = f"""
    SELECT card.id, max(card_event.at) AS since, max(card_event.at)
    FROM card JOIN card_event ON card_event.card_id = card.id
    WHERE {_WHICH} AND card.place_org_id = %(desk)s AND card_event.event = 'arrived'
    GROUP BY card.id HAVING (max(card_event.at), card.id) > (%(moment)s, %(after)s)
    ORDER BY since, card.id LIMIT %(count)s"""  # noqa: S608 - our own words
_LISTS = {
    MAKER: _MADE.format(place=MAKER, scope="true"),
    TRANSIT: _SENT,
    DESK: _ARRIVED.format(place=DESK),
}
