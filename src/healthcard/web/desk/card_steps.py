"""The steps of a card: made, brought to a desk, compared, taken back, locked for ever."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from healthcard.domain.permissions import Permission
from healthcard.services.desk import issue
from healthcard.web.desk import choices, doing
from healthcard.web.desk.step import CARD, READER, Step, locked, of_card

CARD_STEPS = (
    Step(
        name="personalise",
        about=CARD,
        title=_("Make the card"),
        permission=Permission.CARD_PERSONALISE,
        act="personalise",
        arguments=of_card,
        note=_("Put a blank chip in the reader."),
    ),
    Step(
        name="settle-making",
        about=CARD,
        title=_("Finish the interrupted card"),
        permission=Permission.CARD_PERSONALISE,
        act="settle making",
        arguments=of_card,
        note=_("Put the very card in the reader that was interrupted."),
    ),
    Step(
        name="scrap",
        about=CARD,
        title=_("Scrap the card"),
        permission=Permission.CARD_PERSONALISE,
        do=doing.scrap,
        text=_("Why it is scrapped"),
    ),
    Step(
        name="arrive",
        about=CARD,
        title=_("The card has arrived at this desk"),
        permission=Permission.CARD_STOCK,
        do=doing.nothing_asked(issue.arrive),
        note=_("Its holder is told that it can be collected, and until when."),
    ),
    Step(
        name="dispatch",
        about=CARD,
        title=_("Send the card to another desk"),
        permission=Permission.CARD_STOCK,
        do=doing.dispatch,
        label=_("Where to"),
        options=choices.destinations,
    ),
    Step(
        name="compare",
        about=CARD,
        title=_("Compare the card with the record"),
        permission=Permission.CARD_READ_CHIP,
        act="compare",
        arguments=of_card,
        note=_("Put the card in the reader. Nothing is written."),
    ),
    Step(
        name="receive",
        about=CARD,
        title=_("Take the returned card in"),
        permission=Permission.DESK_ACT,
        do=doing.receive,
    ),
    Step(
        name="lock-returned",
        about=CARD,
        title=_("Lock the chip for ever"),
        permission=Permission.DESK_ACT,
        act="lock returned",
        arguments=locked,
        flag=_("Lock the whole card, not its applications alone"),
        note=_("Put the returned card in the reader."),
    ),
    Step(
        name="list-unreadable",
        about=CARD,
        title=_("Black-list a chip that cannot be read"),
        permission=Permission.DESK_ACT,
        do=doing.list_unreadable,
        text=_("Why the card cannot be read"),
    ),
    Step(
        name="look",
        about=READER,
        title=_("Read the card in the reader"),
        permission=Permission.CARD_READ_CHIP,
        act="look",
        arguments=lambda _number, _given: {},
        note=_("Whose card it is; nothing is written."),
    ),
)
