"""What a step offers to choose from: fixed words, organisations, cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcard.services.actor import Actor
from healthcard.services.authority import organisations
from healthcard.services.desk import issue, transfer
from healthcard.web.desk.drafts import Option

Choices = Callable[[Actor, int], tuple[Option, ...]]
NEVER_ISSUED: Mapping[str, Promise] = {
    "uncollected": _("nobody collected it in its time"),
    "undeliverable": _("it cannot be delivered"),
    "withdrawn": _("the application was withdrawn"),
    "defective": _("the card is defective: another one is ordered"),
    "death": _("the holder has died"),
}
CHANNELS: Mapping[str, Promise] = {"counter": _("at the counter"), "phone": _("by telephone")}


def never_issued(_actor: Actor, _number: int) -> tuple[Option, ...]:
    """Why a made card is given to nobody."""
    return tuple(_option(code, str(NEVER_ISSUED[code])) for code in sorted(issue.NEVER_ISSUED))


def channels(_actor: Actor, _number: int) -> tuple[Option, ...]:
    """How somebody reports a loss by word of mouth at a desk."""
    return tuple(_option(code, str(words)) for code, words in CHANNELS.items())


def organisations_below(actor: Actor, *kinds: str) -> tuple[Option, ...]:
    """The open organisations of the actor's part of the tree, of these kinds or all."""
    rows = (row for row in organisations.listed(actor) if row.closed_on is None and (not kinds or row.kind in kinds))
    return tuple(_option(str(row.id), row.name) for row in rows)


def destinations(actor: Actor, _number: int) -> tuple[Option, ...]:
    """Where a card can be sent."""
    return organisations_below(actor)


def homes(actor: Actor, _number: int) -> tuple[Option, ...]:
    """Where people can be at home."""
    return organisations_below(actor, "province", "city", "implementer")


def unread_cards(actor: Actor, number: int) -> tuple[Option, ...]:
    """The cards whose data belong on the new one and which gave nothing yet, by their serials."""
    sources = transfer.receipt(actor, number).sources
    return tuple(_option(str(each.card), each.issue_serial) for each in sources if not each.source)


def picked(options: tuple[Option, ...], code: str) -> tuple[Option, ...]:
    """The options with the one of that code chosen."""
    return tuple(replace(each, chosen=each.code == code) for each in options)


def _option(code: str, title: str) -> Option:
    return Option(code=code, title=title, chosen=False)
