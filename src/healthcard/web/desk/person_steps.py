"""The steps of a person that need no application: reports by word of mouth, temporary cards, a move."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from healthcard.domain.permissions import Permission
from healthcard.web.desk import choices, doing
from healthcard.web.desk.step import ANYBODY, PERSON, Step

PERSON_STEPS = (
    Step(
        name="oral-loss",
        about=PERSON,
        title=_("Loss report by word of mouth"),
        permission=Permission.LOSS_REPORT,
        do=doing.report_oral,
        evidence="oral_loss",
        label=_("How it is given"),
        options=choices.channels,
        note=_("All cards of the person are frozen at once; it lapses by itself unless a written report follows."),
    ),
    Step(
        name="withdraw-oral",
        about=PERSON,
        title=_("Take back the report by word of mouth"),
        permission=Permission.LOSS_REPORT,
        do=doing.withdraw_oral,
        evidence="oral_loss",
    ),
    Step(
        name="return-temporary",
        about=PERSON,
        title=_("Take the temporary card back"),
        permission=Permission.DESK_ACT,
        do=doing.take_temporary,
        evidence="temporary_return",
        comes=ANYBODY,
        papers=True,
        note=_("What was written on it is read later, for the new card."),
    ),
    Step(
        name="lose-temporary",
        about=PERSON,
        title=_("The temporary card is lost"),
        permission=Permission.LOSS_REPORT,
        do=doing.lose_temporary,
        evidence="loss",
        comes=ANYBODY,
        papers=True,
        note=_("It ends for ever; another one may be asked for."),
    ),
    Step(
        name="across",
        about=PERSON,
        title=_("Move between two organisations"),
        permission=Permission.RESIDENT_MOVE,
        do=doing.move_across,
        label=_("New home organisation"),
        options=choices.homes,
        text=_("On which papers"),
        note=_("For whoever stands above both organisations."),
    ),
)
