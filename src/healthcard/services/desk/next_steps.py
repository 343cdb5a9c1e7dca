"""What a desk does next with an application or a card, by how far it has come: a guide, not a rule.

The table next_steps.toml holds the order of the steps; whoever does one is judged by its service.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk import lock_orders, transfer
from healthcard.services.desk.applications.steps import is_ready
from healthcard.services.desk.initial_pin import KIND as SET_PIN
from healthcard.services.desk.new_card import KINDS as NEW_CARD
from healthcard.services.desk.recovery import anywhere
from healthcard.services.errors import NotFound
from healthcard.storage.models import Application, Card, CardLife, PersoJob, UpkeepJob
from healthcard.storage.models.perso import OPEN

APPLICATION, CARD, OLD = "application", "card", "old"  # OLD: the card an application ends
Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """One step: with the row `id` of its sort (`about`); `mine`: the actor's role does it, else he waits for others.

    `first`: it is what comes next; the others may be done besides.
    """

    name: str
    about: str
    id: int
    mine: bool
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table."""

    name: str
    about: str
    permission: Permission
    when: Mapping[str, tuple[str, ...]]
    beside: bool

    def fits(self, facts: Facts) -> bool:
        """Whether the step is offered when these are the facts; a fact that is not told fits nothing."""
        return all(facts.get(fact) in values for fact, values in self.when.items())


def of_application(actor: Actor, application_id: int) -> tuple[Next, ...]:
    """The steps an application waits for, the next one first; none for a finished one. Raises NotFound."""
    actor.require(Permission.APPLICATION_VIEW)
    row = Application.objects.filter(pk=application_id).first()
    if row is None:
        raise NotFound("There is no such application.")
    made = Card.objects.filter(application=row).exclude(life=CardLife.SCRAPPED).order_by("-pk").first()
    ids = {APPLICATION: row.pk, CARD: made.pk if made else 0, OLD: row.card_id or 0}
    return _steps(actor, _facts(row, made), ids)


def of_card(actor: Actor, card_id: int) -> tuple[Next, ...]:
    """The steps a card waits for, whoever asked for it; an ended one of anybody (第十三条). Raises NotFound."""
    actor.require(Permission.CARD_VIEW)
    card = Card.objects.filter(pk=card_id).first() or _ended_elsewhere(actor, card_id)
    if card is None:
        raise NotFound("There is no such card.")
    facts = {CARD: _stage(card), "type": card.kind, "lock_order": _lock_order(actor, card)}
    return _steps(actor, facts, {CARD: card_id})


def application_of(actor: Actor, card_id: int) -> int | None:
    """The open application that a card is made for, where the actor looks at applications: its steps go on there."""
    if not actor.may(Permission.APPLICATION_VIEW):
        return None
    actor.require(Permission.APPLICATION_VIEW)
    open_ones = Application.objects.filter(cards=card_id, closed_at=None)
    return open_ones.values_list("pk", flat=True).first()


def _lock_order(actor: Actor, card: Card) -> str:
    """The order of a supervised lock that stands on a card: none, open, or to_follow on its chip."""
    if card.life != CardLife.ISSUED or not actor.may(Permission.APPLICATION_VIEW):
        return "none"
    standing = lock_orders.standing(actor, card.pk)
    if not standing:
        return "none"
    return "open" if any(each.carried_out_at is None for each in standing) else "to_follow"


def _ended_elsewhere(actor: Actor, card_id: int) -> Card | None:
    anywhere(actor).require(Permission.CARD_VIEW)
    card = Card.objects.filter(pk=card_id, life=CardLife.ENDED).first()
    actor.require(Permission.CARD_VIEW)
    return card


def _steps(actor: Actor, facts: Facts, ids: Mapping[str, int]) -> tuple[Next, ...]:
    """Those whose rows there are, each once; a step of others comes first only where none is the actor's."""
    fitting = {line.name: line for line in _table() if _subject(line, facts) and line.fits(facts)}
    lines = sorted(fitting.values(), key=lambda line: (line.beside, not actor.may(line.permission)))
    return tuple(
        Next(
            name=line.name,
            about=CARD if line.about == OLD else line.about,
            id=ids[line.about],
            mine=actor.may(line.permission),
            first=not line.beside and place == 0,
        )
        for place, line in enumerate(lines)
    )


def _subject(line: Line, facts: Facts) -> bool:
    """Lines that name a state of an application or its kind are those of applications."""
    return bool({"kind", "state"} & set(line.when)) == ("kind" in facts)


def _facts(row: Application, made: Card | None) -> dict[str, str]:
    return {
        "kind": row.kind,
        "state": row.state,
        "verified": "no" if row.verified_at is None else "yes",
        "ready": "yes" if is_ready(row) else "no",
        "fee": "open" if row.fee_fen and not (row.receipt or row.fee_waiver) else "none",
        CARD: "none" if made is None else _stage(made),
        OLD: "none" if row.card is None else _stage(row.card),
        "moves": _moves(row, made),
        "pin": "random" if made is None or not _own_pin(made) else "own",
    }


def _stage(card: Card) -> str:
    """How far a card has come, in one word of the table."""
    match card.life:
        case CardLife.PLANNED:
            return "begun" if PersoJob.objects.filter(card=card, state__in=OPEN).exists() else "planned"
        case CardLife.MADE:
            return card.place if card.place in ("desk", "transit") else "made"
        case CardLife.ENDED:
            return _end(card)
    return str(card.life)


def _end(card: Card) -> str:
    if card.place == "destroyed":
        return "destroyed"
    if card.place != "recovered":
        return "away"
    return "back" if card.chip_end == "none" else f"back, {card.chip_end}"


def _moves(row: Application, made: Card | None) -> str:
    """What became of the business data that belong on the new card: none, missing, given or closed."""
    if made is None or row.kind not in NEW_CARD:
        return "none"
    told = transfer.so_far(row)
    if not told.sources:
        return "none"
    if told.complete:
        return "closed"
    return "given" if all(each.source for each in told.sources) else "missing"


def _own_pin(card: Card) -> bool:
    return UpkeepJob.objects.filter(card=card, kind=SET_PIN, state="finished").exists()


@cache
def _table() -> tuple[Line, ...]:
    text = files("healthcard.services.desk").joinpath("next_steps.toml").read_text("utf-8")
    return tuple(_lines(tomllib.loads(text)["step"]))


def _lines(rows: list[dict[str, object]]) -> Iterator[Line]:
    for row in rows:
        when = row["when"]
        if not isinstance(when, dict):
            raise TypeError(f"step {row['name']}: `when` is a table")
        yield Line(
            name=str(row["name"]),
            about=str(row["about"]),
            permission=Permission(str(row["permission"])),
            when={fact: tuple(values) for fact, values in when.items()},
            beside=bool(row.get("beside", False)),
        )
