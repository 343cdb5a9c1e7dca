"""What a board is asked for: below which organisation, within which days; within the actor's part of the tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from healthcard.domain.permissions import Permission
from healthcard.services.acting import clock
from healthcard.services.actor import Actor
from healthcard.services.authority import organisations, parameters
from healthcard.services.authority.issuing_body import above
from healthcard.services.authority.organisations import OrganisationRow
from healthcard.services.errors import Invalid
from healthcard.services.figures.rows import Parameter

LONGEST = 366  # days of one question: more are several


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Days that count, the first and the last among them; None = of this month."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that was found good; `dormant_years` is the issuer's parameter."""

    organisation: OrganisationRow
    since: date
    until: date
    today: date
    dormant_years: int

    @property
    def given(self) -> dict[str, Parameter]:
        """As the statements take them; a day begins at midnight in China."""
        return {
            "path": self.organisation.path,
            "since": self.since,
            "end": self.until + timedelta(days=1),
            "today": self.today,
            "years": self.dormant_years,
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
    years = parameters.at(place.path, today).number("card.dormant_years")
    return Asked(organisation=place, since=since, until=until, today=today, dormant_years=years)
