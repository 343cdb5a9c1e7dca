"""Cards on file: planning one, lists, one card with what its chip and its journal say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from healthcard.domain.calendar import add_years
from healthcard.domain.lifecycle.states import called
from healthcard.domain.permissions import Permission
from healthcard.services.acting import Act, act, alone_with_person, clock
from healthcard.services.actor import Actor
from healthcard.services.admission import gates
from healthcard.services.admission.gates import Case
from healthcard.services.authority import issuers, parameters
from healthcard.services.errors import Conflict, NotFound
from healthcard.storage import statements
from healthcard.storage.models import Card, CardKind, CardLife, Organisation, Resident

PAGE = 50
LAST = 2**63 - 1  # beyond every id


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """What a list shows of a card. `chip8` is 16 hexadecimal digits, '' until the card lay in a reader."""

    id: int
    issuer_code: str
    issue_serial: str
    holder: int
    holder_masked: str
    product: str
    layout: str
    life: str
    chip8: str
    issued_on: date
    valid_until: date
    made_at: datetime | None
    ended_because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """One page of a list; `after` is what to ask for next (None = the end)."""

    cards: tuple[CardRow, ...]
    after: int | None


def plan(actor: Actor, resident_id: int, *, today: date) -> int:
    """Order a formal card for somebody: its serial is reserved for ever. The card's id; raises NotFound, Conflict."""
    with act(actor, Permission.CARD_PLAN, "card.order", resident=resident_id) as now:
        alone_with_person(resident_id)
        person = Resident.objects.select_related("home").filter(pk=resident_id).first()
        if person is None:
            raise NotFound("There is no such person on file.")
        _refuse_second_card(person)
        return order(now, person, today=today, last_day=valid_until(person.home, today)).pk


def order(
    now: Act,
    person: Resident,
    *,
    today: date,
    last_day: date,
    kind: CardKind = CardKind.FORMAL,
    application: int | None = None,
) -> Card:
    """Within an act: a card planned for `person`, of the issuer of his home, valid until `last_day` (item 7)."""
    issuer = issuers.identity(person.home, today)
    place = gates.place_of(now.actor)
    gates.require("order", Case(issuer=issuer.organisation, place=place, day=today))
    card = Card.objects.create(
        issuer=issuer,
        issuer_code=issuer.code,
        issue_serial=issuers.next_serial(issuer.code),
        resident=person,
        kind=kind,
        application_id=application,
        city=person.home.division,
        issued_on=today,
        valid_until=last_day,
    )
    now.event(card.pk, "ordered")
    return card


def require_issuable(now: Act, card: Card) -> None:
    """Within an act: issue of cards of this product is not blocked today (第六条第一项). Raises TransitionRefused."""
    issuer = card.issuer.organisation
    case = Case(issuer=issuer, place=gates.place_of(now.actor), day=clock()[1], product=card.product)
    gates.require("issue", case)


def listed(actor: Actor, *, after: int | None = None, limit: int = PAGE) -> CardPage:
    """Cards, the newest first; `after` is the id at which the page before ended."""
    actor.require(Permission.CARD_VIEW)
    given = {"before": after or LAST, "count": limit + 1, "path": actor.path}
    ids = [number for (number,) in statements.fetch(_NEWEST, given)]
    rows = _rows().in_bulk(ids[:limit])
    found = tuple(_row(rows[each]) for each in ids[:limit] if each in rows)
    return CardPage(cards=found, after=ids[limit - 1] if len(ids) > limit else None)


# Each home below the actor's place is asked by its index: the list of a small desk costs what it shows.
_NEWEST = """
    SELECT one.id FROM organisation, LATERAL (
        SELECT id FROM card WHERE home_path = organisation.path AND id < %(before)s ORDER BY id DESC LIMIT %(count)s
    ) AS one
    WHERE starts_with(organisation.path, %(path)s) ORDER BY one.id DESC LIMIT %(count)s"""


def of_resident(actor: Actor, resident_id: int) -> tuple[CardRow, ...]:
    """All cards somebody ever had, the newest first."""
    actor.require(Permission.CARD_VIEW)
    return tuple(map(_row, _rows().filter(resident=resident_id).order_by("-id")))


def shown(actor: Actor, card_id: int) -> CardRow:
    """One card; raises NotFound."""
    actor.require(Permission.CARD_VIEW)
    found = _rows().filter(pk=card_id).first()
    if found is None:
        raise NotFound("There is no such card.")
    return _row(found)


def numbered(actor: Actor, issue_serial: str) -> int:
    """The id of the card with this issue serial among those of the actor's organisation as issuer; raises NotFound."""
    actor.require(Permission.CARD_VIEW)
    found = Card.objects.filter(issuer__organisation=actor.organisation, issue_serial=issue_serial).first()
    if found is None:
        raise NotFound("This issuer has no card with that issue serial (发卡序列号, item 10: ten digits).")
    return found.pk


def _refuse_second_card(person: Resident) -> None:
    """One person, one card (第三条); the database holds to it too."""
    if person.cards.filter(kind=CardKind.FORMAL).exclude(life__in=[CardLife.SCRAPPED, CardLife.ENDED]).exists():
        raise Conflict(
            "此人已有卡，或有卡正在制作：一人一卡（第三条）。",
            "This person has a card, or one on order: one person has one card (Art. 3).",
        )


def unfinished(card: Card) -> Conflict:
    """There is nothing to read on its chip, and why."""
    state = called("life", card.life)
    return Conflict(
        f"此卡{state.zh}，没有制好的芯片可读。", f"This card is {state.en}: there is no finished chip to read."
    )


def valid_until(home: Organisation, issued: date) -> date:
    """The last day of a card that the issuer of `home` issues on that day (item 7)."""
    return add_years(issued, parameters.of(home, issued).number("card.valid_years"))


def _rows() -> QuerySet[Card]:
    return Card.objects.select_related("resident").defer("resident__sealed")


def _row(card: Card) -> CardRow:
    return CardRow(
        id=card.pk,
        issuer_code=card.issuer_code,
        issue_serial=card.issue_serial,
        holder=card.resident_id,
        holder_masked=card.resident.name_masked,
        product=card.product,
        layout=card.layout,
        life=card.life,
        chip8="" if card.chip8 is None else bytes(card.chip8).hex().upper(),
        issued_on=card.issued_on,
        valid_until=card.valid_until,
        made_at=card.made_at,
        ended_because=card.ended_because,
    )
