"""A plan that went well on a virtual chip: the only thing a real chip is given."""

from __future__ import annotations

from healthcard.perso.errors import AlreadyUsed, BadPlan
from healthcard.perso.plan import Plan

_MADE_BY_REHEARSAL = object()


class RehearsedPlan:
    """A plan with the proof that it was rehearsed; made by `healthcard.perso.rehearsal` alone, good for one chip."""

    __slots__ = ("_plan", "_used")

    def __init__(self, plan: Plan, token: object) -> None:
        if token is not _MADE_BY_REHEARSAL:
            raise BadPlan("A plan reaches a chip through its rehearsal only.")
        self._plan = plan
        self._used = False

    @property
    def plan(self) -> Plan:
        """The plan, to look at or to settle by."""
        return self._plan

    def redeem(self) -> Plan:
        """The plan, to be carried out; raises AlreadyUsed the second time."""
        if self._used:
            raise AlreadyUsed("This plan has been carried out. Settle its card, or plan and rehearse another one.")
        self._used = True
        return self._plan


def made(plan: Plan) -> RehearsedPlan:
    """For `healthcard.perso.rehearsal` alone, when every proof has passed."""
    return RehearsedPlan(plan, _MADE_BY_REHEARSAL)
