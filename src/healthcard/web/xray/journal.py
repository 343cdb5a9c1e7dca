"""What was written on a card's chip, command by command, as its journal keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from healthcard.domain.permissions import Permission
from healthcard.services.workshop import cards, spoken
from healthcard.services.workshop.entries import Entry
from healthcard.services.workshop.spoken import Work
from healthcard.web.screen import ScreenRequest, screen
from healthcard.web.words import JOB_STATE

KINDS: Mapping[str, Promise] = {
    spoken.MAKING: _("Making of the card"),
    "set_pin": _("First PIN"),
    "unlock": _("Unlocking of the PIN"),
    "update": _("Change of data"),
    "transfer": _("Transfer of business data"),
    "lock": _("Lock of an ended card"),
    "app_lock": _("Lock of the applications"),
    "app_unlock": _("Release of the applications"),
}
STATES: Mapping[str, Promise] = {**JOB_STATE, "abandoned": _("abandoned")}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandView:
    """One command; `meaning` of the status word and `known`, how it is known, in the language of the screen."""

    entry: Entry
    meaning: str
    known: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkView:
    """One job with its commands and the keys that were proved for it."""

    work: Work
    title: str
    state: str
    commands: tuple[CommandView, ...]
    keys: tuple[CommandView, ...]


@screen(Permission.JOURNAL_VIEW, Permission.CARD_VIEW)
def shown(request: ScreenRequest, card: int) -> HttpResponse:
    """Every job of a card, the newest first."""
    works = tuple(map(_work, spoken.of_card(request.actor, card)))
    return render(request, "xray/journal.html", {"card": cards.shown(request.actor, card), "works": works})


def _work(work: Work) -> WorkView:
    return WorkView(
        work=work,
        title=str(KINDS.get(work.kind, work.kind)),
        state=str(STATES[work.state]),
        commands=tuple(map(_command, work.commands)),
        keys=tuple(map(_command, work.keys)),
    )


def _command(entry: Entry) -> CommandView:
    return CommandView(entry=entry, meaning=_now(entry.meaning) if entry.meaning else "", known=_known(entry))


def _known(entry: Entry) -> str:
    """How it is known what became of a command: the chip's own answer, or what settling concluded."""
    if entry.how == "sent":
        return _now("answered by the chip")
    if entry.how == "found":
        return _now("settled: the chip was asked and has it, it was not sent again")
    if entry.how.startswith("attempt"):
        return _now("begun, no answer came: the try is counted as spent")
    if entry.standby:
        return _now("kept ready to mend the card")
    return _now("not known: the chip has to be asked")
