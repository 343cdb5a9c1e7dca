"""The conditions of each figure as SQL: figure and list both take them from here.

The texts hold words of our own tables only; whatever somebody asked for goes along as a parameter. Values of facts
stand in the text and not beside it: the partial indexes of a million cards are found by them.
"""

from __future__ import annotations

from collections.abc import Mapping

from healthcard.domain.figures import FIGURES, Figure

# A day of the board begins at midnight in China.
MOMENT = "(%({})s::date::timestamp AT TIME ZONE 'Asia/Shanghai')"
DAY = "({} AT TIME ZONE 'Asia/Shanghai')::date"
SINCE, END = MOMENT.format("since"), MOMENT.format("end")
QUIET = "interval '90 seconds'"  # a part of the platform that was not seen for so long is not there

BELOW = "starts_with(home_path, %(path)s)"
IN_TIME = f"{DAY.format('closed_at')} <= due_on"
CLOSED = "closed_at IS NOT NULL AND due_on IS NOT NULL"
_OPEN = "state IN ('accepted', 'approved', 'making', 'arrived')"
_RULES: Mapping[str, str] = {
    "dormant": "true",  # besides its facts, what `dormant` says
    "open": _OPEN,
    "overdue": f"{_OPEN} AND due_on < %(today)s",
    "in_time": f"{CLOSED} AND {IN_TIME}",
    "late": f"{CLOSED} AND NOT {IN_TIME}",
}


def outages(columns: str) -> str:
    """What was interrupted within the time: between two spells of one part, or since the last one until now."""
    return f"""SELECT {columns} FROM (
        SELECT id, part, last AS begun, lead(since) OVER (PARTITION BY part ORDER BY id) AS ended FROM uptime) AS outage
        WHERE (ended IS NOT NULL OR begun < now() - {QUIET}) AND begun < {END}
            AND coalesce(ended, now()) >= {SINCE}"""  # noqa: S608 - words of our own


def of(figure: Figure) -> str:
    """What holds of whatever a figure of cards or applications counts."""
    facts = [f"{fact} IN ({', '.join(map(_literal, values))})" for fact, values in figure.where.items()]
    return " AND ".join([*facts, *([_RULES[figure.rule]] if figure.rule else [])])


def dormant() -> str:
    """FROM and WHERE of cards whose holder was reminded that he does not use it, and has not used it since.

    Found by the reminders (services.clock.reminders), which are few; of several to one card the last one counts.
    """
    return f"""FROM message AS reminder JOIN card ON card.id = reminder.card_id
        WHERE reminder.kind = 'dormant.reminder' AND {of(FIGURES["dormant"])}
            AND NOT EXISTS (SELECT FROM message AS later WHERE later.kind = 'dormant.reminder'
                AND later.card_id = reminder.card_id AND later.id > reminder.id)
            AND NOT EXISTS (SELECT FROM card_event WHERE card_event.card_id = card.id AND card_event.at > reminder.at)
            AND NOT EXISTS (SELECT FROM verification WHERE verification.card_id = card.id
                AND verification.at > reminder.at)"""  # noqa: S608 - words of our own


def _literal(value: str | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not value.isidentifier():
        raise ValueError(f"{value!r} is no word of the tables")
    return f"'{value}'"
