"""Somebody of another organisation at this desk (第九条第二项): found by his whole document, by nothing else.

What may be done for him here is the issuer's parameter for each act (elsewhere.*); that he was looked for stays in the
audit, whoever he is.
"""

from __future__ import annotations

from dataclasses import replace

from healthcard.domain.permissions import Permission
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.desk.applications.reach import province_path
from healthcard.services.errors import NotFound
from healthcard.services.people import finding, residents
from healthcard.services.people.residents import Person

NOBODY = "Nobody of this province has that document. Enter the whole number."


def found(actor: Actor, number: str) -> Person:
    """The person of the desk's province whose document has this number, masked; raises NotFound."""
    reach = _reach(actor)
    with act(reach, Permission.RESIDENT_VIEW, "resident.find_elsewhere") as now:
        ids = finding.by_document(number)
        now.about(resident=ids[0] if ids else None)
        people = residents.page(ids[:1], 1).people
    actor.require(Permission.RESIDENT_VIEW)
    if not people:
        raise NotFound(NOBODY)
    return people[0]


def shown(actor: Actor, resident_id: int) -> Person:
    """Somebody who was found so; raises NotFound. The door makes sure that it was he."""
    person = residents.shown(_reach(actor), resident_id)
    actor.require(Permission.RESIDENT_VIEW)
    return person


def _reach(actor: Actor) -> Actor:
    path = province_path(actor)
    if not path:
        raise NotFound(NOBODY)
    return replace(actor, path=path)
