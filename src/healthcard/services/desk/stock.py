"""Cards on their way to their holders (第十二条第一项): made, sent, at the desk; what waits longest comes first.

Lists are masked; each card is sent, received and given up in an act of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from healthcard.domain.calendar import day_of
from healthcard.domain.lifecycle import TransitionRefused
from healthcard.domain.permissions import Permission
from healthcard.services.acting import clock
from healthcard.services.actor import Actor
from healthcard.services.desk import issue
from healthcard.services.errors import Conflict, NotFound
from healthcard.storage import statements
from healthcard.storage.models import Application, Card, CardKind, CardLife

MAKER, TRANSIT, DESK = "maker", "transit", "desk"
Found = tuple[int, datetime]  # a card, and since when it is where it is
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
class StockPage:
    """One page of a place; `after` is how many cards stand before the next one (None = the end)."""

    cards: tuple[Stocked, ...]
    after: int | None


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


def listed(actor: Actor, place: str, *, after: int = 0, limit: int = MOST) -> StockPage:
    """The cards at `place` (of PLACES), what waits longest first: of the actor's desk where it is `desk`.

    Raises NotFound for a place there is not.
    """
    actor.require(Permission.CARD_STOCK)
    if place not in PLACES:
        raise NotFound("There is no such list.")
    given = {"desk": actor.organisation, "path": actor.path, "count": limit + 1, "after": after, "cards": None}
    found = statements.fetch(_LISTS[place], given)
    return StockPage(cards=_stocked(found[:limit]), after=after + limit if len(found) > limit else None)


def chosen(actor: Actor, cards: Sequence[int]) -> tuple[Stocked, ...]:
    """These cards of the actor's desk, what waits longest first; others are left out."""
    actor.require(Permission.CARD_STOCK)
    given = {"desk": actor.organisation, "path": actor.path, "count": MOST, "after": 0, "cards": list(cards)}
    return _stocked(statements.fetch(_LISTS[DESK], given))


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


def _stocked(rows: Sequence[Found]) -> tuple[Stocked, ...]:
    ids = [row[0] for row in rows]
    people = Card.objects.select_related("resident", "place_org").defer("resident__sealed").in_bulk(ids)
    wishes = Application.objects.in_bulk([card.application_id for card in people.values() if card.application_id])
    _, today = clock()
    return tuple(_views(rows, people, wishes, today))


def _views(
    rows: Sequence[Found], cards: dict[int, Card], wishes: dict[int, Application], today: date
) -> Iterator[Stocked]:
    for number, since in rows:
        card = cards.get(number)
        if card is None:
            continue
        wish = wishes.get(card.application_id or 0)
        until = issue.kept_until(day_of(since), wish) if wish is not None and card.place == DESK else None
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
            since=since,
            until=until,
            overdue=until is not None and until < today,
        )


# The moment a card came where it is: its last event that changed its place.
_SELECT = """
    SELECT card.id, max(card_event.at) AS since FROM {cards} JOIN card_event ON card_event.card_id = card.id
    WHERE card.kind = 'formal' AND card.life = 'made' AND card.place = '{place}' AND card_event.event = '{event}'
        AND {scope} AND (%(cards)s::bigint[] IS NULL OR card.id = ANY(%(cards)s))
    GROUP BY card.id ORDER BY since, card.id OFFSET %(after)s LIMIT %(count)s"""
_BELOW = "card JOIN organisation ON organisation.id = card.place_org_id"
_LISTS = {
    MAKER: _SELECT.format(cards="card", place=MAKER, event="made", scope="card.life IN ('planned', 'made')"),
    TRANSIT: _SELECT.format(
        cards=_BELOW, place=TRANSIT, event="dispatched", scope="starts_with(organisation.path, %(path)s)"
    ),
    DESK: _SELECT.format(cards="card", place=DESK, event="arrived", scope="card.place_org_id = %(desk)s"),
}
