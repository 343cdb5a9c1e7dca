"""What a list shows of each line, column by column: the same on the screen and in a workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any  # each column is given the lines of its own subject

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from healthcard.domain.figures import Figure, Subject
from healthcard.domain.lifecycle import RULES
from healthcard.services.figures import Line
from healthcard.web.boards import names
from healthcard.web.review.names import KINDS
from healthcard.web.words import serial, state_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its heading, what stands in it, and the screen it leads to with the id that `leads` gives."""

    title: Promise
    text: Callable[[Any], str]
    screen: str = ""
    leads: Callable[[Any], int] = lambda line: int(line.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a cell, and the address it leads to ('' = none)."""

    text: str
    address: str = ""


def words(figure: Figure) -> str:
    """What a figure is called."""
    return figure.zh if _is_chinese() else figure.en


def cells(subject: Subject, line: Line) -> tuple[Cell, ...]:
    """A line of a list."""
    return tuple(
        Cell(text=each.text(line), address=reverse(each.screen, args=[each.leads(line)]) if each.screen else "")
        for each in COLUMNS[subject]
    )


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _state(line: Any) -> str:
    """A card's facts, those that matter."""
    told = [state_words("life", line.life)]
    if line.loss != "none":
        told.append(state_words("loss", line.loss))
    if line.suspended:
        told.append(state_words("suspended", line.suspended))
    return " · ".join(told)


def _event(line: Any) -> str:
    rule = RULES[line.event]
    return rule.zh if _is_chinese() else rule.en


def _moment(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


_SERIAL, _HOLDER = _("Issue serial"), _("Holder")
COLUMNS: Mapping[Subject, tuple[Column, ...]] = {
    Subject.CARDS: (
        Column(title=_SERIAL, text=lambda line: serial(line.issue_serial), screen="card"),
        Column(title=_HOLDER, text=lambda line: str(line.holder_masked)),
        Column(title=_("Home organisation"), text=lambda line: str(line.home)),
        Column(title=_("Kind of card"), text=lambda line: str(names.CARD_KINDS[line.kind])),
        Column(title=_("State"), text=_state),
        Column(title=_("Where it is"), text=lambda line: state_words("place", line.place)),
        Column(title=_("Valid until"), text=lambda line: _day(line.valid_until)),
    ),
    Subject.EVENTS: (
        Column(title=_("When"), text=lambda line: _moment(line.at)),
        Column(title=_("What"), text=_event),
        Column(title=_SERIAL, text=lambda line: serial(line.issue_serial), screen="card", leads=lambda line: line.card),
        Column(title=_HOLDER, text=lambda line: str(line.holder_masked)),
        Column(title=_("At which desk"), text=lambda line: str(line.desk)),
    ),
    Subject.APPLICATIONS: (
        Column(title=_("Application number"), text=lambda line: str(line.number), screen="application"),
        Column(title=_("Kind"), text=lambda line: str(KINDS[line.kind])),
        Column(title=_HOLDER, text=lambda line: str(line.holder_masked)),
        Column(title=_("At which desk"), text=lambda line: str(line.desk)),
        Column(title=_("State"), text=lambda line: state_words("application", line.state)),
        Column(title=_("Due on"), text=lambda line: _day(line.due_on)),
        Column(title=_("Closed"), text=lambda line: _moment(line.closed_at)),
    ),
    Subject.OUTAGES: (
        Column(title=_("Part"), text=lambda line: str(names.PARTS[line.part])),
        Column(title=_("From"), text=lambda line: _moment(line.begun)),
        Column(title=_("To"), text=lambda line: _moment(line.ended) or str(_("until now"))),
        Column(title=_("Minutes"), text=lambda line: str(line.minutes)),
    ),
}
