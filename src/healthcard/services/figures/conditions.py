"""The conditions of each figure as SQL: figure and list both take them from here.

The texts hold words of our own tables only; whatever somebody asked for goes along as a parameter. Values of facts
stand in the text and not beside it: the partial indexes of a million cards are found by them.
"""

from __future__ import annotations

from collections.abc import Mapping

from healthcard.domain.figures import Figure

# A day of the board begins at midnight in China.
_MOMENT = "(%({})s::date::timestamp AT TIME ZONE 'Asia/Shanghai')"
SINCE, END = _MOMENT.format("since"), _MOMENT.format("end")
QUIET = "interval '90 seconds'"  # a part of the platform that was not seen for so long is not there

# Who was reminded that his card is not used (services.clock.reminders finds them), and has not used it since.
_DORMANT = """id IN (SELECT card_id FROM message WHERE message.kind = 'dormant.reminder')
    AND NOT EXISTS (SELECT FROM card_event WHERE card_event.card_id = card.id
        AND card_event.at > now() - make_interval(years => %(years)s))
    AND NOT EXISTS (SELECT FROM verification WHERE verification.card_id = card.id
        AND verification.at > now() - make_interval(years => %(years)s))"""
_OPEN = "state IN ('accepted', 'approved', 'making', 'arrived')"
_CLOSED = f"closed_at >= {SINCE} AND closed_at < {END} AND due_on IS NOT NULL"
_DAY_CLOSED = "(closed_at AT TIME ZONE 'Asia/Shanghai')::date"
_RULES: Mapping[str, str] = {
    "dormant": _DORMANT,
    "open": _OPEN,
    "overdue": f"{_OPEN} AND due_on < %(today)s",
    "in_time": f"{_CLOSED} AND {_DAY_CLOSED} <= due_on",
    "late": f"{_CLOSED} AND {_DAY_CLOSED} > due_on",
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


def _literal(value: str | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not value.isidentifier():
        raise ValueError(f"{value!r} is no word of the tables")
    return f"'{value}'"
