"""Reminders: what a holder is told because time has passed, once for each occasion (第十二、十三条)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from healthcard.domain.permissions import Permission
from healthcard.services.acting import act, alone_with_person, clock
from healthcard.services.actor import Actor
from healthcard.services.authority import parameters
from healthcard.services.authority.parameters import ParametersInForce
from healthcard.storage.models import Organisation

Figures = Mapping[str, int | str | date]

BATCH = 500  # cards reminded in one round, each in an act of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A message that time sends: `due` selects card, resident and a fact (`fact` is its name) of those not yet told.

    `since` is the moment after which an earlier message of this kind counts; both are SQL. `figure` gives the number
    that stands for %(figure)s: hours, days or years by the issuer's parameter.
    """

    kind: str
    fact: str
    figure: Callable[[ParametersInForce], int]
    due: str
    since: str


REMINDERS: tuple[Reminder, ...] = (
    Reminder(
        kind="loss.oral_lapsing",
        fact="until",
        figure=lambda rules: rules.number("loss.oral_warn_hours"),
        due="""SELECT card.id, card.resident_id, card.loss_until AS told FROM card
            WHERE life = 'issued' AND loss = 'oral' AND loss_until > now()
                AND loss_until <= now() + make_interval(hours => %(figure)s)""",
        since="told - make_interval(hours => %(figure)s)",
    ),
    Reminder(
        kind="card.uncollected",
        fact="until",
        figure=lambda rules: rules.number("card.uncollected_days"),
        due="""SELECT card.id, card.resident_id, max((at AT TIME ZONE 'Asia/Shanghai')::date) + %(figure)s AS told
            FROM card JOIN card_event ON card_event.card_id = card.id AND event = 'arrived'
            WHERE life = 'made' AND place = 'desk' GROUP BY card.id
            HAVING max(at) <= now() - make_interval(days => %(figure)s - %(warn)s)""",
        since="(told - %(figure)s)::timestamp AT TIME ZONE 'Asia/Shanghai'",
    ),
    Reminder(
        kind="card.expiring",
        fact="until",
        figure=lambda rules: rules.number("card.renew_days"),
        due="""SELECT card.id, card.resident_id, card.valid_until AS told FROM card
            WHERE life = 'issued' AND kind = 'formal' AND valid_until >= %(today)s
                AND valid_until <= %(today)s + %(figure)s""",
        since="told - %(figure)s - 1",
    ),
    Reminder(
        kind="temporary.ending",
        fact="until",
        figure=lambda rules: rules.number("temporary.warn_days"),
        due="""SELECT card.id, card.resident_id, card.valid_until AS told FROM card
            WHERE life = 'issued' AND kind = 'temporary' AND valid_until >= %(today)s
                AND valid_until <= %(today)s + %(figure)s""",
        since="told - %(figure)s - 1",
    ),
    Reminder(
        kind="dormant.reminder",
        fact="count",
        figure=lambda rules: rules.number("card.dormant_years"),
        due="""SELECT card.id, card.resident_id, %(figure)s AS told FROM card
            WHERE life = 'issued' AND kind = 'formal' AND loss = 'none' AND NOT EXISTS (
                SELECT FROM card_event WHERE card_event.card_id = card.id
                    AND at > now() - make_interval(years => %(figure)s))
                AND NOT EXISTS (SELECT FROM verification WHERE verification.card_id = card.id
                    AND at > now() - make_interval(years => %(figure)s))""",
        since="now() - make_interval(years => %(figure)s)",
    ),
)


def remind(actor: Actor, *, limit: int = BATCH) -> int:
    """Send what is due to the people of the actor's part of the tree; how many messages. Safe to repeat."""
    actor.require(Permission.CARD_STOCK)
    _, today = clock()
    rules = parameters.of(Organisation.objects.get(pk=actor.organisation), today)
    return sum(_remind(actor, reminder, rules, today, limit) for reminder in REMINDERS)


def _remind(actor: Actor, reminder: Reminder, rules: ParametersInForce, today: date, limit: int) -> int:
    figures: Figures = {
        "figure": reminder.figure(rules),
        "warn": rules.number("card.uncollected_warn_days"),
        "today": today,
        "kind": reminder.kind,
        "limit": limit,
    }
    return sum(_send(actor, reminder, figures, card) for card in _due(reminder, figures))


def _send(actor: Actor, reminder: Reminder, figures: Figures, card: int) -> bool:
    """One reminder, unless somebody was faster or its reason has gone."""
    with act(actor, Permission.CARD_STOCK, "card.remind", card=card) as now:
        alone_with_person(_holder(card))
        told = _due(reminder, figures, card).get(card)
        now.note(kind=reminder.kind, sent=told is not None)
        if told is None:
            return False
        resident, fact = told
        now.about(resident=resident)
        now.tell(resident, reminder.kind, **{reminder.fact: fact})
    return True


def _holder(card: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT resident_id FROM card WHERE id = %s", [card])
        return int(cursor.fetchone()[0])


def _due(reminder: Reminder, figures: Figures, card: int | None = None) -> dict[int, tuple[int, date | datetime | int]]:
    """The cards it is due for, the oldest first (or only `card`): card -> holder and the fact to tell."""
    query = f"""SELECT due.id, resident_id, told FROM ({reminder.due}) AS due
        WHERE (%(card)s::bigint IS NULL OR due.id = %(card)s) AND NOT EXISTS (
            SELECT FROM message WHERE message.resident_id = due.resident_id AND message.card_id = due.id
                AND message.kind = %(kind)s AND message.at >= {reminder.since})
        ORDER BY due.id LIMIT %(limit)s"""  # noqa: S608 - both parts are this table's own
    with connection.cursor() as cursor:
        cursor.execute(query, {**figures, "card": card})
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
