"""What the steps without a card in the reader do: each calls its service and tells what came of it in words."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from healthcard.services.actor import Actor
from healthcard.services.desk import issue, loss, recovery, temporary, transfer
from healthcard.services.desk.temporary import Ended, Visitor
from healthcard.services.errors import Invalid
from healthcard.services.people import moving
from healthcard.services.workshop import making
from healthcard.web.desk.given import Given
from healthcard.web.desk.step import Done


def nothing_asked(done: Callable[[Actor, int], object]) -> Done:
    """A service that asks for nothing but the row."""

    def do(actor: Actor, number: int, _given: Given) -> str:
        done(actor, number)
        return ""

    return do


def declare(actor: Actor, number: int, given: Given) -> str:
    """Say that a card gives nothing."""
    transfer.declare(actor, number, given.row(), given.text)
    return ""


def give_up(actor: Actor, number: int, given: Given) -> str:
    """Give a made card to nobody."""
    issue.give_up(actor, number, given.choice)
    return ""


def dispatch(actor: Actor, number: int, given: Given) -> str:
    """Send a card on its way."""
    issue.dispatch(actor, number, given.row())
    return ""


def scrap(actor: Actor, number: int, given: Given) -> str:
    """Give up a card in making."""
    if not given.text:
        raise Invalid("text", "请填写原因", "Say why: the reason stays in the journal.")
    making.scrap(actor, number, given.text)
    return ""


def receive(actor: Actor, number: int, _given: Given) -> str:
    """Take a returned card in: its receipt."""
    return f"{_('Receipt of the card')} {recovery.receive(actor, number).number}"


def list_unreadable(actor: Actor, number: int, given: Given) -> str:
    """Black-list a chip no reader can read."""
    recovery.list_unreadable(actor, number, given.text)
    return ""


def report_oral(actor: Actor, person: int, given: Given) -> str:
    """Freeze somebody's cards on his word: the number of the report, and until when it holds."""
    ticket = loss.report_oral(actor, person, channel=given.choice, identity=given.identity)
    until = date_format(localtime(ticket.until), "Y-m-d H:i") if ticket.until else ""
    return _("Report %(number)s; it lapses by itself at %(until)s.") % {"number": ticket.number, "until": until}


def withdraw_oral(actor: Actor, person: int, given: Given) -> str:
    """Lift it at the holder's word."""
    loss.withdraw_oral(actor, person, identity=given.identity)
    return ""


def take_temporary(actor: Actor, person: int, given: Given) -> str:
    """Take a temporary card back."""
    return _told(temporary.give_back(actor, person, _visitor(given)))


def lose_temporary(actor: Actor, person: int, given: Given) -> str:
    """End one that is lost."""
    return _told(temporary.report_lost(actor, person, _visitor(given)))


def move_across(actor: Actor, person: int, given: Given) -> str:
    """Move somebody between two organisations: what the card needs then."""
    needed = moving.across(actor, person, given.row(), reason=given.text)
    return _("The card has to be replaced.") if needed else _("The card stays as it is.")


def _visitor(given: Given) -> Visitor:
    return Visitor(identity=given.identity, presented=given.presented, by=given.by, delegate=given.representative)


def _told(ended: Ended) -> str:
    words = [_("The old card is in force again.")] if ended.resumed else []
    if ended.fee_fen:
        words.append(_("To be paid: %(yuan)s yuan.") % {"yuan": f"{ended.fee_fen / 100:.2f}"})
    return " ".join(words)
