"""Which organisations an actor may do something for: those of his own part of the tree."""

from __future__ import annotations

from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.storage.models import Organisation


def open_organisation(actor: Actor, organisation_id: int) -> Organisation:
    """The organisation, in the actor's part of the tree and not closed; raises NotFound."""
    found = Organisation.objects.filter(pk=organisation_id, path__startswith=actor.path, closed_on=None).first()
    if found is None:
        raise NotFound("There is no such organisation.")
    return found
