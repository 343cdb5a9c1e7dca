"""What a board is asked for: below which organisation, within which days; within the actor's part of the tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from healthcard.domain.permissions import Permission
from healthcard.services.acting import clock
from healthcard.services.actor import Actor
from healthcard.services.authority import organisations
from healthcard.services.authority.issuing_body import above
from healthcard.services.authority.organisations import OrganisationRow
from healthcard.services.errors import Invalid
from healthcard.services.figures import summary
from healthcard.services.figures.rows import Parameter

LONGEST = 366  # days of one question: more are several


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Days that count, the first and the last among them; None = of this month."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that was found good; `counted_at` is the moment of the worker's counts it goes by, None = just now."""

    organisation: OrganisationRow
    since: date
    until: date
    today: date
    counted_at: datetime | None

    @property
    def given(self) -> dict[str, Parameter]:
        """As the statements take them; a day begins at midnight in China."""
        return {
            "path": self.organisation.path,
            "since": self.since,
            "end": self.until + timedelta(days=1),
            "today": self.today,
        }


def asked(actor: Actor, organisation_id: int | None, days: Range) -> Asked:
    """What was asked for; without an organisation all the actor sees. Raises NotAllowed, NotFound, Invalid."""
    actor.require(Permission.CARD_VIEW)
    actor.require(Permission.APPLICATION_VIEW)
    place = organisations.shown(actor, organisation_id or above(actor.path)[-1])
    _, today = clock()
    since, until = days.since or today.replace(day=1), days.until or today
    if since > until or until - since >= timedelta(days=LONGEST):
        raise Invalid(
            "since", f"起止日期应先后有序，且不超过 {LONGEST} 天", f"from and to in order, {LONGEST} days at most"
        )
    counted_at = summary.counted_at(place.path)
    return Asked(organisation=place, since=since, until=until, today=today, counted_at=counted_at)
